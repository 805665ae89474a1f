import LosslessJSON
import ReplicateAPI

/// What the body of a request may hold, written like the inputs of a model, so that mistakes in both are found and told
/// in the same way.
struct BodyRules: Sendable {
    private let schema: ModelSchema

    init(required: Set<String> = [], _ properties: KeyValuePairs<String, JSONValue>) {
        var schemas: [String: JSONValue] = [:]
        for (order, property) in properties.enumerated() {
            var rules = property.value.objectValue ?? [:]
            rules["x-order"] = .number(JSONNumber(order))
            schemas[property.key] = .object(rules)
        }
        schema = ModelSchema(openAPI: [
            "components": [
                "schemas": [
                    "Input": [
                        "type": "object", "properties": .object(schemas),
                        "required": .array(required.sorted().map { .string($0) }),
                    ]
                ]
            ]
        ])
    }

    /// Everything that is wrong with a body.
    func problems(with body: JSONValue) -> [SchemaProblem] {
        var problems = schema.validate(body)
        // The fields of a body are at the top, and those of an input one step below.
        for index in problems.indices {
            let field = problems[index].field
            problems[index].field = field == "input" ? "" : String(field.trimmingPrefix("input."))
        }
        return problems + schema.unknownInputs(in: body).map { .unknownKey($0) }
    }

    /// - Returns: the members of a body that is in order.
    func members(of body: JSONValue, _ more: ([String: JSONValue]) -> [SchemaProblem] = { _ in [] }) throws(Problem)
        -> [String: JSONValue]
    {
        let members = body.objectValue ?? [:]
        let problems = problems(with: body)
        // What a value means is asked only once its type is known to be right.
        let all = problems.isEmpty ? more(members) : problems
        guard all.isEmpty else { throw .validation(all) }
        return members
    }
}

extension SchemaProblem {
    static func unknownKey(_ key: String) -> SchemaProblem {
        SchemaProblem(
            field: "", kind: "additional_property_not_allowed",
            description: "Additional property \(key) is not allowed")
    }

    /// What is wrong with the name of a new model or deployment, if anything.
    static func problem(withName name: String) -> SchemaProblem? {
        func isPlain(_ character: Character) -> Bool { "a"..."z" ~= character || "0"..."9" ~= character }
        let isAllowed = name.allSatisfy { isPlain($0) || "-_.".contains($0) }
        if isAllowed, let first = name.first, let last = name.last, isPlain(first), isPlain(last) { return nil }
        return SchemaProblem(
            field: "name", kind: "pattern",
            description: "name is '\(name)'; expected lower-case letters, digits, dashes, underscores and periods, "
                + "with a letter or digit at both ends")
    }

    /// What is wrong with the kind of machine, if anything.
    static func problem(withHardware sku: String) -> SchemaProblem? {
        if Hardware.all.contains(where: { $0.sku == sku }) { return nil }
        return SchemaProblem(
            field: "hardware", kind: "enum",
            description: "hardware must be one of the following: "
                + Hardware.all.map { "\"\($0.sku)\"" }.joined(separator: ", "))
    }
}
