package import LosslessJSON

/// What a step has made for a row, as the steps that need it see it.
package struct StepResult: Sendable {
    /// The item's key.
    package var key: String
    /// The output name.
    package var name: String
    /// `nil` if it was too large to be kept beside its file.
    package var output: JSONValue?
    /// With paths relative to the output directory.
    package var files: [StoredOutput]

    package init(key: String, name: String, output: JSONValue?, files: [StoredOutput]) {
        self.key = key
        self.name = name
        self.output = output
        self.files = files
    }

    /// What templates can say after a step's name.
    static let parts = ["output", "text", "file", "files", "key", "name"]

    /// The output as text: models that write put out their text in pieces.
    private var text: String? {
        if let pieces = output?.arrayValue {
            let texts = pieces.compactMap(\.stringValue)
            return texts.count == pieces.count ? texts.joined() : nil
        }
        return output?.stringValue
    }

    /// The parts, with the paths of files from the manifest's directory.
    fileprivate func members(outputDirectory: String) -> [String: JSONValue] {
        let paths = files.map { JSONValue.string("\(outputDirectory)/\($0.path)") }
        var members: [String: JSONValue] = ["key": .string(key), "name": .string(name), "files": .array(paths)]
        if let output { members["output"] = output }
        if let text { members["text"] = .string(text) }
        if let file = paths.first { members["file"] = file }
        return members
    }
}

/// A part of an item's input that is known only when other steps have ended.
package struct DeferredValue: Hashable, Sendable {
    /// Where in the input it goes; null stands there until then.
    package var pointer: [JSONPathStep]
    /// The template, in which only the names of steps are left.
    package var template: String
    /// Whether the content of the file that it names goes there.
    package var isFile: Bool

    package init(pointer: [JSONPathStep], template: String, isFile: Bool) {
        self.pointer = pointer
        self.template = template
        self.isFile = isFile
    }
}

extension DeferredValue {
    /// Renders all of a template but what names a step.
    init(
        _ template: Template, pointer: [JSONPathStep], isFile: Bool, of step: Step, in scope: RenderScope
    ) throws(RenderError) {
        var text = ""
        for segment in template.segments {
            switch segment {
            case .text(let literal): text += Self.escaped(literal)
            case .placeholder(let placeholder) where step.needs(resultOf: placeholder):
                text += "{{ \(placeholder.source) }}"
            case .placeholder(let placeholder): text += Self.escaped(try placeholder.text(in: scope))
            }
        }
        self.init(pointer: pointer, template: text, isFile: isFile)
    }

    /// A text that the parser of templates reads as itself.
    private static func escaped(_ text: String) -> String {
        text.replacingExactly("{{", with: "{{ '{{' }}")
    }

    package var json: JSONValue {
        var members: [String: JSONValue] = [
            "pointer": JSONPathStep.json(pointer), "template": .string(template),
        ]
        if isFile { members["file"] = true }
        return .object(members)
    }

    package init?(_ json: JSONValue) {
        guard let pointer = json["pointer"].flatMap(JSONPathStep.pointer(from:)),
            let template = json["template"]?.stringValue
        else { return nil }
        self.init(pointer: pointer, template: template, isFile: json["file"] == true)
    }
}

/// An item's input with what other steps have made for it.
package struct CompletedInput: Sendable {
    package var input: JSONValue
    package var files: [ItemFile]

    /// - Parameters:
    ///   - input: with null where the deferred values go.
    ///   - files: those that were known before.
    ///   - results: by the names of the steps.
    ///   - outputDirectory: as the manifest writes it.
    /// - Throws: `RenderError` if a result has no such part.
    package init(
        _ input: JSONValue, files: [ItemFile], deferred: [DeferredValue], results: [String: StepResult],
        outputDirectory: String
    ) throws(RenderError) {
        self.input = input
        self.files = files
        let row = results.mapValues { JSONValue.object($0.members(outputDirectory: outputDirectory)) }
        let scope = RenderScope(row: Row(.object(row), origin: .row(1, of: "steps")))
        for value in deferred {
            var mistakes: [Diagnostic] = []
            let template = TemplateParser.parse(value.template, at: SourceLocation(file: ""), into: &mistakes)
            if let mistake = mistakes.first { throw RenderError(mistake.message, at: template.location) }
            guard value.isFile else {
                self.input = self.input.replacing(at: value.pointer, with: try template.value(in: scope))
                continue
            }
            let path = try template.text(in: scope)
            let made = results.values.lazy.flatMap(\.files).first { "\(outputDirectory)/\($0.path)" == path }
            // Whatever a model answers, it names no other file of this machine.
            guard let made else {
                throw RenderError("'\(path)' is no file that a step has made", at: template.location)
            }
            self.files.append(
                ItemFile(pointer: value.pointer, path: path, sha256: made.sha256, size: Int(made.size)))
        }
    }
}

extension Step {
    /// Whether a placeholder names a step that this one needs.
    func needs(resultOf placeholder: Placeholder) -> Bool {
        if case .name(let name) = placeholder.root { needs.contains(name) } else { false }
    }

    /// Whether a template cannot be rendered before other steps have ended.
    func defers(_ template: Template) -> Bool {
        !needs.isEmpty && template.placeholders.contains { needs(resultOf: $0) }
    }
}

extension Placeholder {
    /// Whether it is `STEP.file` or `STEP.files[N]`.
    var isStepFile: Bool {
        guard filters.isEmpty else { return false }
        if path == [.key("file")] { return true }
        guard path.count == 2, path[0] == .key("files"), case .index = path[1] else { return false }
        return true
    }
}
