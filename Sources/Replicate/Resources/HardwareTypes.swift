public import ReplicateAPI

/// The calls for kinds of machines.
///
/// API: "Trainings, collections, hardware, account, webhooks, files".
public struct HardwareTypes: Sendable {
    let session: Session

    /// The machines that models and deployments can run on: `GET /hardware`, which has no pages.
    ///
    /// - Throws: ``ReplicateError``.
    public func list() async throws(ReplicateError) -> [Hardware] {
        try await session.resources(Call("GET", "/hardware"))
    }
}
