package import LosslessJSON

/// A schema made ready for millions of checks: its references are followed and its limits are read once.
///
/// It only says whether a value fits; why one does not is told by ``SchemaValidator``, which has the last word. What
/// cannot be prepared never fits here, so that it is left to the validator.
final class PreparedSchema: Sendable {
    private let type: InputField.ValueType?
    private let takesNull: Bool
    private let choices: [JSONValue]?
    private let choiceTexts: Set<String>
    private let least: Double
    private let most: Double
    private let lengths: Limits?
    private let counts: Limits?
    private let isFile: Bool
    private let items: PreparedSchema?
    private let members: [Member]
    /// Alternatives, nothing that is known, or deeper than is worth it: the validator decides.
    private let isLeftToValidator: Bool

    struct Member: Sendable {
        let name: String
        let isRequired: Bool
        let schema: PreparedSchema?
    }

    private static let deepest = 8

    convenience init(_ schema: JSONValue, in document: SchemaDocument) {
        self.init(document.merged(schema), in: document, depth: 0)
    }

    init(_ schema: [String: JSONValue], in document: SchemaDocument, depth: Int) {
        type = schema["type"]?.stringValue.flatMap(InputField.ValueType.init)
        takesNull = schema["nullable"]?.boolValue == true || schema["type"] == nil
        choices = schema["enum"]?.arrayValue
        choiceTexts = Set((choices ?? []).compactMap(\.stringValue))
        let minimum = schema["minimum"]?.numberValue?.doubleValue ?? -.infinity
        let maximum = schema["maximum"]?.numberValue?.doubleValue ?? .infinity
        (least, most) = (minimum, maximum)
        lengths = Limits(schema["minLength"], schema["maxLength"])
        counts = Limits(schema["minItems"], schema["maxItems"])
        isFile = schema["format"]?.stringValue == "uri"
        let hasAlternatives = ["anyOf", "oneOf"].contains { schema[$0]?.arrayValue?.isEmpty == false }
        isLeftToValidator = depth > Self.deepest || hasAlternatives
        guard !isLeftToValidator else {
            (items, members) = (nil, [])
            return
        }
        items = schema["items"].map { PreparedSchema(document.merged($0), in: document, depth: depth + 1) }
        let required = (schema["required"]?.arrayValue ?? []).compactMap(\.stringValue)
        let properties = schema["properties"]?.objectValue ?? [:]
        members =
            properties.map { name, property in
                Member(
                    name: name, isRequired: required.contains(name),
                    schema: PreparedSchema(document.merged(property), in: document, depth: depth + 1))
            }
            + required.filter { properties[$0] == nil }.map { Member(name: $0, isRequired: true, schema: nil) }
    }

    private struct Limits {
        let least: Int
        let most: Int

        /// `nil` where nothing is limited.
        init?(_ minimum: JSONValue?, _ maximum: JSONValue?) {
            least = minimum?.intValue ?? 0
            most = maximum?.intValue ?? .max
            if least <= 0, most == .max { return nil }
        }

        func contains(_ count: Int) -> Bool { count >= least && count <= most }
    }

    /// Whether a value certainly fits.
    func fits(_ value: JSONValue) -> Bool {
        guard !isLeftToValidator else { return false }
        if let choices, !fits(value, choices) { return false }
        switch value {
        case .null: return takesNull
        case .bool: return type == nil || type == .boolean
        case .string(let text): return (type == nil || type == .string) && fits(text)
        case .number(let number):
            switch type {
            case nil, .number: break
            case .integer: guard number.isInteger else { return false }
            case .string, .boolean, .array, .object: return false
            }
            guard least > -.infinity || most < .infinity else { return true }
            let value = Int(number.literal).map(Double.init) ?? number.doubleValue
            return value >= least && value <= most
        case .array(let elements):
            guard type == nil || type == .array, counts?.contains(elements.count) ?? true else { return false }
            guard let items else { return true }
            return elements.allSatisfy(items.fits)
        case .object(let object):
            return (type == nil || type == .object) && fits(object)
        }
    }

    private func fits(_ value: JSONValue, _ choices: [JSONValue]) -> Bool {
        if case .string(let text) = value { return choiceTexts.contains(text) }
        return value.isNull ? takesNull : choices.contains(value)
    }

    private func fits(_ text: String) -> Bool {
        if isFile, !SchemaValidator.isURI(text) { return false }
        guard let lengths else { return true }
        // A text has at most as many characters as bytes, and at least a quarter of them.
        let bytes = text.utf8.count
        if bytes <= lengths.most, bytes / 4 >= lengths.least { return true }
        return lengths.contains(text.unicodeScalars.count)
    }

    private func fits(_ object: [String: JSONValue]) -> Bool {
        for member in members {
            guard let value = object[member.name] else {
                if member.isRequired { return false }
                continue
            }
            if value.isNull, !member.isRequired { continue }
            guard let schema = member.schema else { continue }
            if !schema.fits(value) { return false }
        }
        return true
    }
}

/// The check of one input of a model, ready for many values.
package final class InputCheck: Sendable {
    package let field: InputField
    private let prepared: PreparedSchema
    private let schema: JSONValue
    private let document: SchemaDocument

    init(field: InputField, schema: JSONValue, document: SchemaDocument) {
        self.field = field
        self.schema = schema
        self.document = document
        prepared = PreparedSchema(schema, in: document)
    }

    /// Everything that is wrong with a value; a null stands for an input that is not given.
    package func problems(of value: JSONValue) -> [SchemaProblem] {
        if prepared.fits(value) { return [] }
        if value.isNull, !field.isRequired { return [] }
        var validator = SchemaValidator(document: document)
        validator.check(value, by: schema, at: "input.\(field.name)", name: field.name)
        return validator.problems
    }
}

extension ModelSchema {
    /// A check for each input, by name.
    package var inputChecks: [String: InputCheck] {
        let properties = inputSchema["properties"]?.objectValue ?? [:]
        var checks: [String: InputCheck] = [:]
        for field in inputs {
            checks[field.name] = InputCheck(
                field: field, schema: properties[field.name] ?? .null, document: document)
        }
        return checks
    }

    /// The names of inputs that must be given, in the model's own order; a name may be required without being described.
    package var requiredInputs: [String] {
        let described = inputs.filter(\.isRequired).map(\.name)
        let others = (inputSchema["required"]?.arrayValue ?? []).compactMap(\.stringValue)
        return described + others.filter { !described.contains($0) }
    }

    /// The document that the schema was read from.
    package var openAPI: JSONValue { document.root }
}
