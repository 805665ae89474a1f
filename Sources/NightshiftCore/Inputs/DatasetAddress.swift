/// A file of a dataset on the Hugging Face Hub: `hf://datasets/OWNER/NAME/PATH`, with `@REVISION` behind the path or, as the
/// hub's own tools write it, behind the name.
package struct DatasetAddress: Hashable, Sendable {
    /// Why a text is no such address.
    package struct Mistake: Error, Hashable {
        package var reason: String
        package var help: String?
    }

    package static let scheme = "hf://"

    package let owner: String
    package let name: String
    package let path: String
    package let revision: String

    private static let form =
        "expected hf://datasets/OWNER/NAME/PATH, or with a revision: hf://datasets/OWNER/NAME/PATH@REVISION"

    package init(_ text: String) throws(Mistake) {
        var parts = PathName.components(
            of: String(decoding: text.utf8.dropFirst(Self.scheme.utf8.count), as: UTF8.self), omittingEmpty: false)
        guard parts.first == "datasets" else {
            throw Mistake(reason: "it is no file of a dataset", help: Self.form)
        }
        guard parts.count >= 4, !parts.contains("") else { throw Mistake(reason: "it names no file", help: Self.form) }
        parts.removeFirst()
        owner = parts.removeFirst()
        let named = Self.split(parts.removeFirst())
        var revision = named.revision
        // Some revisions are paths themselves.
        if revision == "refs", parts.count >= 3, ["convert", "pr"].contains(parts[0]) {
            revision = "refs/\(parts.removeFirst())/\(parts.removeFirst())"
        }
        var path = parts.joined(separator: "/")
        if let mark = path.utf8.lastIndex(of: UInt8(ascii: "@")), revision == nil {
            revision = String(path[path.utf8.index(after: mark)...])
            path = String(path[..<mark])
        }
        guard revision != "", !path.isEmpty, path.utf8.last != UInt8(ascii: "/"), !named.text.isEmpty else {
            throw Mistake(reason: "a part of it is empty", help: Self.form)
        }
        let all = PathName.components(of: path) + [owner, named.text] + PathName.components(of: revision ?? "")
        guard !all.contains("."), !all.contains("..") else {
            throw Mistake(reason: "it has '.' or '..' for a part", help: Self.form)
        }
        guard !path.utf8.contains(UInt8(ascii: "*")) else {
            throw Mistake(
                reason: "a pattern has no address", help: "name the files in a list, or download the folder and name it"
            )
        }
        name = named.text
        self.path = path
        self.revision = revision ?? "main"
    }

    private static func split(_ text: String) -> (text: String, revision: String?) {
        guard let mark = text.utf8.firstIndex(of: UInt8(ascii: "@")) else { return (text, nil) }
        return (String(text[..<mark]), String(text[text.utf8.index(after: mark)...]))
    }

    /// Where the file is fetched from.
    package func url(base: String = "https://huggingface.co") -> String {
        let file = PathName.components(of: path).map(Self.encoded).joined(separator: "/")
        return "\(base)/datasets/\(Self.encoded(owner))/\(Self.encoded(name))/resolve/\(Self.encoded(revision))/\(file)"
    }

    /// A part of a path, in which only what has no meaning in an address stands as it is.
    private static func encoded(_ part: String) -> String {
        var text = ""
        for byte in part.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                text += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
            }
        }
        return text
    }
}
