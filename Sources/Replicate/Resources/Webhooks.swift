import LosslessJSON
import ReplicateAPI

/// The calls for webhooks. Deliveries are checked by ``Webhook``.
///
/// API: "Webhooks".
public struct Webhooks: Sendable {
    let session: Session

    /// The secret that deliveries to this account are signed with: `GET /webhooks/default/secret`. It seldom changes, so ask
    /// once and keep its `text`.
    ///
    /// - Throws: ``ReplicateError``, with the code `unexpectedAnswer` if the answer is no secret.
    public func defaultSecret() async throws(ReplicateError) -> WebhookSecret {
        let json = try await session.json(Call("GET", "/webhooks/default/secret"), tellsSecret: true)
        do throws(WebhookError) {
            let secret = try WebhookSecret(json["key"]?.stringValue ?? "")
            session.hide(secret.text)
            return secret
        } catch {
            throw ReplicateError(.unexpectedAnswer, error.description, delivery: .unknown)
        }
    }
}
