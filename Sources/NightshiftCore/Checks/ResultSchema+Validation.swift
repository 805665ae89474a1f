import Foundation
package import LosslessJSON

extension ResultSchema {
    /// What of a value is not as the schema says.
    package struct Violation: Hashable, Sendable {
        package var path: [JSONPathStep]
        package var message: String
    }

    /// The first violation, in the order of the value; `nil` if there is none.
    package func violation(of value: JSONValue) -> Violation? {
        violation(of: value, by: document, at: [])
    }

    private func violation(of value: JSONValue, by schema: JSONValue, at path: [JSONPathStep]) -> Violation? {
        guard case .object(let rules) = schema else {
            return schema == .bool(false) ? Violation(path: path, message: "is not allowed") : nil
        }
        if let text = rules["$ref"]?.stringValue, let other = Self.referenced(by: text, in: document),
            let found = violation(of: value, by: other, at: path)
        {
            return found
        }
        if let message = mismatch(value, rules) { return Violation(path: path, message: message) }
        switch value {
        case .object(let members): if let found = violation(ofMembers: members, rules, at: path) { return found }
        case .array(let elements): if let found = violation(ofElements: elements, rules, at: path) { return found }
        default: break
        }
        return violation(ofChoices: value, rules, at: path)
    }

    // MARK: - The value by itself

    private func mismatch(_ value: JSONValue, _ rules: [String: JSONValue]) -> String? {
        if let type = rules["type"] {
            let names = (type.arrayValue ?? [type]).compactMap(\.stringValue)
            guard names.contains(where: { Self.isType($0, value) }) else {
                return "is \(Self.typeName(value)) and not \(names.joined(separator: " or "))"
            }
        }
        if let values = rules["enum"]?.arrayValue, !values.contains(value) {
            return "is none of \(Self.excerpt(.array(values)))"
        }
        if let constant = rules["const"], constant != value { return "is not \(Self.excerpt(constant))" }
        switch value {
        case .number(let number): return mismatch(number, rules)
        case .string(let text): return mismatch(text, rules)
        default: return nil
        }
    }

    private func mismatch(_ number: JSONNumber, _ rules: [String: JSONValue]) -> String? {
        func limit(_ name: String) -> JSONNumber? {
            if case .number(let limit)? = rules[name] { limit } else { nil }
        }
        if let least = limit("minimum"), Self.isLess(number, least) { return "is \(number), less than \(least)" }
        if let most = limit("maximum"), Self.isLess(most, number) { return "is \(number), more than \(most)" }
        if let bound = limit("exclusiveMinimum"), !Self.isLess(bound, number) {
            return "is \(number), not more than \(bound)"
        }
        if let bound = limit("exclusiveMaximum"), !Self.isLess(number, bound) {
            return "is \(number), not less than \(bound)"
        }
        if let step = limit("multipleOf"), !Self.isMultiple(number, of: step) {
            return "is \(number), no multiple of \(step)"
        }
        return nil
    }

    private func mismatch(_ text: String, _ rules: [String: JSONValue]) -> String? {
        // Characters are code points, as the specification says.
        let length = text.unicodeScalars.count
        if let least = rules["minLength"]?.intValue, length < least {
            return "has \(length) characters, fewer than \(least)"
        }
        if let most = rules["maxLength"]?.intValue, length > most {
            return "has \(length) characters, more than \(most)"
        }
        if let pattern = rules["pattern"]?.stringValue, !isFound(pattern, in: text) {
            return "does not match '\(pattern)'"
        }
        return nil
    }

    private func isFound(_ pattern: String, in text: String) -> Bool {
        patterns[pattern]?.isFound(in: text) ?? false
    }

    // MARK: - Objects

    private func violation(
        ofMembers members: [String: JSONValue], _ rules: [String: JSONValue], at path: [JSONPathStep]
    ) -> Violation? {
        for name in (rules["required"]?.arrayValue ?? []).compactMap(\.stringValue) where members[name] == nil {
            return Violation(path: path, message: "has no '\(name)'")
        }
        if let least = rules["minProperties"]?.intValue, members.count < least {
            return Violation(path: path, message: "has \(members.count) members, fewer than \(least)")
        }
        if let most = rules["maxProperties"]?.intValue, members.count > most {
            return Violation(path: path, message: "has \(members.count) members, more than \(most)")
        }
        for (name, others) in (rules["dependentRequired"]?.objectValue ?? [:]).sorted(by: { $0.key < $1.key })
        where members[name] != nil {
            for other in (others.arrayValue ?? []).compactMap(\.stringValue) where members[other] == nil {
                return Violation(path: path, message: "has '\(name)' and no '\(other)'")
            }
        }
        let properties = rules["properties"]?.objectValue ?? [:]
        let byPattern = (rules["patternProperties"]?.objectValue ?? [:]).sorted { $0.key < $1.key }
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
            let place = path + [.key(name)]
            if let rule = rules["propertyNames"], let found = violation(of: .string(name), by: rule, at: place) {
                return Violation(path: place, message: "has a name that is not allowed: it \(found.message)")
            }
            var isKnown = false
            if let rule = properties[name] {
                isKnown = true
                if let found = violation(of: member, by: rule, at: place) { return found }
            }
            for (pattern, rule) in byPattern where isFound(pattern, in: name) {
                isKnown = true
                if let found = violation(of: member, by: rule, at: place) { return found }
            }
            if !isKnown, let rule = rules["additionalProperties"],
                let found = violation(of: member, by: rule, at: place)
            {
                return found
            }
        }
        return nil
    }

    // MARK: - Arrays

    private func violation(
        ofElements elements: [JSONValue], _ rules: [String: JSONValue], at path: [JSONPathStep]
    ) -> Violation? {
        if let least = rules["minItems"]?.intValue, elements.count < least {
            return Violation(path: path, message: "has \(elements.count) elements, fewer than \(least)")
        }
        if let most = rules["maxItems"]?.intValue, elements.count > most {
            return Violation(path: path, message: "has \(elements.count) elements, more than \(most)")
        }
        if rules["uniqueItems"]?.boolValue == true, Set(elements).count < elements.count {
            return Violation(path: path, message: "has an element twice")
        }
        let first = rules["prefixItems"]?.arrayValue ?? []
        for (index, element) in elements.enumerated() {
            let rule = index < first.count ? first[index] : rules["items"]
            guard let rule, let found = violation(of: element, by: rule, at: path + [.index(index)]) else { continue }
            return found
        }
        guard let rule = rules["contains"] else { return nil }
        let count = elements.count { violation(of: $0, by: rule, at: path) == nil }
        let least = rules["minContains"]?.intValue ?? 1
        if count < least {
            return Violation(
                path: path, message: "has \(count) elements as 'contains' says, fewer than \(least)")
        }
        if let most = rules["maxContains"]?.intValue, count > most {
            return Violation(path: path, message: "has \(count) elements as 'contains' says, more than \(most)")
        }
        return nil
    }

    // MARK: - Choices

    private func violation(
        ofChoices value: JSONValue, _ rules: [String: JSONValue], at path: [JSONPathStep]
    ) -> Violation? {
        for rule in rules["allOf"]?.arrayValue ?? [] {
            if let found = violation(of: value, by: rule, at: path) { return found }
        }
        if let choices = rules["anyOf"]?.arrayValue {
            let found = choices.map { violation(of: value, by: $0, at: path) }
            if !found.contains(nil) { return none(of: found, "anyOf", at: path) }
        }
        if let choices = rules["oneOf"]?.arrayValue {
            let found = choices.map { violation(of: value, by: $0, at: path) }
            let count = found.count { $0 == nil }
            if count == 0 { return none(of: found, "oneOf", at: path) }
            if count > 1 { return Violation(path: path, message: "is as \(count) schemas of 'oneOf' say, not one") }
        }
        if let rule = rules["not"], violation(of: value, by: rule, at: path) == nil {
            return Violation(path: path, message: "is as 'not' says that it must not be")
        }
        if let condition = rules["if"] {
            let rule = violation(of: value, by: condition, at: path) == nil ? rules["then"] : rules["else"]
            if let rule { return violation(of: value, by: rule, at: path) }
        }
        return nil
    }

    /// With one choice, its own words say more.
    private func none(of found: [Violation?], _ keyword: String, at path: [JSONPathStep]) -> Violation? {
        if found.count == 1 { return found[0] }
        return Violation(path: path, message: "is as none of the \(found.count) schemas of '\(keyword)' say")
    }

    // MARK: - Types and numbers

    private static func isType(_ name: String, _ value: JSONValue) -> Bool {
        switch (name, value) {
        case ("null", .null), ("boolean", .bool), ("object", .object), ("array", .array), ("number", .number),
            ("string", .string):
            true
        case ("integer", .number(let number)): number.isInteger
        default: false
        }
    }

    private static func typeName(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    private static func isLess(_ left: JSONNumber, _ right: JSONNumber) -> Bool {
        if let left = left.intValue, let right = right.intValue { return left < right }
        return left.doubleValue < right.doubleValue
    }

    /// By decimals, in which 19.99 is a multiple of 0.01.
    private static func isMultiple(_ number: JSONNumber, of step: JSONNumber) -> Bool {
        if let number = number.intValue, let step = step.intValue { return number % step == 0 }
        guard let dividend = Decimal(string: number.literal), let divisor = Decimal(string: step.literal),
            !dividend.isNaN, !divisor.isNaN, divisor != 0
        else { return false }
        var quotient = dividend / divisor
        var whole = Decimal()
        NSDecimalRound(&whole, &quotient, 0, .plain)
        return whole * divisor == dividend
    }

    private static func excerpt(_ value: JSONValue) -> String {
        let text = value.jsonString()
        return text.count > 100 ? "\(text.prefix(100))…" : text
    }
}

extension ResultSchema.Violation {
    /// As the end of a sentence about the result.
    package var text: String {
        let place = path.reduce(into: "") { text, step in
            switch step {
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            case .index(let index): text += "[\(index)]"
            }
        }
        return place.isEmpty ? "its JSON \(message)" : "'\(place)' of its JSON \(message)"
    }
}
