import ReplicateAPI
import Testing

@Suite struct WebhookSignatureTests {
    private func sign(
        id: String = "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: String = "1614265330",
        body: String = #"{"test": 2432232314}"#, secret: String = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    ) throws -> String {
        WebhookSignature.sign(
            id: id, timestamp: timestamp, body: Array(body.utf8), secret: try WebhookSecret(secret))
    }

    /// The vector that the official clients are tested with.
    @Test func thePublishedVectorIsMet() throws {
        #expect(try sign() == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func everythingIsSigned() throws {
        let signature = try sign()
        #expect(try sign(id: "msg_other") != signature)
        #expect(try sign(timestamp: "1614265331") != signature)
        #expect(try sign(body: #"{"test":2432232314}"#) != signature)
        #expect(try sign(secret: "whsec_AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw") != signature)
    }

    @Test(arguments: ["", "whsec_", "whsec_!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
    func aTextThatIsNoSecretIsRefused(secret: String) {
        #expect(throws: WebhookError.malformedSecret) { try sign(secret: secret) }
    }
}
