public import LosslessJSON

/// What was found for a text, in models, collections and pages of the documentation.
///
/// API: `GET /search`, a beta.
public struct SearchResults: Hashable, Sendable {
    /// One model that was found.
    public struct FoundModel: Hashable, Sendable {
        /// The model.
        public var model: Model
        /// How well it fits; higher is better, and the scale is not documented.
        public var score: Double?
        /// All that is said about the match: score, tags and more.
        public var metadata: [String: JSONValue]

        /// Makes the value; a client reads it from answers.
        public init(model: Model, score: Double? = nil, metadata: [String: JSONValue] = [:]) {
            self.model = model
            self.score = score
            self.metadata = metadata
        }
    }

    /// One page of the documentation that was found.
    public struct FoundPage: Hashable, Sendable {
        /// Its title.
        public var name: String?
        /// Its address, absolute or from the site's root.
        public var href: String?

        /// Makes the value; a client reads it from answers.
        public init(name: String? = nil, href: String? = nil) {
            self.name = name
            self.href = href
        }
    }

    /// The text that was searched for.
    public var query: String
    /// The models, the best first.
    public var models: [FoundModel]
    /// The collections, the best first.
    public var collections: [ModelCollection]
    /// The pages, the best first.
    public var pages: [FoundPage]

    /// Makes the value; a client reads it from answers.
    public init(
        query: String, models: [FoundModel] = [], collections: [ModelCollection] = [], pages: [FoundPage] = []
    ) {
        self.query = query
        self.models = models
        self.collections = collections
        self.pages = pages
    }
}

extension SearchResults: APIResource {
    /// "search results".
    public static var resourceName: String { "search results" }

    /// Reads the results; an entry that cannot be read is left out, because the call is a beta.
    public init(json: JSONValue) throws(ResourceDecodingError) {
        let reader = try ResourceReader(json, as: Self.resourceName)
        func elements(_ key: String) -> [JSONValue] { reader.members[key]?.arrayValue ?? [] }
        self.init(
            query: reader.string("query") ?? "",
            models: elements("models").compactMap { element in
                guard let model = try? Model(json: element["model"] ?? element) else { return nil }
                let metadata = element["metadata"]?.objectValue ?? [:]
                return FoundModel(model: model, score: metadata["score"]?.doubleValue, metadata: metadata)
            },
            collections: elements("collections").compactMap { try? ModelCollection(json: $0) },
            pages: elements("pages").map {
                FoundPage(name: $0["name"]?.stringValue, href: $0["href"]?.stringValue)
            }
        )
    }

    /// The results as the API would send them.
    public var json: JSONValue {
        [
            "query": .string(query),
            "models": .array(models.map { ["model": $0.model.json, "metadata": .object($0.metadata)] }),
            "collections": .array(collections.map(\.json)),
            "pages": .array(
                pages.map { page in
                    var members: [String: JSONValue] = [:]
                    members.set("name", page.name)
                    members.set("href", page.href)
                    return .object(members)
                }),
        ]
    }
}
