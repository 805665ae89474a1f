public import LosslessJSON

/// The addresses that belong to a prediction.
public struct PredictionURLs: Hashable, Sendable {
    /// Where it is read, with the token.
    public var get: String?
    /// Where it is canceled, with the token.
    public var cancel: String?
    /// Server-sent events, where the model streams; readable without a token.
    public var stream: String?
    /// The page for people.
    public var web: String?

    /// Makes the value; a client reads it from answers.
    public init(get: String? = nil, cancel: String? = nil, stream: String? = nil, web: String? = nil) {
        self.get = get
        self.cancel = cancel
        self.stream = stream
        self.web = web
    }

    init(members: [String: JSONValue]) {
        self.init(
            get: members["get"]?.stringValue, cancel: members["cancel"]?.stringValue,
            stream: members["stream"]?.stringValue, web: members["web"]?.stringValue
        )
    }

    /// The addresses as the API would send them.
    public var json: JSONValue {
        var members: [String: JSONValue] = [:]
        members.set("get", get)
        members.set("cancel", cancel)
        members.set("stream", stream)
        members.set("web", web)
        return .object(members)
    }
}
