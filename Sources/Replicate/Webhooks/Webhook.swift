public import Foundation
import LosslessJSON
public import ReplicateAPI

/// Checks that a webhook's delivery comes from Replicate and is new.
///
/// ```swift
/// let secret = try await client.webhooks.defaultSecret()        // once
/// let delivery = try Webhook.receive(headers: headers, body: body, secret: secret)
/// if delivery.prediction.status == .succeeded { print(delivery.prediction.id) }
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
    /// - Throws: `WebhookError`, which says what is wrong; nothing of the body may be believed then.
    public static func verify(
        headers: HeaderFields, body: some DataProtocol, secret: WebhookSecret,
        tolerance: Duration? = defaultTolerance, now: Date = Date()
    ) throws(WebhookError) {
        let id = try value("webhook-id", in: headers)
        let time = try value("webhook-timestamp", in: headers)
        let signatures = try value("webhook-signature", in: headers)
        guard let seconds = Int64(time), time.utf8.count <= 12 else { throw .malformedTimestamp }
        let code = WebhookSignature.code(id: id, timestamp: time, body: body, secret: secret)
        // All are compared, in a time that does not depend on what they hold.
        let isValid = signatures.split(separator: " ").reduce(false) { WebhookSignature.isValid($1, for: code) || $0 }
        guard isValid else { throw .wrongSignature }
        if let tolerance {
            let distance = abs(Double(seconds) - now.timeIntervalSince1970)
            guard distance <= tolerance.bounded / .seconds(1) else { throw .tooOld(seconds: Int(saturating: distance)) }
        }
    }

    /// Checks a delivery whose headers are in a dictionary.
    ///
    /// - Throws: `WebhookError`, as the call with ``HeaderFields`` does.
    public static func verify(
        headers: [String: String], body: some DataProtocol, secret: WebhookSecret,
        tolerance: Duration? = defaultTolerance, now: Date = Date()
    ) throws(WebhookError) {
        try verify(headers: HeaderFields(headers), body: body, secret: secret, tolerance: tolerance, now: now)
    }

    /// Checks a delivery with the secret as text, such as `whsec_…`.
    ///
    /// - Throws: `WebhookError`, as the call with a `WebhookSecret` does, and `malformedSecret`.
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
    /// - Throws: `WebhookError`; `malformedBody` if a correctly signed body is no prediction.
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

extension HeaderFields {
    /// Header fields from a dictionary.
    public init(_ fields: [String: String]) {
        self.init()
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) { append(name, value) }
    }
}
