package import LosslessJSON

/// What a result must be to be kept, as `accept` in a manifest says. A decision about facts; it reads nothing.
package struct Acceptance: Hashable, Sendable {
    /// Two bounds, each of which may be left out; what is in them both included.
    package struct Bounds: Hashable, Sendable {
        package var least: Double?
        package var most: Double?

        package init(least: Double? = nil, most: Double? = nil) {
            self.least = least
            self.most = most
        }
    }

    package struct TextRule: Hashable, Sendable {
        /// In code points, without what is blank at both ends.
        package var minLength: Int?
        package var maxLength: Int?
        /// Each must be found.
        package var matches: [TextPattern] = []
        /// None may be found.
        package var notMatches: [TextPattern] = []
    }

    package enum JSONRule: Hashable, Sendable {
        case schema(ResultSchema)
        /// The path of a file with the schema, from the manifest's directory.
        case file(String, SourceLocation)
    }

    /// Which inputs a result must not be equal to.
    package enum Comparison: Hashable, Sendable {
        case all
        case named([String], at: SourceLocation)
    }

    package struct Command: Hashable, Sendable {
        /// For `/bin/sh -c`, in the manifest's directory.
        package var text: String
        package var timeout = Duration.seconds(60)

        package init(_ text: String) {
            self.text = text
        }
    }

    /// The size of each file.
    package var bytes: Bounds?
    /// Media types as `image/png` or `image/*`, one of which each file must have.
    package var media: [String] = []
    /// Of each picture, in pixels.
    package var width: Bounds?
    package var height: Bounds?
    /// Of each file with sound or moving pictures, in seconds.
    package var duration: Bounds?
    package var text: TextRule?
    package var json: JSONRule?
    package var notEqualToInput: Comparison?
    package var command: Command?

    package init() {}

    package var isEmpty: Bool { self == Acceptance() }

    /// Whether the texts of a result are asked about.
    package var readsText: Bool { text != nil || json != nil || notEqualToInput != nil }

    /// Whether what was sent is asked about.
    package var readsInput: Bool { notEqualToInput != nil || command != nil }
}

/// What is known of a result when it is judged.
package struct ResultFacts: Sendable {
    package struct File: Sendable {
        package var bytes: Int64
        package var mediaType: String?
        package var sha256: String
        package var size: PictureSize?
        /// How long it plays, in seconds.
        package var duration: Double?
        /// Its content, where that is text and was asked for.
        package var text: String?

        package init(bytes: Int64, mediaType: String?, sha256: String) {
            self.bytes = bytes
            self.mediaType = mediaType
            self.sha256 = sha256
        }

        /// What this program writes for an output that is no file: it stands beside the files of a result.
        var isValue: Bool { mediaType == "text/plain" || mediaType == "application/json" }
    }

    /// In the order of the outputs.
    package var files: [File]
    /// What was sent, with null where files went, and the digests of these files.
    package var input: JSONValue = .null
    package var inputFiles: [ItemFile] = []

    package init(files: [File]) {
        self.files = files
    }
}

extension Acceptance {
    /// Why a result is not accepted, but for what a command says.
    /// - Returns: a sentence without a full stop; `nil` for one that is accepted.
    package func refusal(of facts: ResultFacts) -> String? {
        refusalByFiles(facts) ?? refusalByText(facts) ?? refusalByInput(facts)
    }

    // MARK: - Files

    private func refusalByFiles(_ facts: ResultFacts) -> String? {
        for (index, file) in facts.files.enumerated() {
            let name = Self.name(index, of: facts.files.count)
            if let bytes, let words = bytes.miss(Double(file.bytes), unit: "bytes") { return "\(name) has \(words)" }
        }
        if !media.isEmpty || width != nil || height != nil || duration != nil, facts.files.isEmpty {
            return "it has no file"
        }
        // A text or JSON value beside the files is no file that a condition for files is meant for.
        let isBesideFiles = facts.files.contains { !$0.isValue }
        for (index, file) in facts.files.enumerated() where !(isBesideFiles && file.isValue) {
            let name = Self.name(index, of: facts.files.count)
            let type = file.mediaType ?? "of an unknown type"
            if !media.isEmpty, !media.contains(where: { Self.isMedia(file.mediaType, of: $0) }) {
                return "\(name) is \(type) and not \(media.joined(separator: " or "))"
            }
            for (bounds, value, word) in [(width, file.size?.width, "wide"), (height, file.size?.height, "high")] {
                guard let bounds else { continue }
                guard let value else { return "\(name) is \(type), and tells no size in pixels" }
                if let words = bounds.miss(Double(value), unit: "pixels") { return "\(name) is \(words), \(word)" }
            }
            if let duration {
                guard let value = file.duration else { return "\(name) is \(type), and tells no duration" }
                if let words = duration.miss(value, unit: "seconds") { return "\(name) takes \(words)" }
            }
        }
        return nil
    }

    private static func name(_ index: Int, of count: Int) -> String {
        count == 1 ? "the file" : "file number \(index + 1)"
    }

    private static func isMedia(_ type: String?, of pattern: String) -> Bool {
        guard let type else { return false }
        return pattern.hasSuffix("/*") ? type.hasPrefix(pattern.dropLast()) : type == pattern
    }

    // MARK: - Texts

    private func refusalByText(_ facts: ResultFacts) -> String? {
        guard text != nil || json != nil else { return nil }
        let texts = facts.files.compactMap(\.text)
        guard !texts.isEmpty else { return "it has no text" }
        if let text {
            for value in texts { if let refusal = text.refusal(of: value) { return refusal } }
        }
        guard case .schema(let schema)? = json else { return nil }
        for value in texts {
            guard let parsed = try? JSONValue(parsing: value) else {
                return "its text is no JSON: \(Self.excerpt(value))"
            }
            if let violation = schema.violation(of: parsed) { return violation.text }
        }
        return nil
    }

    static func excerpt(_ text: String) -> String {
        let line = FailureText.headline(text)
        return line.count > 80 ? "'\(line.prefix(80))…'" : "'\(line)'"
    }

    // MARK: - What was sent

    private func refusalByInput(_ facts: ResultFacts) -> String? {
        guard let notEqualToInput else { return nil }
        func isMeant(_ name: String) -> Bool {
            if case .named(let names, _) = notEqualToInput { names.contains(name) } else { true }
        }
        for (name, value) in (facts.input.objectValue ?? [:]).sorted(by: { $0.key < $1.key }) where isMeant(name) {
            guard let sent = value.stringValue?.trimmingBlanks(), !sent.isEmpty else { continue }
            for text in facts.files.compactMap(\.text) where text.trimmingBlanks().utf8.elementsEqual(sent.utf8) {
                return "its text is the same as the input '\(name)'"
            }
        }
        for sent in facts.inputFiles {
            guard case .key(let name)? = sent.pointer.first, isMeant(name),
                let index = facts.files.firstIndex(where: { $0.sha256 == sent.sha256 })
            else { continue }
            return "\(Self.name(index, of: facts.files.count)) is the same as the input '\(name)'"
        }
        return nil
    }
}

extension Acceptance.TextRule {
    fileprivate func refusal(of text: String) -> String? {
        let length = text.trimmingBlanks().unicodeScalars.count
        if let minLength, length < minLength { return "its text has \(length) characters, fewer than \(minLength)" }
        if let maxLength, length > maxLength { return "its text has \(length) characters, more than \(maxLength)" }
        for pattern in matches where !pattern.isFound(in: text) { return "its text does not match '\(pattern.text)'" }
        for pattern in notMatches where pattern.isFound(in: text) {
            return "its text matches '\(pattern.text)', which it must not"
        }
        return nil
    }
}

extension Acceptance.Bounds {
    /// "120 bytes, fewer than 1000".
    fileprivate func miss(_ value: Double, unit: String) -> String? {
        let isCounted = unit != "seconds"
        if let least, value < least {
            return "\(Self.text(value)) \(unit), \(isCounted ? "fewer" : "less") than \(Self.text(least))"
        }
        if let most, value > most { return "\(Self.text(value)) \(unit), more than \(Self.text(most))" }
        return nil
    }

    private static func text(_ value: Double) -> String {
        if let whole = Int(exactly: value) { return "\(whole)" }
        return JSONNumber((value * 1000).rounded() / 1000)?.literal ?? "\(value)"
    }
}

extension String {
    /// Without spaces and line ends at both ends.
    fileprivate func trimmingBlanks() -> Substring {
        var rest = self[...]
        while let first = rest.unicodeScalars.first, first.properties.isWhitespace { rest.unicodeScalars.removeFirst() }
        while let last = rest.unicodeScalars.last, last.properties.isWhitespace { rest.unicodeScalars.removeLast() }
        return rest
    }
}
