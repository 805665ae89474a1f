import Foundation
import Replicate
import Testing

@Suite(.timeLimit(.minutes(1)))
struct WebhookTests {
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private static let body = #"{"test": 2432232314}"#
    /// The published vector of the signature scheme.
    private static let headers = [
        "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "WEBHOOK-TIMESTAMP": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ]
    private static let now = Date(timeIntervalSince1970: 1_614_265_330)

    private func verify(
        _ changes: [String: String?] = [:], body: String = body, secret: String = secret,
        tolerance: Duration? = Webhook.defaultTolerance, now: Date = now
    ) throws {
        var headers = Self.headers
        for (name, value) in changes { headers[name] = value }
        try Webhook.verify(headers: headers, body: Data(body.utf8), secret: secret, tolerance: tolerance, now: now)
    }

    @Test func takesThePublishedVector() throws {
        try verify()
    }

    @Test(
        arguments: [
            "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            "v1a,x v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= v2,y",
            "  v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= ",
        ])
    func takesOneOfSeveralSignatures(signature: String) throws {
        try verify(["webhook-signature": signature])
    }

    @Test(
        arguments: [
            ("webhook-signature", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", WebhookError.wrongSignature),
            ("webhook-signature", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", .wrongSignature),
            ("webhook-signature", "v1,", .wrongSignature),
            ("webhook-signature", "v1,g0hM9SsE+OTPJTGt", .wrongSignature),
            ("webhook-signature", "v1,\u{FF}", .wrongSignature),
            ("webhook-signature", nil, .missingHeader("webhook-signature")),
            ("Webhook-Id", nil, .missingHeader("webhook-id")),
            ("Webhook-Id", "msg_other", .wrongSignature),
            ("WEBHOOK-TIMESTAMP", nil, .missingHeader("webhook-timestamp")),
            ("WEBHOOK-TIMESTAMP", "", .missingHeader("webhook-timestamp")),
            ("WEBHOOK-TIMESTAMP", "yesterday", .malformedTimestamp),
            ("WEBHOOK-TIMESTAMP", "99999999999999999999", .malformedTimestamp),
            ("WEBHOOK-TIMESTAMP", "1614265331", .wrongSignature),
        ] as [(String, String?, WebhookError)])
    func refusesEverythingElse(header: String, value: String?, error: WebhookError) {
        #expect(throws: error) { try verify([header: value]) }
    }

    @Test func refusesAnotherBodyOrSecret() {
        #expect(throws: WebhookError.wrongSignature) { try verify(body: #"{"test":2432232314}"#) }
        #expect(throws: WebhookError.wrongSignature) { try verify(body: "") }
        #expect(throws: WebhookError.wrongSignature) { try verify(secret: "whsec_AAAA") }
        for secret in ["", "whsec_", "whsec_*", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            #expect(throws: WebhookError.malformedSecret) { try verify(secret: secret) }
        }
    }

    @Test(
        arguments: [
            (
                .malformedSecret,
                "the webhook secret is not one; expected whsec_ and base64, as GET /webhooks/default/secret gives it"
            ),
            (.missingHeader("webhook-id"), "the delivery has no webhook-id header"),
            (.malformedTimestamp, "the delivery's webhook-timestamp is not a number of seconds"),
            (.wrongSignature, "no signature of the delivery fits its body and the secret"),
            (.tooOld(seconds: 301), "the delivery was signed 301 seconds from now"),
            (.malformedBody, "the delivery's body is not a prediction"),
        ] as [(WebhookError, String)])
    func everyRefusalIsASentenceForTheLog(error: WebhookError, sentence: String) {
        #expect(error.description == sentence)
        #expect("\(error)" == sentence)
    }

    @Test func refusesOldDeliveriesAndThoseFromTheFuture() throws {
        try verify(now: Self.now + 300)
        try verify(now: Self.now - 300)
        #expect(throws: WebhookError.tooOld(seconds: 301)) { try verify(now: Self.now + 301) }
        #expect(throws: WebhookError.tooOld(seconds: 301)) { try verify(now: Self.now - 301) }
        try verify(tolerance: nil, now: Self.now + 1_000_000)
    }

    @Test func aSecretDoesNotShowItself() throws {
        let secret = try WebhookSecret(Self.secret)
        #expect(secret.text == Self.secret)
        var dumped = ""
        dump(secret, to: &dumped)
        #expect(!"\(secret)\(String(reflecting: secret))\(dumped)".contains("MfKQ"))
    }

    @Test func aGenuineBodyThatIsNoPredictionIsToldApart() throws {
        #expect(throws: WebhookError.malformedBody) { () throws in
            try Webhook.receive(
                headers: HeaderFields(Self.headers), body: Data(Self.body.utf8), secret: try WebhookSecret(Self.secret),
                now: Self.now)
        }
    }
}
