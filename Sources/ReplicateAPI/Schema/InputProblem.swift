public import JSON

/// What is wrong with one input, in the API's own terms (section "422 validation").
public struct InputProblem: Hashable, Sendable {
    /// `input` for a missing key, `input.<name>` for a bad value.
    public var field: String
    /// The API's word for it, such as `required`, `enum`, `number_lte`, `invalid_type`.
    public var kind: String
    /// A phrase such as "width must be less than or equal to 1024".
    public var description: String

    public init(field: String, kind: String, description: String) {
        self.field = field
        self.kind = kind
        self.description = description
    }
}

extension ModelSchema {
    /// Everything that is wrong with an input; unknown inputs are not, because the API passes over them.
    public func validate(_ input: JSONValue) -> [InputProblem] {
        guard let members = input.objectValue else {
            return [
                InputProblem(
                    field: "input", kind: "invalid_type",
                    description: "Invalid type. Expected: object, given: \(input.typeName)")
            ]
        }
        return inputs.flatMap { field -> [InputProblem] in
            guard let value = members[field.name] else {
                guard field.isRequired else { return [] }
                return [InputProblem(field: "input", kind: "required", description: "\(field.name) is required")]
            }
            return field.problems(with: value)
        }
    }
}

extension InputField {
    fileprivate func problems(with value: JSONValue) -> [InputProblem] {
        func problem(_ kind: String, _ description: String) -> InputProblem {
            InputProblem(field: "input.\(name)", kind: kind, description: description)
        }
        if value.isNull, isNullable || !isRequired { return [] }
        if let type, !type.accepts(value) {
            return [problem("invalid_type", "Invalid type. Expected: \(type.rawValue), given: \(value.typeName)")]
        }
        var problems: [InputProblem] = []
        if let choices, !choices.contains(value) {
            let listed = choices.map { $0.jsonString() }.joined(separator: ", ")
            problems.append(problem("enum", "\(name) must be one of the following: \(listed)"))
        }
        if let number = value.numberValue?.doubleValue {
            if let maximum, number > maximum.doubleValue {
                problems.append(problem("number_lte", "Must be less than or equal to \(maximum)"))
            }
            if let minimum, number < minimum.doubleValue {
                problems.append(problem("number_gte", "Must be greater than or equal to \(minimum)"))
            }
        }
        if let text = value.stringValue {
            if let maxLength, text.unicodeScalars.count > maxLength {
                problems.append(problem("string_lte", "String length must be less than or equal to \(maxLength)"))
            }
            if let minLength, text.unicodeScalars.count < minLength {
                problems.append(problem("string_gte", "String length must be greater than or equal to \(minLength)"))
            }
        }
        if let count = value.arrayValue?.count {
            if let minItems, count < minItems {
                problems.append(problem("array_min_items", "Array must have at least \(minItems) items"))
            }
            if let maxItems, count > maxItems {
                problems.append(problem("array_max_items", "Array must have at most \(maxItems) items"))
            }
        }
        if let itemType {
            for (index, element) in (value.arrayValue ?? []).enumerated() where !itemType.accepts(element) {
                problems.append(
                    InputProblem(
                        field: "input.\(name).\(index)", kind: "invalid_type",
                        description: "Invalid type. Expected: \(itemType.rawValue), given: \(element.typeName)"))
            }
        }
        return problems
    }
}

extension InputField.ValueType {
    fileprivate func accepts(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case (.string, .string), (.boolean, .bool), (.array, .array), (.object, .object), (.number, .number): true
        case (.integer, .number(let number)): number.isInteger
        default: false
        }
    }
}
