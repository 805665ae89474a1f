public import LosslessJSON

/// What is wrong with one value of an input or output, in the API's own terms.
///
/// API: "HTTP statuses and real bodies".
public struct SchemaProblem: Hashable, Sendable {
    /// `input` for a missing key, `input.<name>` for a bad value; `output…` for outputs.
    public var field: String
    /// The API's word for it, such as `required`, `enum`, `number_lte`, `invalid_type`.
    public var kind: String
    /// A phrase such as "width must be less than or equal to 1024".
    public var description: String

    /// Makes the value; validation gives those it finds.
    public init(field: String, kind: String, description: String) {
        self.field = field
        self.kind = kind
        self.description = description
    }
}

extension ModelSchema {
    /// Everything that is wrong with an input, each with its place; unknown inputs are not wrong, because the API passes
    /// over them: see ``unknownInputs(in:)``.
    public func validate(_ input: JSONValue) -> [SchemaProblem] {
        var validator = SchemaValidator(document: document)
        validator.checkMembers(of: input, by: inputSchema, at: "input")
        return validator.problems
    }

    /// Everything about an output that is not as the schema says, each with its place, such as `output.0.url`. Models do
    /// not always keep to their schema.
    public func validate(output: JSONValue) -> [SchemaProblem] {
        var validator = SchemaValidator(document: document)
        validator.check(output, by: outputSchema, at: "output", name: "output")
        return validator.problems
    }
}
