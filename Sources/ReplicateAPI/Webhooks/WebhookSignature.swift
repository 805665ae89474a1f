import Crypto
package import Foundation

/// How webhooks are signed: HMAC-SHA256 over id, time and body, in the scheme that Svix made known.
package enum WebhookSignature {
    /// The signature of one delivery, such as `v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=`.
    ///
    /// - Parameters:
    ///   - id: what the header `webhook-id` says.
    ///   - timestamp: what the header `webhook-timestamp` says, to the letter.
    ///   - body: the very bytes of the body.
    package static func sign(
        id: String, timestamp: String, body: some DataProtocol, secret: WebhookSecret
    ) -> String {
        "v1,\(Data(code(id: id, timestamp: timestamp, body: body, secret: secret)).base64EncodedString())"
    }

    /// The bytes that a signature of version 1 is made of.
    package static func code(
        id: String, timestamp: String, body: some DataProtocol, secret: WebhookSecret
    ) -> [UInt8] {
        var authenticator = HMAC<SHA256>(key: secret.key)
        authenticator.update(data: Data("\(id).\(timestamp).".utf8))
        authenticator.update(data: body)
        return Array(authenticator.finalize())
    }

    /// Whether one signature of a header is of version 1 and has this code; all of it is compared, whatever differs.
    package static func isValid(_ signature: some StringProtocol, for code: [UInt8]) -> Bool {
        let parts = signature.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == "v1", let given = Data(base64Encoded: String(parts[1])),
            given.count == code.count
        else { return false }
        return zip(given, code).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
