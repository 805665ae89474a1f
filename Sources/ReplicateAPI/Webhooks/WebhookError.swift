/// Why a delivery of a webhook is not to be believed.
///
/// API: "Webhooks".
public enum WebhookError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The secret is not `whsec_` and base64.
    case malformedSecret
    /// A header that every delivery has is missing or empty.
    case missingHeader(String)
    /// `webhook-timestamp` is not a number of seconds.
    case malformedTimestamp
    /// No signature fits: another secret, or another body than the one that was signed.
    case wrongSignature
    /// The delivery is this many seconds old, or in the future: it may be a repetition by somebody else.
    case tooOld(seconds: Int)
    /// The body is correctly signed and no prediction.
    case malformedBody

    /// What is wrong, as a sentence without the secret.
    public var description: String {
        switch self {
        case .malformedSecret:
            "the webhook secret is not one; expected whsec_ and base64, as GET /webhooks/default/secret gives it"
        case .missingHeader(let name): "the delivery has no \(name) header"
        case .malformedTimestamp: "the delivery's webhook-timestamp is not a number of seconds"
        case .wrongSignature: "no signature of the delivery fits its body and the secret"
        case .tooOld(let seconds): "the delivery was signed \(seconds) seconds from now"
        case .malformedBody: "the delivery's body is not a prediction"
        }
    }
}
