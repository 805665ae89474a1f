import Foundation
import LosslessJSON
import Replicate
import ReplicateAPI
import Testing

/// The ways in which a person writes an input: each compiles as it stands, and sends what it says.
@Suite(.timeLimit(.minutes(1)))
struct InputFormsTests {
    private enum Style: String, Encodable { case dark, light }

    private struct Settings: Encodable {
        var steps = 4
        var style = Style.light
        var image = InputFile.data([1], name: "a.png")
    }

    private let prompt = "a lighthouse"
    private let seed = 7
    private let strength: Float = 0.1
    private let isFast = true
    private let missing: Int? = nil
    private let present: Int? = 3
    private let words = ["a", "b"]
    private let style = Style.dark
    private let bytes = Data([1])
    private let link = URL(string: "https://example.com/a.png")!
    private let file = InputFile.data([1], name: "a.png")
    private let json: JSONValue = ["x": [1, nil]]
    private let value: InputValue = ["y": .data([1], name: "a.png")]
    private let texts = ["prompt": "a lighthouse"]
    private let anything: [String: any Encodable & Sendable] = ["prompt": "a lighthouse", "seed": 7]

    private static let png = "data:image/png;base64,AQ=="

    @Test func everyFormIsSentAsItIsMeant() async throws {
        try await withTemporaryFile(named: "a.png", [1]) { path in try await checkEveryForm(path) }
    }

    private func checkEveryForm(_ path: String) async throws {
        try await RawServer.run({ _ in .reply(201, body: #"{"id": "p", "status": "succeeded"}"#) }) { server in
            let client = try Client(token: "t", baseURL: server.url, retry: .none)
            func check(_ expected: JSONValue, _ line: Int = #line) throws {
                let body = try JSONValue(parsing: try #require(server.requests.last).body)
                #expect(body["input"] == expected, "line \(line)")
            }
            let both: JSONValue = ["prompt": "a lighthouse", "seed": 7]

            try await client.run("a/b")
            try check([:])
            try await client.run("a/b", input: ["prompt": "a lighthouse", "seed": 7])
            try check(both)
            try await client.run("a/b", input: ["prompt": prompt])
            try check(["prompt": "a lighthouse"])
            try await client.run("a/b", input: ["prompt": prompt, "seed": seed])
            try check(both)
            try await client.run("a/b", input: ["prompt": "\(prompt)!", "seed": seed])
            try check(["prompt": "a lighthouse!", "seed": 7])
            try await client.run("a/b", input: ["prompt": prompt, "seed": seed, "image": .path(path)])
            try check(["prompt": "a lighthouse", "seed": 7, "image": .string(Self.png)])
            try await client.run("a/b", input: ["image": .path(path)])
            try check(["image": .string(Self.png)])
            try await client.run("a/b", input: ["prompt": prompt, "images": [.path(path), .url(link)]])
            try check(["prompt": "a lighthouse", "images": [.string(Self.png), "https://example.com/a.png"]])
            try await client.run("a/b", input: ["strength": strength, "fast": isFast, "scale": 0.5])
            try check(["strength": 0.1, "fast": true, "scale": 0.5])
            try await client.run("a/b", input: ["prompt": prompt, "seed": missing, "steps": present])
            try check(["prompt": "a lighthouse", "steps": 3])
            try await client.run("a/b", input: ["prompt": "x", "seed": nil])
            try check(["prompt": "x"])
            try await client.run("a/b", input: ["prompt": prompt, "seed": nil, "image": .path(path), "mask": .null])
            try check(["prompt": "a lighthouse", "image": .string(Self.png), "mask": nil])
            try await client.run("a/b", input: ["seed": missing, "steps": present])
            try check(["steps": 3])
            try await client.run("a/b", input: ["words": words, "n": seed])
            try check(["words": ["a", "b"], "n": 7])
            try await client.run("a/b", input: ["words": ["a", prompt], "n": [1, seed], "o": ["k": seed]])
            try check(["words": ["a", "a lighthouse"], "n": [1, 7], "o": ["k": 7]])
            try await client.run("a/b", input: ["o": .object(["k": seed, "p": prompt]), "l": .array([1, prompt])])
            try check(["o": ["k": 7, "p": "a lighthouse"], "l": [1, "a lighthouse"]])
            try await client.run("a/b", input: ["o": ["k": 1, "p": "x", "l": [1, "a", nil]]])
            try check(["o": ["k": 1, "p": "x", "l": [1, "a", nil]]])
            try await client.run("a/b", input: ["style": style, "name": style.rawValue, "n": seed])
            try check(["style": "dark", "name": "dark", "n": 7])
            try await client.run("a/b", input: ["image": file, "prompt": prompt])
            try check(["image": .string(Self.png), "prompt": "a lighthouse"])
            try await client.run("a/b", input: ["image": InputFile.path(path), "prompt": prompt])
            try check(["image": .string(Self.png), "prompt": "a lighthouse"])
            try await client.run("a/b", input: ["image": bytes, "prompt": prompt])
            try check(["image": "data:application/octet-stream;base64,AQ==", "prompt": "a lighthouse"])
            try await client.run("a/b", input: ["image": .data(bytes, name: "a.png"), "prompt": prompt])
            try check(["image": .string(Self.png), "prompt": "a lighthouse"])
            try await client.run("a/b", input: ["image": link, "file": URL(filePath: path), "n": seed])
            try check(["image": "https://example.com/a.png", "file": .string(Self.png), "n": 7])
            try await client.run("a/b", input: ["json": json, "value": value, "n": seed])
            try check(["json": ["x": [1, nil]], "value": ["y": .string(Self.png)], "n": 7])
            try await client.run("a/b", input: json)
            try check(json)
            try await client.run("a/b", input: value)
            try check(["y": .string(Self.png)])
            try await client.run("a/b", input: texts)
            try check(["prompt": "a lighthouse"])
            try await client.run("a/b", input: anything)
            try check(both)
            try await client.run("a/b", input: Settings())
            try check(["steps": 4, "style": "light", "image": .string(Self.png)])
            try await client.run(
                "a/b", input: ["big": UInt64.max, "seed": seed, "exact": Decimal(string: "0.10000000000000000001")!])
            try check([
                "big": .number(JSONNumber(literal: "18446744073709551615")!), "seed": 7,
                "exact": .number(JSONNumber(literal: "0.10000000000000000001")!),
            ])
        }
    }

    /// The same forms in every call that takes an input.
    @Test func everyCallTakesVariables() async throws {
        try await RawServer.run({ request in
            let urls = #""urls": {"stream": "http://\#(request.headers["host"] ?? "")/stream"}"#
            return .reply(201, body: #"{"id": "p", "status": "succeeded", "model": "a/b", "version": "v", \#(urls)}"#)
        }) { server in
            let client = try Client(token: "t", baseURL: server.url, retry: .none)
            let options = PredictionOptions()
            try await client.run(.deployment(owner: "a", name: "b"), input: ["prompt": prompt, "seed": seed])
            try await client.run(.model(owner: "a", name: "b"), input: texts)
            try await client.run(.version("v"), input: ["seed": 7])
            _ = try await client.stream("a/b", input: ["prompt": prompt, "seed": seed])
            _ = try await client.stream(.deployment(owner: "a", name: "b"), input: ["prompt": prompt, "seed": seed])
            _ = try await client.predictions.create(
                .version("v"), input: ["prompt": prompt, "seed": seed], options: options)
            _ = try await client.deployments.predictions.create("a", "b", input: ["prompt": prompt, "seed": seed])
            _ = try await client.trainings.create(
                "a", "b", version: "v", destination: "c/d", input: ["prompt": prompt, "seed": seed])
            #expect(
                server.requests.map(\.path) == [
                    "/v1/deployments/a/b/predictions", "/v1/models/a/b/predictions", "/v1/predictions",
                    "/v1/models/a/b/predictions", "/v1/deployments/a/b/predictions", "/v1/predictions",
                    "/v1/deployments/a/b/predictions", "/v1/models/a/b/versions/v/trainings",
                ])
            let inputs = try server.requests.map { try JSONValue(parsing: $0.body)["input"] }
            let both: JSONValue = ["prompt": "a lighthouse", "seed": 7]
            #expect(inputs == [both, ["prompt": "a lighthouse"], ["seed": 7]] + Array(repeating: both, count: 5))
        }
    }

    @Test func whatCannotBeSentIsNamed() throws {
        let error = #expect(throws: ReplicateError.self) {
            try InputValue(members: ["prompt": prompt, "scale": Double.infinity])
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.hasPrefix("the input cannot be sent: scale: ") == true)
        let nested = #expect(throws: ReplicateError.self) { try InputValue.array([1, Double.nan]) }
        #expect(nested?.message.hasPrefix("the input cannot be sent: 1: ") == true)
    }

    @Test func anInputCanBeEncodedAsPartOfAnother() throws {
        struct Wrapper: Encodable { var inner: InputValue }
        let wrapped = try InputValue(encoding: Wrapper(inner: ["f": .data([1], name: "a.png"), "n": [1, "x", nil]]))
        #expect(wrapped == .object(["inner": .object(["f": .file(.data([1], name: "a.png")), "n": [1, "x", nil]])]))
        #expect(throws: EncodingError.self) { try JSONEncoder().encode(InputValue.file(file)) }
    }
}
