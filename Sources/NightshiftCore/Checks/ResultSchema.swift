import Foundation
package import LosslessJSON

/// What a JSON result must look like: a JSON Schema by the part of draft 2020-12 that ``keywords`` lists.
///
/// What is not in that part is refused when the schema is read, because a condition that nobody checks would pass for one that holds.
package struct ResultSchema: Hashable, Sendable {
    package let document: JSONValue
    /// The regular expressions in it, by their texts.
    let patterns: [String: TextPattern]

    /// What is wrong with a schema, and where in it.
    package struct Mistake: Error, Hashable, Sendable {
        package var path: [JSONPathStep]
        package var message: String
        package var help: String?
    }

    /// What is refused or asked for.
    static let keywords: Set<String> = [
        "type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
        "minLength",
        "maxLength", "pattern", "items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains",
        "minContains",
        "maxContains", "properties", "required", "additionalProperties", "patternProperties", "propertyNames",
        "minProperties", "maxProperties", "dependentRequired", "allOf", "anyOf", "oneOf", "not", "if", "then", "else",
        "$ref", "$defs", "definitions",
    ]

    /// What is said beside it and asks for nothing; `format` is one of them by default.
    static let annotations: Set<String> = [
        "$schema", "$id", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly",
        "writeOnly", "format", "contentEncoding", "contentMediaType",
    ]

    static let types = ["null", "boolean", "object", "array", "number", "string", "integer"]

    /// Reads a schema.
    /// - Throws: the first ``Mistake`` in it.
    package init(_ document: JSONValue) throws(Mistake) {
        var check = SchemaCheck(document: document)
        try check.check(document, at: [])
        try check.checkCircles()
        self.document = document
        patterns = check.patterns
    }

    // The patterns follow from the document.
    package static func == (left: ResultSchema, right: ResultSchema) -> Bool { left.document == right.document }

    package func hash(into hasher: inout Hasher) { hasher.combine(document) }

    /// The part of the document that a `$ref` names: `#` and a pointer from there.
    static func referenced(by text: String, in document: JSONValue) -> JSONValue? {
        guard text.first == "#" else { return nil }
        var value = document
        for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            let name = (part.removingPercentEncoding ?? String(part)).replacing("~1", with: "/").replacing(
                "~0", with: "~")
            if let member = value[name] {
                value = member
            } else if let index = Int(name), let element = value[index] {
                value = element
            } else {
                return nil
            }
        }
        return text == "#" || text.hasPrefix("#/") ? value : nil
    }
}

/// Walks a schema once and looks at each keyword.
private struct SchemaCheck {
    let document: JSONValue
    var patterns: [String: TextPattern] = [:]
    /// The schemas that a schema applies to the value itself, by their pointers: circles of these never end.
    private var inPlace: [String: [String]] = [:]
    private var depth = 0

    private static let deepest = 100

    init(document: JSONValue) {
        self.document = document
    }

    mutating func check(_ schema: JSONValue, at path: [JSONPathStep]) throws(ResultSchema.Mistake) {
        if case .bool = schema { return }
        guard case .object(let members) = schema else {
            throw mistake(path, "must be a mapping, true or false")
        }
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else { throw mistake(path, "nests more than \(Self.deepest) schemas") }
        for (keyword, value) in members.sorted(by: { $0.key < $1.key }) {
            let place = path + [.key(keyword)]
            if ResultSchema.annotations.contains(keyword) || keyword.hasPrefix("x-") { continue }
            guard ResultSchema.keywords.contains(keyword) else {
                throw mistake(
                    place, "is no keyword that is checked here",
                    help: NearestName.suggestion(for: keyword, among: Array(ResultSchema.keywords)).map {
                        "did you mean '\($0)'?"
                    } ?? "leave it out, or check it with a command")
            }
            try check(keyword, value, at: place)
        }
    }

    private mutating func check(
        _ keyword: String, _ value: JSONValue, at place: [JSONPathStep]
    ) throws(ResultSchema.Mistake) {
        switch keyword {
        case "type": try checkTypes(value, at: place)
        case "const": break
        case "enum":
            guard value.arrayValue != nil else { throw mistake(place, "must be a list of values") }
        case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum":
            guard case .number = value else { throw mistake(place, "must be a number") }
        case "multipleOf":
            guard case .number(let number) = value, number.doubleValue > 0 else {
                throw mistake(place, "must be a number above 0")
            }
        case "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains",
            "maxContains":
            guard let count = value.intValue, count >= 0 else { throw mistake(place, "must be a whole number from 0") }
        case "uniqueItems":
            guard value.boolValue != nil else { throw mistake(place, "must be true or false") }
        case "pattern": try compile(value.stringValue, at: place)
        case "required": try checkNames(value, at: place)
        case "dependentRequired":
            guard case .object(let members) = value else { throw mistake(place, "must be a mapping") }
            for (name, names) in members { try checkNames(names, at: place + [.key(name)]) }
        case "properties", "patternProperties", "$defs", "definitions":
            guard case .object(let members) = value else { throw mistake(place, "must be a mapping") }
            for (name, schema) in members.sorted(by: { $0.key < $1.key }) {
                if keyword == "patternProperties" { try compile(name, at: place + [.key(name)]) }
                try check(schema, at: place + [.key(name)])
            }
        case "allOf", "anyOf", "oneOf", "prefixItems":
            guard let schemas = value.arrayValue, !schemas.isEmpty else {
                throw mistake(place, "must be a list of schemas")
            }
            for (index, schema) in schemas.enumerated() {
                if keyword != "prefixItems" { apply(place + [.index(index)], from: Array(place.dropLast())) }
                try check(schema, at: place + [.index(index)])
            }
        case "not", "if", "then", "else":
            apply(place, from: Array(place.dropLast()))
            try check(value, at: place)
        case "items" where value.arrayValue != nil:
            throw mistake(place, "is a list, which draft 2020-12 calls 'prefixItems'")
        case "$ref":
            guard let text = value.stringValue, ResultSchema.referenced(by: text, in: document) != nil else {
                throw mistake(place, "leads to no part of this schema", help: "write it as #/$defs/NAME")
            }
            inPlace[pointer(Array(place.dropLast())), default: []].append(text)
        default: try check(value, at: place)
        }
    }

    private func checkTypes(_ value: JSONValue, at place: [JSONPathStep]) throws(ResultSchema.Mistake) {
        let names = value.arrayValue ?? [value]
        for name in names {
            guard let text = name.stringValue, ResultSchema.types.contains(text) else {
                throw mistake(place, "must be one or several of \(ResultSchema.types.joined(separator: ", "))")
            }
        }
    }

    private func checkNames(_ value: JSONValue, at place: [JSONPathStep]) throws(ResultSchema.Mistake) {
        guard let names = value.arrayValue, names.allSatisfy({ $0.stringValue != nil }) else {
            throw mistake(place, "must be a list of names")
        }
    }

    private mutating func compile(_ text: String?, at place: [JSONPathStep]) throws(ResultSchema.Mistake) {
        guard let text else { throw mistake(place, "must be a regular expression") }
        do throws(PatternMistake) {
            patterns[text] = try TextPattern(text)
        } catch {
            throw mistake(place, error.message, help: error.help)
        }
    }

    // MARK: - Circles

    private mutating func apply(_ inner: [JSONPathStep], from outer: [JSONPathStep]) {
        inPlace[pointer(outer), default: []].append(pointer(inner))
    }

    /// A schema that applies itself to the same value would be checked for ever.
    func checkCircles() throws(ResultSchema.Mistake) {
        var finished: Set<String> = []
        for start in inPlace.keys.sorted() {
            var path: [String] = []
            if leadsBack(start, &path, &finished) {
                throw mistake([], "applies a schema to itself: \(path.joined(separator: " → "))")
            }
        }
    }

    private func leadsBack(_ name: String, _ path: inout [String], _ finished: inout Set<String>) -> Bool {
        if finished.contains(name) { return false }
        defer { finished.insert(name) }
        if path.contains(name) {
            path.append(name)
            return true
        }
        path.append(name)
        for next in inPlace[name] ?? [] where leadsBack(next, &path, &finished) { return true }
        path.removeLast()
        return false
    }

    private func pointer(_ path: [JSONPathStep]) -> String {
        path.reduce(into: "#") { text, step in
            switch step {
            case .key(let key): text += "/" + key.replacing("~", with: "~0").replacing("/", with: "~1")
            case .index(let index): text += "/\(index)"
            }
        }
    }

    private func mistake(_ path: [JSONPathStep], _ message: String, help: String? = nil) -> ResultSchema.Mistake {
        ResultSchema.Mistake(path: path, message: message, help: help)
    }
}
