import Foundation
import Replicate
import ReplicateAPI
import ReplicateServer
import Testing

/// The short ways to common calls.
@Suite(.timeLimit(.minutes(1)))
struct ConvenienceTests {
    private func client(_ base: String) throws -> Client {
        try Client(
            token: "t", baseURL: base, transport: HTTPClientTransport(maximumConnections: 8), retry: .none,
            timeout: .seconds(50))
    }

    /// Answers every list with a page that leads to a second one, each with an element of every kind at once.
    private static func pages(_ request: RawServer.Request) -> RawServer.Answer {
        let isFirst = !request.path.contains("cursor=")
        let next = isFirst ? #""\#(request.path.split(separator: "?").first ?? "")?cursor=2""# : "null"
        let id = isFirst ? "one" : "two"
        return .reply(
            200,
            body: """
                {"next": \(next), "results": [{"id": "\(id)", "owner": "o", "name": "\(id)", "slug": "\(id)",
                "status": "failed", "urls": {"get": "https://x/\(id)"}}]}
                """)
    }

    private func ids<Element: APIResource & Identifiable<String>>(_ list: Paginated<Element>) async throws -> [String] {
        try await list.reduce(into: []) { $0.append($1.id) }
    }

    @Test func everyListCanBeReadAsOne() async throws {
        try await RawServer.run(Self.pages) { server in
            let client = try client(server.url)
            let both = ["one", "two"]
            #expect(try await ids(client.predictions.all()) == both)
            #expect(try await ids(client.trainings.all()) == both)
            #expect(try await ids(client.files.all()) == both)
            #expect(try await ids(client.collections.all()) == both)
            #expect(try await ids(client.models.all()) == ["o/one", "o/two"])
            #expect(try await ids(client.deployments.all()) == ["o/one", "o/two"])
            #expect(try await ids(client.models.searchAll("x")) == ["o/one", "o/two"])
            #expect(try await ids(client.models.versions.all("o", "n")) == both)
            #expect(try await ids(client.models.allExamples("o", "n")) == both)
            #expect(try await ids(client.paginate(client.predictions.list)) == both)
            #expect(try await ids(client.paginate(client.models.list)) == ["o/one", "o/two"])
            #expect(try await ids(client.paginate(client.trainings.list)) == both)
            let firsts = server.requests.map(\.path).filter { !$0.contains("cursor=") }
            #expect(
                firsts == [
                    "/v1/predictions", "/v1/trainings", "/v1/files", "/v1/collections", "/v1/models", "/v1/deployments",
                    "/v1/models", "/v1/models/o/n/versions", "/v1/models/o/n/examples", "/v1/predictions", "/v1/models",
                    "/v1/trainings",
                ])
        }
    }

    @Test func theFilterOfAListIsAskedFor() async throws {
        try await RawServer.run(Self.pages) { server in
            let client = try client(server.url)
            let (after, before) = (
                Date(timeIntervalSince1970: 1_700_000_000), Date(timeIntervalSince1970: 1_700_000_001)
            )
            _ = try await ids(client.predictions.all(createdAfter: after, createdBefore: before, source: "web"))
            _ = try await ids(client.models.all(sortBy: .modelCreatedAt, direction: .ascending))
            let paths = server.requests.map(\.path)
            #expect(paths[0].contains("created_after=2023-11-14T22%3A13%3A20"))
            #expect(paths[0].contains("created_before=2023-11-14T22%3A13%3A21"))
            #expect(paths[0].contains("source=web"))
            #expect(paths[2] == "/v1/models?sort_by=model_created_at&sort_direction=asc")
        }
    }

    @Test func aPredictionCanBeWaitedForReadAndCanceled() async throws {
        try await EmbeddedServer.withServer { base in
            let client = try client(base)
            let model = try await client.models.get("nightshift/sleeper")
            #expect(model.id == "nightshift/sleeper")
            let version = try #require(model.latestVersion?.id)
            var prediction = try await client.predictions.create(.version(version), input: ["seconds": 600])
            let timeout = try await #require(throws: ReplicateError.self) {
                _ = try await prediction.wait(with: client, interval: .milliseconds(5), timeout: .milliseconds(20))
            }
            #expect(timeout.code == .timeout)
            #expect(try await prediction.reload(with: client).status == .processing)
            try await prediction.cancel(with: client)
            var seen: [PredictionStatus] = []
            let ended = try await prediction.wait(with: client) { seen.append($0.status) }
            #expect(ended.status == .canceled)
            #expect(seen.last == .canceled)
            #expect(prediction.status != .canceled)
            try await prediction.refresh(with: client)
            #expect(prediction.status == .canceled)
        }
    }

    @Test(arguments: ["", "name", "o/n:v", "o/n/x"])
    func aModelIsAskedForByItsFullName(name: String) async throws {
        let client = try client("http://127.0.0.1:9")
        let error = try await #require(throws: ReplicateError.self) { _ = try await client.models.get(name) }
        #expect(error.code == .invalidArgument)
    }

    @Test func anOutputKnowsItsPrediction() async throws {
        try await EmbeddedServer.withServer { base in
            let output = try await client(base).run("nightshift/sleeper", input: ["seconds": 0, "text": "x"])
            #expect(output.prediction.status == .succeeded)
            #expect(output.prediction.input["text"] == "x")
            #expect(output.prediction.logs?.contains("sleeping") == true)
            #expect(output.prediction.predictTime != nil)
        }
    }

    /// In closures without a type, `catch` gives any error; a code matches it all the same.
    @Test func errorsCanBeMatchedByTheirCode() async throws {
        let client = try client("http://127.0.0.1:9")
        let code = await Task { () -> String in
            do {
                _ = try await client.models.get("")
                return "nothing"
            } catch ReplicateError.Code.throttled {
                return "throttled"
            } catch ReplicateError.Code.invalidArgument {
                return "invalid"
            } catch {
                return "\(error)"
            }
        }.value
        #expect(code == "invalid")
        #expect(!(ReplicateError.Code.canceled ~= CancellationError()))
        let typed = await Task { () -> ReplicateError.Code? in
            do throws(ReplicateError) {
                _ = try await client.models.get("")
                return nil
            } catch {
                return error.code
            }
        }.value
        #expect(typed == .invalidArgument)
    }

    /// Megabytes of JSON are written and read elsewhere than on the actor of a user interface.
    @Test @MainActor func theMainActorIsNotStalled() async throws {
        let body = #"{"id": "p", "status": "succeeded", "output": "\#(String(repeating: "x", count: 20_000_000))"}"#
        try await RawServer.run({ _ in .reply(201, body: body) }) { server in
            let client = try client(server.url)
            let large = [UInt8](repeating: 7, count: 9_000_000)
            // A busy machine may stop everything for a while; one quiet time proves it.
            for attempt in 1...5 {
                let pauses = Task { @MainActor in
                    var longest = Duration.zero
                    while !Task.isCancelled {
                        let start = ContinuousClock.now
                        await Task.yield()
                        longest = max(longest, start.duration(to: .now))
                    }
                    return longest
                }
                await Task.yield()
                let start = ContinuousClock.now
                try await client.run("o/n", input: ["file": .data(large, name: "a.bin")], files: .dataURI)
                let whole = start.duration(to: .now)
                pauses.cancel()
                let longest = await pauses.value
                // All of the work takes far longer than any pause of the main actor.
                if longest < max(whole / 3, .milliseconds(30)) { return }
                #expect(attempt < 5, "the main actor paused for \(longest) of \(whole)")
            }
        }
    }
}
