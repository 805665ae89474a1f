import Crypto
public import Foundation
public import ReplicateAPI

/// Checks that a webhook's delivery comes from Replicate and is new.
///
/// ```swift
/// let secret = try await client.webhooks.defaultSecret()        // once
/// let delivery = try Webhook.receive(headers: headers, body: body, secret: secret)
/// if delivery.prediction.status == .succeeded { … }
/// ```
///
/// Deliveries may come twice and out of order: remember ``WebhookDelivery/id``, and never go back from a final status.
///
/// API: "Webhooks".
public enum Webhook {
    /// How old or how far in the future a delivery may be, unless said otherwise.
    public static let defaultTolerance = Duration.seconds(300)

    /// Checks the signature and the time of a delivery.
    ///
    /// - Parameters:
    ///   - headers: the request's; looked up without regard to case.
    ///   - body: the bytes exactly as they came.
    ///   - secret: the account's, as ``Webhooks/defaultSecret()`` gives it.
    ///   - tolerance: how far the delivery's time may be from `now`; `nil` for any time, as for deliveries from a log.
    ///   - now: the time to compare with.
    /// - Throws: ``WebhookError``, which says what is wrong; nothing of the body may be believed then.
    public static func verify(
        headers: HeaderFields, body: some DataProtocol, secret: WebhookSecret,
        tolerance: Duration? = defaultTolerance, now: Date = Date()
    ) throws(WebhookError) {
        let id = try value("webhook-id", in: headers)
        let time = try value("webhook-timestamp", in: headers)
        let signatures = try value("webhook-signature", in: headers)
        guard let seconds = Int64(time), time.utf8.count <= 12 else { throw .malformedTimestamp }
        var authentication = HMAC<SHA256>(key: secret.key)
        authentication.update(data: Data("\(id).\(time).".utf8))
        authentication.update(data: body)
        let expected = authentication.finalize()
        var isValid = false
        // All are compared, in a time that does not depend on what they hold.
        for signature in signatures.split(separator: " ") {
            let parts = signature.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0] == "v1", let code = Data(base64Encoded: String(parts[1])) else { continue }
            if constantTimeEqual(code, Data(expected)) { isValid = true }
        }
        guard isValid else { throw .wrongSignature }
        if let tolerance {
            let distance = abs(Double(seconds) - now.timeIntervalSince1970)
            guard distance <= Double(tolerance.components.seconds) else { throw .tooOld(seconds: Int(distance)) }
        }
    }

    /// Checks a delivery whose headers are in a dictionary.
    ///
    /// - Throws: ``WebhookError``, as the call with ``HeaderFields`` does.
    public static func verify(
        headers: [String: String], body: some DataProtocol, secret: WebhookSecret,
        tolerance: Duration? = defaultTolerance, now: Date = Date()
    ) throws(WebhookError) {
        try verify(headers: HeaderFields(headers), body: body, secret: secret, tolerance: tolerance, now: now)
    }

    /// Checks a delivery with the secret as text, such as `whsec_…`.
    ///
    /// - Throws: ``WebhookError``, as the call with a ``WebhookSecret`` does, and `malformedSecret`.
    public static func verify(
        headers: [String: String], body: some DataProtocol, secret: String,
        tolerance: Duration? = defaultTolerance, now: Date = Date()
    ) throws(WebhookError) {
        try verify(
            headers: HeaderFields(headers), body: body, secret: try WebhookSecret(secret), tolerance: tolerance,
            now: now)
    }

    /// Checks a delivery and reads what it tells.
    ///
    /// - Throws: ``WebhookError``; `malformedBody` if a correctly signed body is no prediction.
    public static func receive(
        headers: HeaderFields, body: some DataProtocol, secret: WebhookSecret,
        tolerance: Duration? = defaultTolerance, now: Date = Date()
    ) throws(WebhookError) -> WebhookDelivery {
        try verify(headers: headers, body: body, secret: secret, tolerance: tolerance, now: now)
        guard let json = try? JSONValue(parsing: body), let prediction = try? Prediction(json: json) else {
            throw .malformedBody
        }
        return WebhookDelivery(
            id: try value("webhook-id", in: headers),
            sentAt: Date(timeIntervalSince1970: Double(try value("webhook-timestamp", in: headers)) ?? 0),
            prediction: prediction)
    }

    private static func value(_ name: String, in headers: HeaderFields) throws(WebhookError) -> String {
        guard let value = headers[name], !value.isEmpty else { throw .missingHeader(name) }
        return value
    }

    private static func constantTimeEqual(_ left: Data, _ right: Data) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

/// One delivery of a webhook that was found to be genuine.
public struct WebhookDelivery: Hashable, Sendable {
    /// The same for each try to deliver it: a receiver that has seen it need not act again.
    public var id: String
    /// When it was sent.
    public var sentAt: Date
    /// The prediction, or training, as it was then.
    public var prediction: Prediction

    /// Makes the value, for tests of code that takes it.
    public init(id: String, sentAt: Date, prediction: Prediction) {
        self.id = id
        self.sentAt = sentAt
        self.prediction = prediction
    }
}

/// The secret of an account's webhooks; it shows itself to nobody who prints or dumps it.
public struct WebhookSecret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let key: SymmetricKey

    /// Reads a secret as the API gives it: `whsec_` and base64.
    ///
    /// - Throws: ``WebhookError/malformedSecret``.
    public init(_ text: String) throws(WebhookError) {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.hasPrefix("whsec_"), let bytes = Data(base64Encoded: String(text.dropFirst(6))), !bytes.isEmpty
        else { throw .malformedSecret }
        key = SymmetricKey(data: bytes)
    }

    /// "(hidden)".
    public var description: String { "(hidden)" }
    /// "(hidden)".
    public var debugDescription: String { description }
    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Why a delivery of a webhook is not to be believed.
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

extension HeaderFields {
    /// Header fields from a dictionary.
    public init(_ fields: [String: String]) {
        self.init()
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) { append(name, value) }
    }
}
