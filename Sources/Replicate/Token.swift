/// An API token that shows itself to nobody who prints, dumps or interpolates it.
struct Token: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let text: String

    init(_ text: String) {
        self.text = text
    }

    /// The value of the `Authorization` header: the one place where the token is spelled out.
    var authorization: String { "Bearer \(text)" }

    /// What takes the token, and other secrets, out of what others say.
    func redaction(with others: [String]) -> Redaction { Redaction(secrets: [text] + others) }

    var description: String { "(hidden)" }
    var debugDescription: String { description }
    var customMirror: Mirror { Mirror(self, children: []) }
}
