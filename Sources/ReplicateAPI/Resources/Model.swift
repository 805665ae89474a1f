public import LosslessJSON

/// A model that predictions can be made with.
public struct Model: Hashable, Sendable {
    /// The user or organization it belongs to.
    public var owner: String
    /// Unique among the owner's models.
    public var name: String
    /// What it does, in a sentence.
    public var description: String?
    /// `public` or `private`.
    public var visibility: String?
    /// Whether the model runs by its name alone, without a version; `nil` where the API does not say.
    public var isOfficial: Bool?
    /// How often it was run, by everybody.
    public var runCount: Int?
    /// The page for people.
    public var url: String?
    /// Where its code is.
    public var githubURL: String?
    /// Where its paper is.
    public var paperURL: String?
    /// Where its license is.
    public var licenseURL: String?
    /// Where its weights are.
    public var weightsURL: String?
    /// The image that is shown with it.
    public var coverImageURL: String?
    /// A prediction that shows what it can do.
    public var defaultExample: Prediction?
    /// The version to run, or `nil` if the model has none yet.
    public var latestVersion: ModelVersion?

    /// Makes the value; a client reads it from answers.
    public init(
        owner: String,
        name: String,
        description: String? = nil,
        visibility: String? = nil,
        isOfficial: Bool? = nil,
        runCount: Int? = nil,
        url: String? = nil,
        githubURL: String? = nil,
        paperURL: String? = nil,
        licenseURL: String? = nil,
        weightsURL: String? = nil,
        coverImageURL: String? = nil,
        defaultExample: Prediction? = nil,
        latestVersion: ModelVersion? = nil
    ) {
        self.owner = owner
        self.name = name
        self.description = description
        self.visibility = visibility
        self.isOfficial = isOfficial
        self.runCount = runCount
        self.url = url
        self.githubURL = githubURL
        self.paperURL = paperURL
        self.licenseURL = licenseURL
        self.weightsURL = weightsURL
        self.coverImageURL = coverImageURL
        self.defaultExample = defaultExample
        self.latestVersion = latestVersion
    }
}

extension Model: APIResource {
    public static var resourceName: String { "model" }

    public init(json: JSONValue) throws(ResourceDecodingError) {
        let reader = try ResourceReader(json, as: Self.resourceName)
        self.init(
            owner: try reader.requiredString("owner"),
            name: try reader.requiredString("name"),
            description: reader.string("description"),
            visibility: reader.string("visibility"),
            isOfficial: reader.bool("is_official"),
            runCount: reader.int("run_count"),
            url: reader.string("url"),
            githubURL: reader.string("github_url"),
            paperURL: reader.string("paper_url"),
            licenseURL: reader.string("license_url"),
            weightsURL: reader.string("weights_url"),
            coverImageURL: reader.string("cover_image_url"),
            defaultExample: reader.resource("default_example"),
            latestVersion: reader.resource("latest_version")
        )
    }

    public var json: JSONValue {
        func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }
        var members: [String: JSONValue] = [
            "owner": .string(owner),
            "name": .string(name),
            "description": text(description),
            "visibility": .string(visibility ?? "public"),
            "run_count": .number(JSONNumber(runCount ?? 0)),
            "github_url": text(githubURL),
            "paper_url": text(paperURL),
            "license_url": text(licenseURL),
            "cover_image_url": text(coverImageURL),
            "default_example": defaultExample?.json ?? .null,
            "latest_version": latestVersion?.json ?? .null,
        ]
        members.set("url", url)
        members.set("weights_url", weightsURL)
        if let isOfficial { members["is_official"] = .bool(isOfficial) }
        return .object(members)
    }
}
