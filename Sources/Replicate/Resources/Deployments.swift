public import ReplicateAPI

/// The calls for deployments. A prediction with one is made by ``Predictions/create(_:input:options:)``.
public struct Deployments: Sendable {
    let session: Session

    /// A deployment and the release that it runs now: `GET /deployments/{owner}/{name}`.
    public func get(_ owner: String, _ name: String) async throws(ReplicateError) -> Deployment {
        try await session.resource(
            Call("GET", "/deployments/\(PathSegment.encode(owner))/\(PathSegment.encode(name))")
        )
    }

    /// The account's deployments: `GET /deployments`.
    public func list() async throws(ReplicateError) -> Page<Deployment> {
        try await session.resource(Call("GET", "/deployments"))
    }
}
