public import ReplicateAPI

/// The calls for the versions of models.
///
/// API: "Models, versions, search".
public struct ModelVersions: Sendable {
    let session: Session

    /// One version of a model, with the schema of its input and output: `GET /models/{owner}/{name}/versions/{id}`.
    ///
    /// - Throws: ``ReplicateError``, with the code `notFound` if there is no such version.
    public func get(_ owner: String, _ name: String, _ id: String) async throws(ReplicateError) -> ModelVersion {
        try await session.resource(Call("GET", try path(owner, name, id)))
    }

    /// The versions of a model, newest first: `GET /models/{owner}/{name}/versions`.
    ///
    /// - Throws: ``ReplicateError``, with the code `notFound` if there is no such model.
    public func list(_ owner: String, _ name: String) async throws(ReplicateError) -> Page<ModelVersion> {
        try await session.resource(Call("GET", try Models.path(owner, name) + "/versions"))
    }

    /// Deletes a version of a private model of the account, with its predictions and their output:
    /// `DELETE /models/{owner}/{name}/versions/{id}`. The API accepts the order and carries it out later.
    ///
    /// - Throws: ``ReplicateError``, with the code `forbidden` or `refused` if it may not be deleted.
    public func delete(_ owner: String, _ name: String, _ id: String) async throws(ReplicateError) {
        _ = try await session.bytes(Call("DELETE", try path(owner, name, id)))
    }

    private func path(_ owner: String, _ name: String, _ id: String) throws(ReplicateError) -> String {
        try Models.path(owner, name) + "/versions/\(try segment(id, "the id of a version"))"
    }
}
