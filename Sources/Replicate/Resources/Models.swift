public import ReplicateAPI

/// The calls for models and their versions.
public struct Models: Sendable {
    let session: Session

    /// A model with its newest version: `GET /models/{owner}/{name}`.
    ///
    /// - Throws: ``ReplicateError``, with the code `notFound` if there is no such model.
    public func get(_ owner: String, _ name: String) async throws(ReplicateError) -> Model {
        try await session.resource(Call("GET", path(owner, name)))
    }

    /// The public models, those with the newest versions first: `GET /models`.
    public func list() async throws(ReplicateError) -> Page<Model> {
        try await session.resource(Call("GET", "/models"))
    }

    /// The models that fit a text: `QUERY /models`.
    public func search(_ text: String) async throws(ReplicateError) -> Page<Model> {
        var call = Call("QUERY", "/models")
        call.headers["Content-Type"] = "text/plain"
        call.body = .bytes(Array(text.utf8))
        return try await session.resource(call)
    }

    /// One version of a model, with the schema of its input and output:
    /// `GET /models/{owner}/{name}/versions/{id}`.
    public func version(_ id: String, of owner: String, _ name: String) async throws(ReplicateError) -> ModelVersion {
        try await session.resource(Call("GET", "\(path(owner, name))/versions/\(PathSegment.encode(id))"))
    }

    /// The versions of a model, newest first: `GET /models/{owner}/{name}/versions`.
    public func versions(of owner: String, _ name: String) async throws(ReplicateError) -> Page<ModelVersion> {
        try await session.resource(Call("GET", "\(path(owner, name))/versions"))
    }

    private func path(_ owner: String, _ name: String) -> String {
        "/models/\(PathSegment.encode(owner))/\(PathSegment.encode(name))"
    }
}
