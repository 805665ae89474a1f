import Foundation
import Replicate
import ReplicateAPI
import TestSupport
import Testing

/// Whatever comes in, the parsers refuse it or understand it, and never crash.
@Suite(.timeLimit(.minutes(3)))
struct FuzzTests {
    private static let rounds = 100_000

    @Test func eventStreams() async throws {
        var mutation = Mutation(
            of: [
                ": hi\n\nevent: output\nid: 1690212292:0\ndata: Once é😀\n\nevent: done\ndata: {}\n\n",
                "retry: 15\r\ndata: a\r\ndata:\r\n\r\n:408: 408 Request Timeout\r\n\r\n", "\u{FEFF}data\r\rid\r\r",
            ], alphabet: "\r\n: \u{0}dataeventidretry0", seed: 1)
        for round in 0..<Self.rounds {
            await Mutation.pause(round)
            let bytes = mutation.next()
            var whole = ServerSentEventParser()
            let events = whole.parse(bytes)
            var pieces = ServerSentEventParser()
            let cut = mutation.cut(bytes)
            // Where the bytes are cut makes no difference.
            try #require(pieces.parse(bytes[..<cut]) + pieces.parse(bytes[cut...]) == events)
            for event in events { _ = StreamEvent(event) }
        }
    }

    @Test func deliveriesOfWebhooks() async throws {
        let secret = try WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        let body = Data(#"{"test": 2432232314}"#.utf8)
        let valid = "msg_p5jXN8AQM9LWM0D4loKWxJek|1614265330|v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        var mutation = Mutation(of: [valid], alphabet: "v12, =+/|0A-e.", seed: 2)
        var accepted = 0
        for round in 0..<Self.rounds {
            await Mutation.pause(round)
            let parts = String(decoding: mutation.next(), as: UTF8.self)
                .split(separator: "|", maxSplits: 2, omittingEmptySubsequences: false)
            var headers = HeaderFields()
            for (name, value) in zip(["webhook-id", "webhook-timestamp", "webhook-signature"], parts) {
                headers[name] = String(value)
            }
            do {
                try Webhook.verify(headers: headers, body: body, secret: secret, tolerance: nil)
                accepted += 1
                // Only what was added around the signature may differ.
                try #require(parts[0] == "msg_p5jXN8AQM9LWM0D4loKWxJek" && parts[1] == "1614265330")
                try #require(parts[2].contains("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1O"))
            } catch is WebhookError {}
            _ = try? WebhookSecret(String(parts.last ?? ""))
        }
        #expect(accepted > 0)
    }

    @Test func referencesAndAddresses() async throws {
        var mutation = Mutation(
            of: [
                "stability-ai/sdxl:39ed52f2a78e934b3ba6e2a89f5b1c712de7dfea535525255b1aa35c5565e08b", "a/b:c:d", "o/n",
                "https://example.com:8080/hook?x=y#z", "http://[::1]:80/v1", "data:image/png;base64,AAEC",
            ], alphabet: "/:@?#[]%.;, \n", seed: 3)
        for round in 0..<Self.rounds {
            await Mutation.pause(round)
            let text = String(decoding: mutation.next(), as: UTF8.self)
            if let reference = try? ModelReference(parsing: text) {
                try #require(try ModelReference(parsing: reference.description) == reference)
                try #require(!reference.owner.isEmpty && !reference.name.isEmpty && !reference.owner.contains("/"))
            }
            _ = try? PredictionTarget(parsing: text).path
            _ = PredictionOptions(webhook: text).problem
            _ = PredictionProgress(logs: text)
            _ = RetryWait.duration(
                header: text, problem: ProblemDetails(detail: "resets in ~\(text)"), now: Date(timeIntervalSince1970: 0)
            )
        }
    }

    @Test func bodiesOfTheAPI() async throws {
        var mutation = Mutation(
            of: [
                #"{"id":"p","status":"succeeded","output":["a",{"b":null}],"urls":{"stream":"https://s/x"},"metrics":{"predict_time":1.5},"created_at":"2023-08-16T19:33:26.678378653Z"}"#,
                #"{"title":"T","detail":"- input: x is required\n","status":422,"invalid_fields":[{"type":"required","field":"input"}],"retry_after":7}"#,
                ##"{"next":"https://a/b?cursor=c","previous":null,"results":[{"owner":"o","name":"n","latest_version":{"id":"v","openapi_schema":{"components":{"schemas":{"Input":{"properties":{"x":{"allOf":[{"$ref":"#/components/schemas/X"}]}}},"X":{"enum":[1,2],"type":"integer"},"Output":{"type":"array","items":{"type":"string","format":"uri"}}}}}}}]}"##,
            ], alphabet: "{}[]\",:\\0-.eutfn$#", seed: 4)
        for round in 0..<Self.rounds {
            await Mutation.pause(round)
            let bytes = mutation.next()
            _ = ProblemDetails(parsing: bytes)?.summary
            guard let json = try? JSONValue(parsing: bytes) else { continue }
            if let prediction = try? Prediction(json: json) {
                try #require(try Prediction(json: prediction.json).id == prediction.id)
            }
            if let page = try? Page<Model>(json: json), let schema = try? page.results.first?.latestVersion?.schema {
                _ = schema.validate(["x": 1])
                _ = schema.validate(output: ["https://a"])
                _ = schema.fileLocations(in: ["https://a"])
            }
            _ = try? Training(json: json)
            _ = try? SearchResults(json: json)
        }
    }
}
