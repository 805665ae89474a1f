/// A model by name, with or without a version: `owner/name` or `owner/name:version`.
public struct ModelReference: Hashable, Sendable, CustomStringConvertible {
    /// The user or organization the model belongs to.
    public var owner: String
    /// The model's name.
    public var name: String
    /// The version's id, or `nil` for the model as such.
    public var version: String?

    /// Makes a reference of its parts.
    public init(owner: String, name: String, version: String? = nil) {
        self.owner = owner
        self.name = name
        self.version = version
    }

    /// Reads `owner/name` or `owner/name:version`; everything after the first colon of the name is the version.
    public init(parsing text: String) throws(ModelReferenceError) {
        guard let slash = text.firstIndex(of: "/"), slash != text.startIndex else {
            throw ModelReferenceError(text: text)
        }
        let rest = text[text.index(after: slash)...]
        let colon = rest.firstIndex(of: ":")
        let name = rest[..<(colon ?? rest.endIndex)]
        let version = colon.map { rest[rest.index(after: $0)...] }
        guard !name.isEmpty, !name.contains("/"), version?.isEmpty != true,
            !text.unicodeScalars.contains(where: { $0.properties.isWhitespace })
        else { throw ModelReferenceError(text: text) }
        self.init(owner: String(text[..<slash]), name: String(name), version: version.map(String.init))
    }

    /// `owner/name`.
    public var fullName: String { "\(owner)/\(name)" }

    public var description: String { fullName + (version.map { ":\($0)" } ?? "") }

    /// Whether a text looks like a version's id on its own: 64 hexadecimal digits.
    public static func isVersionID(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20) }
    }
}

/// Why a text names no model.
public struct ModelReferenceError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What should have named a model.
    public var text: String

    /// Makes an error; parsing throws those it makes.
    public init(text: String) {
        self.text = text
    }

    public var description: String {
        "'\(text)' does not name a model; expected owner/name or owner/name:version"
    }
}
