public import LosslessJSON

/// The user or organization a token belongs to.
public struct Account: Hashable, Sendable {
    /// `user` or `organization`.
    public var type: String?
    /// The name in paths and references.
    public var username: String
    /// The name for people.
    public var name: String?
    /// Its page at GitHub.
    public var githubURL: String?
    /// Its picture.
    public var avatarURL: String?

    /// Makes the value; a client reads it from answers.
    public init(
        type: String? = nil, username: String, name: String? = nil, githubURL: String? = nil, avatarURL: String? = nil
    ) {
        self.type = type
        self.username = username
        self.name = name
        self.githubURL = githubURL
        self.avatarURL = avatarURL
    }
}

extension Account: APIResource {
    public static var resourceName: String { "account" }

    public init(json: JSONValue) throws(ResourceDecodingError) {
        let reader = try ResourceReader(json, as: Self.resourceName)
        self.init(
            type: reader.string("type"),
            username: try reader.requiredString("username"),
            name: reader.string("name"),
            githubURL: reader.string("github_url"),
            avatarURL: reader.string("avatar_url")
        )
    }

    public var json: JSONValue {
        var members: [String: JSONValue] = ["username": .string(username)]
        members.set("type", type)
        members.set("name", name)
        members.set("github_url", githubURL)
        members.set("avatar_url", avatarURL)
        return .object(members)
    }
}
