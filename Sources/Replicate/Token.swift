/// An API token that shows itself to nobody who prints, dumps or interpolates it.
struct Token: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    init(_ text: String) {
        self.text = text
    }

    /// The value of the `Authorization` header: the one place where the token is spelled out.
    var authorization: String { "Bearer \(text)" }

    /// A text that came from outside without the token; a short one may be a word of the text by chance and stays.
    func hidden(in bytes: [UInt8]) -> [UInt8] {
        guard text.utf8.count >= 8 else { return bytes }
        let found = String(decoding: bytes, as: UTF8.self)
        return found.contains(text) ? Array(found.replacing(text, with: description).utf8) : bytes
    }

    var description: String { "(hidden)" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}
