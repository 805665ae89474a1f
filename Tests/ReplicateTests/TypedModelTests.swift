import Foundation
import Replicate
import ReplicateAPI
import Testing

/// Models with types of their own, as a program declares them.
@Suite(.timeLimit(.minutes(1)))
struct TypedModelTests {
    private struct FluxInput: Encodable, Sendable {
        var prompt: String
        var numOutputs = 2
        var inputImage: InputFile?
    }

    private struct Upscaled: Decodable {
        var images: [FileOutput]
        var scaleFactor: UInt8
        var madeAt: Date
    }

    private static func server(_ output: JSONValue) -> @Sendable (RawServer.Request) -> RawServer.Answer {
        { _ in
            let body: JSONValue = ["id": "p", "status": "succeeded", "output": output, "logs": "done"]
            return .reply(201, body: body.jsonString())
        }
    }

    private func client(_ server: RawServer) throws -> Client {
        try Client(token: "t", baseURL: server.url, transport: HTTPClientTransport(maximumConnections: 2), retry: .none)
    }

    @Test func inputAndOutputHaveTypes() async throws {
        let model = TypedModel<FluxInput, Upscaled>("o/n", keys: .snakeCase)
        let output: JSONValue = [
            "images": ["https://example.com/a.png", "data:text/plain;base64,aGk="], "scale_factor": 4,
            "made_at": "2023-11-14T22:13:20.125Z",
        ]
        try await RawServer.run(Self.server(output)) { server in
            let input = FluxInput(prompt: "a", inputImage: .data([1], name: "a.png"))
            let upscaled = try await client(server).run(
                model, input, webhook: "https://example.com/hook", webhookEvents: [.completed], cancelAfter: .seconds(9)
            )
            #expect(upscaled.images.map(\.url) == ["https://example.com/a.png", "data:text/plain;base64,aGk="])
            #expect(try await upscaled.images[1].data() == Data("hi".utf8))
            #expect(upscaled.scaleFactor == 4)
            #expect(upscaled.madeAt == Date(timeIntervalSince1970: 1_700_000_000.125))
            let request = try #require(server.requests.first)
            #expect(request.path == "/v1/models/o/n/predictions")
            #expect(request.headers["prefer"] == "wait=60")
            #expect(request.headers["cancel-after"] == "9s")
            #expect(
                try JSONValue(parsing: request.body) == [
                    "input": ["prompt": "a", "num_outputs": 2, "input_image": "data:image/png;base64,AQ=="],
                    "webhook": "https://example.com/hook", "webhook_events_filter": ["completed"],
                ])
        }
    }

    @Test func otherOptionsOfARunReachIt() async throws {
        let model = TypedModel<FluxInput, String>(.deployment(owner: "o", name: "d"))
        let uploaded = RawServer.Answer.reply(201, body: #"{"id": "f", "urls": {"get": "https://api/files/f"}}"#)
        let answers = [
            uploaded, Self.server(["a", "b"])(.init(method: "", path: "", headers: [:], body: "", connection: 1)),
        ]
        try await RawServer.run(answers: answers) { server in
            var seen: [PredictionStatus] = []
            let text = try await client(server).run(
                model, FluxInput(prompt: "a", inputImage: .data([1])), wait: .poll(interval: .milliseconds(1)),
                files: .upload
            ) { seen.append($0.status) }
            #expect(text == "ab")
            #expect(seen == [.succeeded])
            #expect(server.requests.map(\.path) == ["/v1/files", "/v1/deployments/o/d/predictions"])
            #expect(server.requests[1].headers["prefer"] == nil)
            #expect(server.requests[1].body.contains("numOutputs"))
        }
    }

    @Test func anOutputMayBeMissing() async throws {
        let model = TypedModel<FluxInput, Int?>("o/n")
        for (output, expected) in [(5, 5), (nil, nil)] as [(JSONValue, Int?)] {
            try await RawServer.run(Self.server(output)) { server in
                let value = try await client(server).run(model, FluxInput(prompt: "a"))
                #expect(value == expected)
            }
        }
    }

    @Test func datesMayBeNumbers() async throws {
        let model = TypedModel<FluxInput, [Date]>("o/n", dates: .secondsSince1970)
        try await RawServer.run(Self.server([5])) { server in
            let dates = try await client(server).run(model, FluxInput(prompt: "a"))
            #expect(dates == [Date(timeIntervalSince1970: 5)])
        }
    }

    @Test(
        arguments: [
            (["images": [], "scaleFactor": 256, "madeAt": "2023-11-14T22:13:20Z"], "scaleFactor: the number 256"),
            (["images": ["words"], "scaleFactor": 2], "images.[0]: 'words' is no file"),
            (["images": [5], "scaleFactor": 2], "images.[0]: it is of type integer"),
            (nil, "it is null; expected an object"),
        ] as [(JSONValue, String)])
    func anOutputOfAnotherTypeIsToldWithItsPrediction(output: JSONValue, reason: String) async throws {
        try await RawServer.run(Self.server(output)) { server in
            let client = try client(server)
            let model = TypedModel<FluxInput, Upscaled>("o/n")
            let error = try await #require(throws: ReplicateError.self) {
                _ = try await client.run(model, FluxInput(prompt: "a"))
            }
            #expect(error.code == .unexpectedAnswer)
            #expect(error.message.contains("the output cannot be read as Upscaled: \(reason)"))
            #expect(error.prediction?.logs == "done")
        }
    }

    @Test func aNameThatIsNoneIsToldByTheRun() async throws {
        let client = try Client(token: "t", baseURL: "http://127.0.0.1:9", retry: .none)
        let error = try await #require(throws: ReplicateError.self) {
            _ = try await client.run(TypedModel<FluxInput, String>("no name"), FluxInput(prompt: "a"))
        }
        #expect(error.code == .invalidArgument)
        struct Odd: Encodable { var x = Double.nan }
        let odd = #expect(throws: ReplicateError.self) { try TypedModel<Odd, String>("a/b").value(of: Odd()) }
        #expect(odd?.code == .invalidArgument)
    }

    @Test func filesAreOnlyReadFromOutputs() {
        #expect(throws: DecodingError.self) {
            try JSONValueDecoder().decode(FileOutput.self, from: "https://a.b/c.png")
        }
    }
}
