public import LosslessJSON

/// One input of a model, as its schema describes it.
public struct InputField: Hashable, Sendable {
    /// The types that a schema can ask for.
    public enum ValueType: String, Hashable, Sendable {
        /// A text.
        case string
        /// A number without fraction; `1.0` is one.
        case integer
        /// Any number.
        case number
        /// `true` or `false`.
        case boolean
        /// A list.
        case array
        /// An object.
        case object
    }

    /// The key in the input.
    public var name: String
    /// `nil` if the schema does not say; then any value fits.
    public var type: ValueType?
    /// The name for people.
    public var title: String?
    /// What it means.
    public var description: String?
    /// Whether it must be given.
    public var isRequired: Bool
    /// What the model takes where nothing is given.
    public var defaultValue: JSONValue?
    /// The values that are allowed, if only some are.
    public var choices: [JSONValue]?
    /// The least value that is allowed.
    public var minimum: JSONNumber?
    /// The greatest value that is allowed.
    public var maximum: JSONNumber?
    /// In characters.
    public var minLength: Int?
    /// In characters.
    public var maxLength: Int?
    /// The fewest elements of a list.
    public var minItems: Int?
    /// The most elements of a list.
    public var maxItems: Int?
    /// Whether the value is a file: a URL or a data URI.
    public var isFile: Bool
    /// Whether the value is a list of files.
    public var itemsAreFiles: Bool
    /// Whether null is allowed.
    public var isNullable: Bool
    /// Whether the value is a secret, not to be shown.
    public var isSecret: Bool
    /// The place in the model's own order.
    public var order: Int?
    /// The type that the elements of a list must have.
    public var itemType: ValueType?
}

extension InputField {
    init(name: String, schema: JSONValue, isRequired: Bool, in document: SchemaDocument) {
        let merged = document.merged(schema)
        let items = merged["items"].map { document.merged(.object($0.objectValue ?? [:])) } ?? [:]
        self.init(
            name: name, type: (merged["type"]?.stringValue).flatMap(ValueType.init),
            title: merged["title"]?.stringValue,
            description: merged["description"]?.stringValue, isRequired: isRequired,
            defaultValue: merged["default"], choices: merged["enum"]?.arrayValue,
            minimum: merged["minimum"]?.numberValue, maximum: merged["maximum"]?.numberValue,
            minLength: merged["minLength"]?.intValue, maxLength: merged["maxLength"]?.intValue,
            minItems: merged["minItems"]?.intValue, maxItems: merged["maxItems"]?.intValue,
            isFile: merged["format"]?.stringValue == "uri", itemsAreFiles: items["format"]?.stringValue == "uri",
            isNullable: merged["nullable"]?.boolValue ?? false, isSecret: merged["format"]?.stringValue == "password",
            order: merged["x-order"]?.intValue, itemType: (items["type"]?.stringValue).flatMap(ValueType.init)
        )
    }
}

/// An OpenAPI document whose references can be followed.
struct SchemaDocument: Hashable, Sendable {
    let root: JSONValue

    /// A schema with its `$ref` and `allOf` put into it. An empty `anyOf`, as old versions have it, says nothing.
    func merged(_ schema: JSONValue, depth: Int = 0) -> [String: JSONValue] {
        guard var members = schema.objectValue, depth < 16 else { return [:] }
        var base: [String: JSONValue] = [:]
        if let reference = members.removeValue(forKey: "$ref")?.stringValue {
            base = merged(resolve(reference) ?? [:], depth: depth + 1)
        }
        for part in members.removeValue(forKey: "allOf")?.arrayValue ?? [] {
            base.merge(merged(part, depth: depth + 1)) { _, new in new }
        }
        // Newer schemas write an optional value as one of its type and null.
        if let parts = members["anyOf"]?.arrayValue, !parts.isEmpty {
            let values = parts.filter { $0["type"]?.stringValue != "null" }
            if values.count < parts.count { base["nullable"] = true }
            if values.count == 1 { base.merge(merged(values[0], depth: depth + 1)) { _, new in new } }
            members["anyOf"] = values.count > 1 ? .array(values) : nil
        }
        return base.merging(members) { _, own in own }
    }

    /// The same with the one of several alternatives that fits the value's type, if there is just one.
    func merged(_ schema: JSONValue, for value: JSONValue) -> [String: JSONValue] {
        var members = merged(schema)
        for name in ["anyOf", "oneOf"] {
            guard let parts = members[name]?.arrayValue, !parts.isEmpty else { continue }
            if parts.contains(where: { $0["type"]?.stringValue == "null" }) { members["nullable"] = true }
            let fitting = parts.map { merged($0) }.filter { part in
                part["type"]?.stringValue.map { $0 == value.schemaType } ?? true
            }
            if fitting.count == 1 { members.merge(fitting[0]) { own, _ in own } }
        }
        return members
    }

    private func resolve(_ reference: String) -> JSONValue? {
        guard reference.hasPrefix("#/") else { return nil }
        var value: JSONValue? = root
        for part in reference.dropFirst(2).split(separator: "/") {
            value = value?[String(part).replacing("~1", with: "/").replacing("~0", with: "~")]
        }
        return value
    }
}

extension JSONValue {
    /// The name of the value's type in schemas.
    fileprivate var schemaType: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
