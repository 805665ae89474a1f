public import LosslessJSON

/// A choice of models for one purpose, made by people.
///
/// API: `GET /collections`, `GET /collections/{slug}`.
public struct ModelCollection: Hashable, Sendable {
    /// The title, such as "Super resolution".
    public var name: String
    /// The word that names it in paths, such as `super-resolution`.
    public var slug: String
    /// What it is for, in a sentence.
    public var description: String?
    /// What it is for, at length, in Markdown.
    public var fullDescription: String?
    /// The models; empty in the rows of a list.
    public var models: [Model]

    /// Makes the value; a client reads it from answers.
    public init(
        name: String, slug: String, description: String? = nil, fullDescription: String? = nil, models: [Model] = []
    ) {
        self.name = name
        self.slug = slug
        self.description = description
        self.fullDescription = fullDescription
        self.models = models
    }
}

extension ModelCollection: APIResource {
    /// "collection".
    public static var resourceName: String { "collection" }

    /// Reads a collection, with or without its models.
    public init(json: JSONValue) throws(ResourceDecodingError) {
        let reader = try ResourceReader(json, as: Self.resourceName)
        var models: [Model] = []
        for element in reader.members["models"]?.arrayValue ?? [] { models.append(try Model(json: element)) }
        let slug = try reader.requiredString("slug")
        self.init(
            name: reader.string("name") ?? slug, slug: slug, description: reader.string("description"),
            fullDescription: reader.string("full_description"), models: models)
    }

    /// The collection as the API would send it.
    public var json: JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(name), "slug": .string(slug), "models": .array(models.map(\.json)),
        ]
        members.set("description", description)
        members.set("full_description", fullDescription)
        return .object(members)
    }
}
