import Foundation
import LosslessJSON

/// Checks values against the schemas of one document and tells every problem with its place, in the API's own terms.
///
/// What a schema does not say is not checked, and what it says in a way that is not known is passed over: a check that is
/// too strict would refuse what the model takes.
struct SchemaValidator {
    /// Deeper than any schema of a model; a value deeper than that is not looked into.
    private static let maximumDepth = 64

    let document: SchemaDocument
    private(set) var problems: [SchemaProblem] = []

    init(document: SchemaDocument) {
        self.document = document
    }

    /// Checks an object by the schema of its members. Members that the schema does not name are passed over.
    mutating func checkMembers(of value: JSONValue, by schema: [String: JSONValue], at place: String, depth: Int = 0) {
        guard let members = value.objectValue else {
            report(place, "invalid_type", "Invalid type. Expected: object, given: \(value.typeName)")
            return
        }
        let required = (schema["required"]?.arrayValue ?? []).compactMap(\.stringValue)
        let properties = schema["properties"]?.objectValue ?? [:]
        for (name, property) in ordered(properties) {
            let isRequired = required.contains(name)
            guard let member = members[name] else {
                if isRequired { report(place, "required", "\(name) is required") }
                continue
            }
            if member.isNull, !isRequired { continue }
            check(member, by: property, at: "\(place).\(name)", name: name, depth: depth + 1)
        }
        // A name may be required without being described.
        for name in required where properties[name] == nil && members[name] == nil {
            report(place, "required", "\(name) is required")
        }
    }

    private func ordered(_ properties: [String: JSONValue]) -> [(String, JSONValue)] {
        properties.map { ($0.key, $0.value) }.sorted {
            ($0.1["x-order"]?.intValue ?? .max, $0.0) < ($1.1["x-order"]?.intValue ?? .max, $1.0)
        }
    }

    /// Checks any value.
    /// - Parameter name: how messages call it.
    mutating func check(_ value: JSONValue, by schema: JSONValue, at place: String, name: String, depth: Int = 0) {
        guard depth < Self.maximumDepth else { return }
        let schema = document.merged(schema)
        if value.isNull, schema["nullable"]?.boolValue == true || schema["type"] == nil { return }
        if let alternatives = schema["anyOf"]?.arrayValue ?? schema["oneOf"]?.arrayValue, !alternatives.isEmpty {
            let fits = alternatives.contains { alternative in
                var trial = SchemaValidator(document: document)
                trial.check(value, by: alternative, at: place, name: name, depth: depth + 1)
                return trial.problems.isEmpty
            }
            if !fits {
                report(place, "number_any_of", "\(name) fits none of the \(alternatives.count) forms that it may have")
            }
            return
        }
        if let type = schema["type"]?.stringValue.flatMap(InputField.ValueType.init), !type.accepts(value) {
            report(place, "invalid_type", "Invalid type. Expected: \(type.rawValue), given: \(value.typeName)")
            return
        }
        if let choices = schema["enum"]?.arrayValue, !choices.contains(value) {
            let listed = choices.map { $0.jsonString() }.joined(separator: ", ")
            report(place, "enum", "\(name) must be one of the following: \(listed)")
        }
        switch value {
        case .number(let number): check(number, by: schema, at: place)
        case .string(let text): check(text, by: schema, at: place)
        case .array(let elements): check(elements, by: schema, at: place, name: name, depth: depth)
        case .object: checkMembers(of: value, by: schema, at: place, depth: depth)
        case .null, .bool: break
        }
    }

    private mutating func check(_ number: JSONNumber, by schema: [String: JSONValue], at place: String) {
        let value = number.doubleValue
        if let maximum = schema["maximum"]?.numberValue, value > maximum.doubleValue {
            report(place, "number_lte", "Must be less than or equal to \(maximum)")
        }
        if let minimum = schema["minimum"]?.numberValue, value < minimum.doubleValue {
            report(place, "number_gte", "Must be greater than or equal to \(minimum)")
        }
    }

    private mutating func check(_ text: String, by schema: [String: JSONValue], at place: String) {
        let length = text.unicodeScalars.count
        if let maximum = schema["maxLength"]?.intValue, length > maximum {
            report(place, "string_lte", "String length must be less than or equal to \(maximum)")
        }
        if let minimum = schema["minLength"]?.intValue, length < minimum {
            report(place, "string_gte", "String length must be greater than or equal to \(minimum)")
        }
        if schema["format"]?.stringValue == "uri", !Self.isURI(text) {
            report(place, "format", "Does not match format 'uri': expected an https, http or data URL")
        }
    }

    static func isURI(_ text: String) -> Bool {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")),
            text.utf8.distance(from: text.startIndex, to: colon) < 6
        else { return false }
        return ["https", "http", "data"].contains(text[..<colon].lowercased())
            && !text.unicodeScalars.contains { $0 == " " || $0 == "\n" }
    }

    private mutating func check(
        _ elements: [JSONValue], by schema: [String: JSONValue], at place: String, name: String, depth: Int
    ) {
        if let minimum = schema["minItems"]?.intValue, elements.count < minimum {
            report(place, "array_min_items", "Array must have at least \(minimum) items")
        }
        if let maximum = schema["maxItems"]?.intValue, elements.count > maximum {
            report(place, "array_max_items", "Array must have at most \(maximum) items")
        }
        guard let items = schema["items"] else { return }
        for (index, element) in elements.enumerated() {
            check(element, by: items, at: "\(place).\(index)", name: "\(name).\(index)", depth: depth + 1)
        }
    }

    private mutating func report(_ place: String, _ kind: String, _ description: String) {
        problems.append(SchemaProblem(field: place, kind: kind, description: description))
    }
}

extension InputField.ValueType {
    func accepts(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case (.string, .string), (.boolean, .bool), (.array, .array), (.object, .object), (.number, .number): true
        case (.integer, .number(let number)): number.isInteger
        default: false
        }
    }
}
