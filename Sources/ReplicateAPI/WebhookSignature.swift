import Crypto
import Foundation

/// How webhooks are signed: HMAC-SHA256 over id, time and body, in the scheme that Svix made known.
public enum WebhookSignature {
    /// Why a text is no secret, as a sentence. It does not repeat the secret.
    public struct InvalidSecret: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// The signature of one delivery, such as `v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=`.
    /// - Parameters:
    ///   - id: what the header `webhook-id` says.
    ///   - timestamp: what the header `webhook-timestamp` says, to the letter.
    ///   - body: the very bytes of the body.
    ///   - secret: `whsec_` and the key in Base64.
    public static func sign(
        id: String, timestamp: String, body: [UInt8], secret: String
    ) throws(InvalidSecret) -> String {
        var authenticator = HMAC<SHA256>(key: try key(of: secret))
        authenticator.update(data: Array("\(id).\(timestamp).".utf8))
        authenticator.update(data: body)
        return "v1,\(Data(authenticator.finalize()).base64EncodedString())"
    }

    /// Throws if nothing can be signed with a secret.
    package static func check(secret: String) throws(InvalidSecret) {
        _ = try key(of: secret)
    }

    private static func key(of secret: String) throws(InvalidSecret) -> SymmetricKey {
        let prefix = "whsec_"
        guard secret.hasPrefix(prefix), let key = Data(base64Encoded: String(secret.dropFirst(prefix.count))),
            !key.isEmpty
        else { throw InvalidSecret(description: "the webhook secret is not '\(prefix)' and a key in Base64") }
        return SymmetricKey(data: key)
    }
}
