public import ReplicateAPI

/// The calls for the account of the token.
///
/// API: "Trainings, collections, hardware, account, webhooks, files".
public struct AccountCalls: Sendable {
    let session: Session

    /// The user or organization that the token belongs to: `GET /account`.
    ///
    /// - Throws: ``ReplicateError``, with the code `unauthorized` if the token is missing or wrong.
    public func get() async throws(ReplicateError) -> Account {
        try await session.resource(Call("GET", "/account"))
    }
}
