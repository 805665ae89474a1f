import Hummingbird
import LosslessJSON

/// Models that belong together.
struct ModelCollection: Hashable, Sendable {
    var name: String
    var slug: String
    var description: String
    /// A longer text in Markdown.
    var fullDescription: String
    /// `owner/name` each.
    var models: [String]

    static let all = [
        ModelCollection(
            name: "Text to image", slug: "text-to-image", description: "Models that draw images from text prompts",
            fullDescription: "## Text to image\n\nThese models draw an image that follows from a text. The same text, "
                + "style and seed always give the same image.",
            models: ["nightshift/poster"]),
        ModelCollection(
            name: "Language models", slug: "language-models", description: "Models that write texts",
            fullDescription: "## Language models\n\nThese models answer with a text: as a whole, or word by word while "
                + "they run. One of them can be trained with texts of your own.",
            models: ["nightshift/hello-world", "nightshift/storyteller", "nightshift/tuner"]),
    ]

    static func all(with model: String) -> [ModelCollection] {
        all.filter { $0.models.contains(model) }
    }

    /// As a list shows it.
    var json: JSONValue {
        ["name": .string(name), "slug": .string(slug), "description": .string(description)]
    }
}

extension APIResponder {
    func listCollections(_ request: Request) throws(Problem) -> Response {
        try page(of: ModelCollection.all, request, ascending: true, by: \.slug, json: \.json)
    }

    func collection(_ slug: String, _ request: Request) throws(Problem) -> Response {
        guard let collection = ModelCollection.all.first(where: { $0.slug == slug }) else { throw .notFound }
        let base = base(for: request)
        var members = collection.json.objectValue ?? [:]
        members["full_description"] = .string(collection.fullDescription)
        members["models"] = .array(
            collection.models.compactMap { server.catalogue.registered($0).map { json($0, base) } })
        return .json(.object(members))
    }
}
