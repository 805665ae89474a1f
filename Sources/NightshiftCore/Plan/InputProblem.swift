package import LosslessJSON
package import ReplicateAPI

/// What kind of mistake a problem of the input set is.
package enum ProblemKind: String, CaseIterable, Hashable, Sendable {
    /// A value of another type than the model takes.
    case type
    /// A value that is none of the model's choices.
    case choice
    /// A number outside of what the model takes.
    case range
    /// A text that is too long or too short.
    case length
    /// A list with too many or too few elements.
    case count
    /// A text that is no address of a file.
    case format
    /// An input that must be given and is not.
    case required
    /// An input that the model does not have.
    case unknown
    /// A file that cannot be read or is too large to be sent.
    case file
    /// A row that cannot be read or rendered.
    case row
    /// Two items under one key, or with one output name.
    case conflict
}

/// What is wrong with a value for one of the model's inputs, in words for people.
package struct InputProblem: Hashable, Sendable {
    package var kind: ProblemKind
    /// The input with the steps into it: `images[0]`.
    package var input: String
    /// The value as a message shows it; empty where there is none.
    package var found: String
    /// What is wrong with it, as a predicate: "is out of range".
    package var complaint: String
    /// What the model takes, and perhaps what to do.
    package var expected: String

    /// The sentence about this one value.
    package var message: String {
        found.isEmpty ? title : "'\(input)' is \(found); \(expected)"
    }

    /// The sentence about all values with this problem.
    package var title: String {
        "'\(input)' \(complaint); \(expected)"
    }
}

extension InputProblem {
    /// Puts a problem that the schema's check has found into words.
    ///
    /// - Parameter written: how the manifest gives the value.
    init(_ problem: SchemaProblem, of value: JSONValue, for field: InputField, written: WrittenValue = .other) {
        // `input.images.0`: the steps behind the input's own name.
        let steps = problem.field.dropFirst("input.\(field.name)".count).split(separator: ".").map(String.init)
        var inner: JSONValue? = value
        var input = field.name
        for step in steps {
            if let index = Int(step), inner?.arrayValue != nil {
                inner = inner?[index]
                input += "[\(index)]"
            } else {
                inner = inner?[step]
                input += ".\(step)"
            }
        }
        let found = (inner ?? .null).shortDescription
        let isInner = !steps.isEmpty
        switch problem.kind {
        case "invalid_type":
            let wanted = problem.description.firstWord(after: "Expected: ").flatMap(InputField.ValueType.init)
            let takes = wanted.map(\.phrase) ?? field.limits
            let cure = isInner ? "" : written.cure(from: inner ?? .null, to: wanted)
            let kind = (inner ?? .null).kindPhrase(where: wanted)
            self.init(
                kind: .type, input: input, found: kind.map { "\(found), \($0)" } ?? found,
                complaint: kind.map { "is \($0)" } ?? "has another type",
                expected: "the model takes \(isInner || wanted != field.type ? takes : field.limits)\(cure)")
        case "enum":
            let choices = isInner ? nil : field.choices
            let listed = problem.description.text(after: "one of the following: ") ?? ""
            var expected = "the model takes one of: \(choices.map(InputField.list) ?? listed)"
            if let text = inner?.stringValue,
                let near = NearestName.suggestion(for: text, among: (choices ?? []).compactMap(\.stringValue))
            {
                expected += "; did you mean '\(near)'?"
            }
            self.init(
                kind: .choice, input: input, found: found, complaint: "is none of the choices", expected: expected)
        case "number_lte", "number_gte":
            self.init(
                kind: .range, input: input, found: found, complaint: "is out of range",
                expected: "the model takes \(isInner ? problem.description.lowercasedStart : field.limits)")
        case "string_lte", "string_gte":
            let length = inner?.stringValue?.unicodeScalars.count ?? 0
            let isLong = problem.kind == "string_lte"
            self.init(
                kind: .length, input: input, found: "\(length) characters long",
                complaint: isLong ? "is too long" : "is too short",
                expected: "the model takes \(isInner ? problem.description.lowercasedStart : field.limits)")
        case "array_min_items", "array_max_items":
            self.init(
                kind: .count, input: input, found: "a list of \(inner?.arrayValue?.count ?? 0)",
                complaint: problem.kind == "array_max_items" ? "has too many elements" : "has too few elements",
                expected: "the model takes \(isInner ? problem.description.lowercasedStart : field.limits)")
        case "format":
            self.init(
                kind: .format, input: input, found: found, complaint: "is no address",
                expected: "the model takes a file: its URL, or { file: PATH } in the manifest")
        case "required":
            self.init(
                kind: .required, input: input, found: "", complaint: "lacks what must be given",
                expected: problem.description)
        default:
            self.init(
                kind: .type, input: input, found: found, complaint: "does not fit the model",
                expected: problem.description)
        }
    }
}

/// How the manifest gives a value, which decides how it is mended.
enum WrittenValue {
    /// As it is, with its place in the manifest.
    case literal
    /// By a lone placeholder, as it is written between the braces.
    case placeholder(String)
    case other

    init(_ tree: TemplateTree) {
        switch tree {
        case .literal: self = .literal
        case .text(let template):
            let placeholders = template.placeholders
            self =
                template.segments.count == 1 && placeholders.count == 1 ? .placeholder(placeholders[0].source) : .other
        case .file, .array, .object: self = .other
        }
    }

    /// How a value of one type becomes one of another, as the end of a sentence.
    func cure(from value: JSONValue, to wanted: InputField.ValueType?) -> String {
        switch (value, wanted) {
        case (.number, .string), (.bool, .string):
            switch self {
            case .literal: return "; put it in quotes: \"\(value.jsonString())\""
            case .placeholder(let source): return "; make it text with: \"{{ \(source) | text }}\""
            case .other: return ""
            }
        case (.string(let text), .integer), (.string(let text), .number):
            if let number = JSONNumber(literal: text), text.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "e") }),
                wanted == .integer, number.isInteger || text.utf8.contains(UInt8(ascii: "+"))
            {
                return
                    "; a spreadsheet has shortened it, so digits are lost: format its column as text there, and save "
                    + "the table again"
            }
            let filter = wanted == .integer ? "int" : "float"
            guard Double(text) != nil, wanted == .number || Int(text) != nil else { return "" }
            switch self {
            case .literal: return "; write it without quotes"
            case .placeholder(let source): return "; make it a number with: \"{{ \(source) | \(filter) }}\""
            case .other: return ""
            }
        case (.string(let text), .boolean) where ["true", "false", "yes", "no"].contains(text.lowercased()):
            switch self {
            case .literal: return "; write true or false without quotes"
            case .placeholder(let source): return "; convert it with: \"{{ \(source) | bool }}\""
            case .other: return ""
            }
        case (.string, .array):
            if case .placeholder(let source) = self { return "; a list of one is written: [\"{{ \(source) }}\"]" }
            return ""
        default: return ""
        }
    }
}

extension JSONValue {
    /// The kind of a value that a person could take for another kind; what a text is shows by its quotes.
    fileprivate func kindPhrase(where wanted: InputField.ValueType?) -> String? {
        switch self {
        case .number: wanted == .integer ? nil : "a number"
        case .bool: "a truth value"
        case .null, .string, .array, .object: nil
        }
    }
}

extension InputField.ValueType {
    /// The type in words.
    package var phrase: String {
        switch self {
        case .string: "text"
        case .integer: "a whole number"
        case .number: "a number"
        case .boolean: "true or false"
        case .array: "a list"
        case .object: "a mapping"
        }
    }
}

extension InputField {
    /// What the model takes for it: "a whole number from 1 to 500".
    package var limits: String {
        if let choices, !choices.isEmpty { return "one of: \(Self.list(choices))" }
        if isFile { return "a file" }
        switch type {
        case .integer, .number, nil:
            let noun = type?.phrase ?? "any value"
            // Schemas write 1.0 for the whole number 1.
            switch (minimum.map(Self.text), maximum.map(Self.text)) {
            case (let least?, let most?): return "\(noun) from \(least) to \(most)"
            case (let least?, nil): return "\(noun), at least \(least)"
            case (nil, let most?): return "\(noun), at most \(most)"
            case (nil, nil): return noun
            }
        case .string: return "text" + Self.limits(minLength, maxLength, of: "characters")
        case .array:
            let noun = itemsAreFiles ? "a list of files" : "a list"
            return noun + Self.limits(minItems, maxItems, of: "elements")
        case .boolean, .object: return type?.phrase ?? "any value"
        }
    }

    private static func text(_ number: JSONNumber) -> String {
        number.intValue.map { String($0) } ?? number.literal
    }

    private static func limits(_ least: Int?, _ most: Int?, of things: String) -> String {
        switch (least, most) {
        case (let least?, let most?): " of \(least) to \(most) \(things)"
        case (let least?, nil): " of at least \(least) \(things)"
        case (nil, let most?): " of at most \(most) \(things)"
        case (nil, nil): ""
        }
    }

    /// Choices as people read them, the first forty.
    package static func list(_ choices: [JSONValue]) -> String {
        let shown = choices.prefix(40).map { choice in
            guard let text = choice.stringValue else { return choice.jsonString() }
            return text.isEmpty || text.utf8.contains(UInt8(ascii: ",")) ? "'\(text)'" : text
        }
        return shown.joined(separator: ", ") + (choices.count > 40 ? ", …" : "")
    }
}

extension String {
    fileprivate func text(after mark: String) -> String? {
        firstRange(of: mark).map { String(self[$0.upperBound...]) }
    }

    fileprivate func firstWord(after mark: String) -> String? {
        text(after: mark).map { String($0.prefix { $0 != "," && $0 != " " }) }
    }

    fileprivate var lowercasedStart: String {
        prefix(1).lowercased() + dropFirst()
    }

}
