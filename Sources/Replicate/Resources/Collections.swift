public import ReplicateAPI

/// The calls for collections of models.
///
/// API: "Trainings, collections, hardware, account, webhooks, files".
public struct Collections: Sendable {
    let session: Session

    /// A collection with its models: `GET /collections/{slug}`.
    ///
    /// - Throws: ``ReplicateError``, with the code `notFound` if there is no such collection.
    public func get(_ slug: String) async throws(ReplicateError) -> ModelCollection {
        try await session.resource(Call("GET", "/collections/\(try segment(slug, "the slug of a collection"))"))
    }

    /// All collections, without their models: `GET /collections`.
    ///
    /// - Throws: ``ReplicateError``.
    public func list() async throws(ReplicateError) -> Page<ModelCollection> {
        try await session.resource(Call("GET", "/collections"))
    }
}
