import LosslessJSON
package import ReplicateAPI

/// Checks every item of an input set against the schema of its model.
///
/// What the manifest itself writes is checked once; what rows give is checked with each item.
package struct ItemChecker: Sendable {
    /// What is wrong with the manifest whatever the rows are.
    package let mistakes: [(problem: InputProblem, location: SourceLocation?)]
    private let checks: [(name: String, check: InputCheck, location: SourceLocation?, written: WrittenValue)]
    /// Whether files stand inside of values that are checked; then something must stand in their places.
    private let hasInnerFiles: Bool

    /// - Parameter others: what the models of other steps give, by the names of the steps.
    package init(_ step: Step, schema: ModelSchema, others: [String: ModelSchema] = [:]) {
        guard case .object(let members) = step.input, schema.describesInput else {
            (mistakes, checks, hasInnerFiles) = ([], [], false)
            return
        }
        let known = schema.inputChecks
        var mistakes: [(problem: InputProblem, location: SourceLocation?)] = []
        var checks: [(name: String, check: InputCheck, location: SourceLocation?, written: WrittenValue)] = []
        var hasInnerFiles = false
        for member in members {
            guard let check = known[member.key] else {
                mistakes.append((InputProblem(unknown: member.key, among: schema), member.location))
                continue
            }
            switch member.value {
            case .literal(let value):
                mistakes += check.problems(of: value).map {
                    (InputProblem($0, of: value, for: check.field, written: .literal), member.location)
                }
            case .file:
                // A file arrives as text: its URL or its content.
                mistakes += check.problems(of: Self.anyFile).map { _ in
                    (InputProblem(fileFor: check.field), member.location)
                }
            case .text(let template) where step.defers(template):
                mistakes += check.misfits(of: template, from: others).map { ($0, member.location) }
            case .text, .array, .object:
                if member.value.hasFiles { hasInnerFiles = true }
                checks.append((member.key, check, member.location, WrittenValue(member.value)))
            }
        }
        for change in step.retry.rules.changes {
            guard let check = known[change.key] else {
                mistakes.append((InputProblem(unknown: change.key, among: schema), change.location))
                continue
            }
            guard case .literal(let value) = change.value else { continue }
            mistakes += check.problems(of: value).map {
                (InputProblem($0, of: value, for: check.field), change.location)
            }
        }
        let given = Set(members.map(\.key))
        for name in schema.requiredInputs where !given.contains(name) {
            mistakes.append((InputProblem(missing: name, field: known[name]?.field), nil))
        }
        self.mistakes = mistakes
        self.checks = checks
        self.hasInnerFiles = hasInnerFiles
    }

    private static let anyFile: JSONValue = "data:,"

    /// Everything that is wrong with an item's values, each with the place in the manifest that sends it.
    package func problems(of item: Item) -> [(problem: InputProblem, location: SourceLocation?)] {
        guard case .object(var values) = item.input else { return [] }
        if hasInnerFiles {
            var input = item.input
            for file in item.files { input = input.replacing(at: file.pointer, with: Self.anyFile) }
            values = input.objectValue ?? [:]
        }
        var found: [(problem: InputProblem, location: SourceLocation?)] = []
        for (name, check, location, written) in checks {
            // An empty text of a row leaves its input out.
            guard let value = values[name] else { continue }
            // What another step will make of it is not known yet.
            if item.deferred.contains(where: { $0.pointer.first == .key(name) }) { continue }
            for problem in check.problems(of: value) {
                found.append((InputProblem(problem, of: value, for: check.field, written: written), location))
            }
        }
        return found
    }
}

extension InputCheck {
    /// What is wrong with an output of another step that is sent as it is, as far as its type is known.
    fileprivate func misfits(of template: Template, from others: [String: ModelSchema]) -> [InputProblem] {
        guard template.segments.count == 1, let placeholder = template.placeholders.first, placeholder.filters.isEmpty,
            placeholder.path == [.key("output")], case .name(let step) = placeholder.root,
            let type = others[step]?.outputType, let sample = Self.samples[type],
            problems(of: sample).contains(where: { $0.kind == "invalid_type" })
        else { return [] }
        let help =
            type == "array"
            ? "; write {{ \(step).text }} for its texts joined, or {{ \(step).output[0] }} for one of it" : ""
        return [
            InputProblem(
                kind: .type, input: field.name, found: "what the step '\(step)' puts out, \(sample.shortDescription)",
                complaint: "has another type", expected: "the model takes \(field.limits)\(help)")
        ]
    }

    private static let samples: [String: JSONValue] = [
        "string": "", "array": [], "object": [:], "boolean": true, "number": 0.5, "integer": 0,
    ]
}

extension ModelSchema {
    /// Whether the schema says anything of the inputs; a command that serves as a model says nothing.
    package var describesInput: Bool { !inputs.isEmpty }
}

extension InputProblem {
    /// An input that the model does not have. The API would pass over it without a word.
    init(unknown name: String, among schema: ModelSchema) {
        let names = schema.inputs.map(\.name)
        self.init(
            kind: .unknown, input: name, found: "", complaint: "is no input of the model",
            expected: NearestName.help(for: name, among: names, label: "it has"))
    }

    init(missing name: String, field: InputField?) {
        let limits = field.map { ": \($0.limits)" } ?? ""
        self.init(
            kind: .required, input: name, found: "", complaint: "is missing from 'input'",
            expected: "the model must be given it\(limits)")
    }

    init(fileFor field: InputField) {
        self.init(
            kind: .type, input: field.name, found: "a file", complaint: "is a file",
            expected: "the model takes \(field.limits)")
    }
}
