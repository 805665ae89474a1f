import Foundation
import LosslessJSON
import NightshiftCore
import Replicate
import ReplicateAPI
import Synchronization
import Testing

@testable import Nightshift

@Suite(.timeLimit(.minutes(1)))
struct ReplicateProviderTests {
    private func client(_ server: LoopbackServer, timeout: Duration = .seconds(30)) throws -> Client {
        try Client(
            token: "r8_secret", baseURL: server.url, transport: HTTPClientTransport.shared, retry: .none,
            timeout: timeout)
    }

    private func provider(
        _ server: LoopbackServer, folder: String = "/nonexistent", uploads: UploadMemory = .none,
        timeout: Duration = .seconds(30), clock: WallClock = WallClock()
    ) throws -> ReplicateProvider {
        ReplicateProvider(
            client: try client(server, timeout: timeout),
            binding: ReplicateProvider.Binding(target: .version("v1"), version: "v1", schema: nil),
            filesDirectory: folder, downloadTransport: HTTPClientTransport.shared, clock: clock, uploads: uploads)
    }

    private let request = CreateRequest(input: ["text": "a"], predictionID: "own")

    // MARK: - What failures mean

    struct Refusal: Sendable, CustomTestStringConvertible {
        var status: Int
        var body: String
        var creating: ProviderError.Code
        var reading: ProviderError.Code
        var testDescription: String { "\(status) \(body.prefix(40))" }
    }

    private static let refusals = [
        Refusal(
            status: 400, body: #"{"detail":"malformed"}"#, creating: .rejected, reading: .rejected),
        Refusal(
            status: 401, body: #"{"title":"Unauthenticated","detail":"bad token"}"#, creating: .unauthorized,
            reading: .unauthorized),
        Refusal(
            status: 402, body: #"{"title":"Insufficient credit"}"#, creating: .noCredit, reading: .noCredit),
        Refusal(
            status: 403, body: #"{"title":"Forbidden","detail":"no","status":403}"#, creating: .unauthorized,
            reading: .unauthorized),
        Refusal(status: 401, body: "<html>", creating: .foreignRefusal, reading: .foreignRefusal),
        Refusal(status: 402, body: #"{"message":"quota"}"#, creating: .foreignRefusal, reading: .foreignRefusal),
        Refusal(status: 403, body: "", creating: .foreignRefusal, reading: .foreignRefusal),
        Refusal(status: 403, body: #"{"error":"Forbidden"}"#, creating: .foreignRefusal, reading: .foreignRefusal),
        Refusal(
            status: 403, body: #"{"detail":"x","status":200}"#, creating: .foreignRefusal, reading: .foreignRefusal),
        Refusal(status: 404, body: "404 page not found", creating: .foreignRefusal, reading: .foreignRefusal),
        Refusal(status: 404, body: "[]", creating: .foreignRefusal, reading: .foreignRefusal),
        Refusal(status: 405, body: "<html>", creating: .foreignRefusal, reading: .foreignRefusal),
        Refusal(status: 405, body: #"{"detail":"not allowed"}"#, creating: .rejected, reading: .rejected),
        Refusal(
            status: 404, body: #"{"detail":"The requested resource could not be found.","status":404}"#,
            creating: .notFound, reading: .notFound),
        Refusal(status: 413, body: "<html>", creating: .rejected, reading: .rejected),
        Refusal(
            status: 422,
            body: #"{"title":"Invalid version or not permitted","detail":"The specified version does not exist"}"#,
            creating: .invalidVersion, reading: .invalidVersion),
        Refusal(
            status: 422,
            body: """
                {"detail":"- input: prompt is required\\n","status":422,"title":"Input validation failed",
                "invalid_fields":[{"type":"required","field":"input","description":"prompt is required"}]}
                """,
            creating: .invalidInput, reading: .invalidInput),
        Refusal(
            status: 429, body: #"{"detail":"Request was throttled. Your rate limit resets in ~7s."}"#,
            creating: .throttled, reading: .throttled),
        Refusal(status: 408, body: "", creating: .unknownOutcome, reading: .unavailable),
        Refusal(status: 500, body: "", creating: .unknownOutcome, reading: .unavailable),
        Refusal(status: 502, body: "<html>", creating: .unknownOutcome, reading: .unavailable),
        Refusal(status: 503, body: "", creating: .unknownOutcome, reading: .unavailable),
        Refusal(status: 504, body: "", creating: .unknownOutcome, reading: .unavailable),
        Refusal(status: 522, body: "", creating: .unknownOutcome, reading: .unavailable),
        Refusal(status: 201, body: "no JSON", creating: .unknownOutcome, reading: .unavailable),
    ]

    @Test(arguments: refusals)
    func anAnswerMeansOneThingForACreateAndOneForARead(refusal: Refusal) async throws {
        let server = try LoopbackServer { _, _ in .json(refusal.body, status: refusal.status) }
        let provider = try provider(server)
        let created = await #expect(throws: ProviderError.self) { try await provider.create(request) }
        #expect(created?.code == refusal.creating)
        #expect(created?.message.contains("r8_secret") == false)
        let read = await #expect(throws: ProviderError.self) { try await provider.prediction("p") }
        #expect(read?.code == refusal.reading)
        let listed = await #expect(throws: ProviderError.self) {
            try await provider.predictions(createdAfter: .distantPast, createdBefore: nil, continuation: nil)
        }
        #expect(listed?.code == refusal.reading)
        // Each call was made once: the run decides about a second time.
        #expect(server.requests.count == 3)
    }

    @Test func aThrottleSaysHowLong() async throws {
        let server = try LoopbackServer { _, _ in
            .json(#"{"detail":"Request was throttled. Your rate limit resets in ~7s."}"#, status: 429)
        }
        let provider = try provider(server)
        let error = await #expect(throws: ProviderError.self) { try await provider.create(request) }
        #expect(error?.retryAfter == .seconds(7))
    }

    @Test func invalidFieldsAreKeptInTheMessage() async throws {
        let server = try LoopbackServer { _, _ in
            .json(ReplicateProviderTests.refusals.first { $0.body.contains("invalid_fields") }!.body, status: 422)
        }
        let provider = try provider(server)
        let error = await #expect(throws: ProviderError.self) { try await provider.create(request) }
        #expect(error?.message.hasSuffix("422: input: prompt is required") == true)
    }

    @Test func aLostAnswerLeavesACreateOpenButNotARead() async throws {
        let server = try LoopbackServer { _, _ in .lost }
        let provider = try provider(server)
        let created = await #expect(throws: ProviderError.self) { try await provider.create(request) }
        #expect(created?.code == .unknownOutcome)
        let read = await #expect(throws: ProviderError.self) { try await provider.prediction("p") }
        #expect(read?.code == .unavailable)
    }

    @Test func aCreateThatTakesTooLongIsOpen() async throws {
        let release = DispatchSemaphore(value: 0)
        let server = try LoopbackServer { _, _ in
            release.wait()
            return .lost
        }
        defer { release.signal() }
        let provider = try provider(server, timeout: .milliseconds(100))
        let error = await #expect(throws: ProviderError.self) { try await provider.create(request) }
        #expect(error?.code == .unknownOutcome)
    }

    @Test func aRefusedConnectionSentNothing() async throws {
        let server = try LoopbackServer(isDown: true) { _, _ in .lost }
        let provider = try provider(server)
        let created = await #expect(throws: ProviderError.self) { try await provider.create(request) }
        #expect(created?.code == .notSent)
        let read = await #expect(throws: ProviderError.self) { try await provider.prediction("p") }
        #expect(read?.code == .unavailable)
    }

    // MARK: - What is sent

    private static let prediction = #"{"id":"p1","status":"starting","input":{"text":"a"},"urls":{}}"#

    @Test func aCreateSendsVersionInputAndWishes() async throws {
        let server = try LoopbackServer { _, _ in .json(ReplicateProviderTests.prediction, status: 201) }
        let provider = try provider(server)
        var request = request
        request.wait = .seconds(90)
        request.cancelAfter = .seconds(2)
        #expect(try await provider.create(request).id == "p1")
        let sent = server.requests[0]
        #expect(sent.path == "/v1/predictions")
        #expect(try JSONValue(parsing: sent.bodyText) == ["version": "v1", "input": ["text": "a"]])
        // What the API would refuse is brought to what it takes.
        #expect(sent.headers["prefer"] == "wait=60")
        #expect(sent.headers["cancel-after"] == "5s")
        #expect(sent.headers["authorization"] == "Bearer r8_secret")
    }

    @Test func aForeignNextLinkGetsNoToken() async throws {
        let foreign = try LoopbackServer { _, _ in .json(#"{"results":[]}"#) }
        let server = try LoopbackServer { _, _ in .json(#"{"results":[],"next":"\#(foreign.url)/v1/predictions"}"#) }
        let provider = try provider(server)
        let page = try await provider.predictions(createdAfter: .distantPast, createdBefore: nil, continuation: nil)
        await #expect(throws: ProviderError.self) {
            try await provider.predictions(createdAfter: .distantPast, createdBefore: nil, continuation: page.next)
        }
        #expect(foreign.requests.isEmpty)
    }

    // MARK: - Which version

    private static let version = String(repeating: "ab", count: 32)

    @Test(arguments: [
        (#"{"owner":"me","name":"m","latest_version":{"id":"\#(version)"}}"#, PredictionTarget.version(version)),
        (
            #"{"owner":"me","name":"m","is_official":true,"latest_version":{"id":"\#(version)"}}"#,
            .model(owner: "me", name: "m")
        ),
        (#"{"owner":"me","name":"m","latest_version":{"id":"hidden"}}"#, .model(owner: "me", name: "m")),
        (
            #"{"owner":"me","name":"m","latest_version":{"id":"dp-\#(version.prefix(32))"}}"#,
            .model(owner: "me", name: "m")
        ),
        (#"{"owner":"me","name":"m","latest_version":null}"#, .model(owner: "me", name: "m")),
    ])
    func aNameIsResolvedOnceToHowItIsRun(body: String, target: PredictionTarget) async throws {
        let server = try LoopbackServer { _, _ in .json(body) }
        let binding = try await ReplicateProvider.resolve(
            .model(ModelReference(owner: "me", name: "m")), client: try client(server))
        #expect(binding.target == target)
        #expect(server.requests.map(\.path) == ["/v1/models/me/m"])
    }

    @Test func aNamedVersionIsTakenAsItIs() async throws {
        let server = try LoopbackServer { _, _ in .json(#"{"id":"v7"}"#) }
        let binding = try await ReplicateProvider.resolve(
            .model(ModelReference(owner: "me", name: "m", version: "v7")), client: try client(server))
        #expect(binding.target == .version("v7"))
        #expect(server.requests.map(\.path) == ["/v1/models/me/m/versions/v7"])
    }

    @Test func aDeploymentRunsByItsOwnRoute() async throws {
        let server = try LoopbackServer { request, _ in
            request.path.hasPrefix("/v1/deployments")
                ? .json(#"{"owner":"me","name":"d","current_release":{"model":"a/b","version":"v7"}}"#)
                : .json("{}", status: 404)
        }
        let binding = try await ReplicateProvider.resolve(
            .deployment(owner: "me", name: "d"), client: try client(server))
        #expect(binding.target == .deployment(owner: "me", name: "d"))
        #expect(binding.schema == nil)
    }

    // MARK: - Files

    private func uploadServer() throws -> LoopbackServer {
        try LoopbackServer { _, count in
            .json(
                """
                {"id":"f\(count)","urls":{"get":"https://api.example/f\(count)"},\
                "expires_at":"2030-01-01T12:00:00Z"}
                """,
                status: 201)
        }
    }

    private func file(
        _ name: String, _ content: [UInt8], in folder: String, at key: String = "image"
    ) throws -> ItemFile {
        try Data(content).write(to: URL(filePath: "\(folder)/\(name)"))
        return ItemFile(
            pointer: [.key(key)], path: name, sha256: ContentDigest.sha256(content), size: content.count)
    }

    @Test func aSmallFileTravelsInTheInput() async throws {
        let server = try uploadServer()
        try await withTestFolder { folder in
            let content = patternBytes(256 * 1024)
            let file = try file("a.jpg", content, in: folder)
            let input = try await provider(server, folder: folder).prepare(["image": nil], files: [file])
            let sent = input["image"]?.stringValue.flatMap(DataURI.init)
            #expect(sent == DataURI(mediaType: "image/jpeg", bytes: content))
            #expect(server.requests.isEmpty)
        }
    }

    @Test func aLargeFileIsUploadedOncePerContent() async throws {
        let server = try uploadServer()
        try await withTestFolder { folder in
            let content = patternBytes(256 * 1024 + 1)
            let (first, second) = (
                try file("a.png", content, in: folder), try file("copy.png", content, in: folder)
            )
            let provider = try provider(server, folder: folder)
            let urls = try await withThrowingTaskGroup(of: JSONValue?.self) { group in
                for number in 0..<10 {
                    group.addTask {
                        try await provider.prepare(["image": nil], files: [number % 2 == 0 ? first : second])["image"]
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(urls == ["https://api.example/f0"])
            #expect(server.requests.count == 1)
            #expect(server.requests[0].bodyText.contains("Content-Type: image/png") == true)
        }
    }

    @Test func anUploadIsRememberedButNotUntilItExpires() async throws {
        let server = try uploadServer()
        let remembered = Mutex<[UploadKey: UploadedFile]>([:])
        let memory = UploadMemory(
            recall: { key in remembered.withLock { $0[key] } },
            remember: { key, file in remembered.withLock { $0[key] = file } })
        try await withTestFolder { folder in
            let file = try file("a.png", patternBytes(300_000), in: folder)
            let noon = Timestamp(try #require(APITime.parse("2030-01-01T12:00:00Z")))
            for (hoursBefore, uploads) in [(20, 1), (2, 1), (1, 2)] {
                let now = Timestamp(milliseconds: noon.milliseconds - Int64(hoursBefore) * 3_600_000)
                let provider = try provider(
                    server, folder: folder, uploads: memory,
                    clock: WallClock(wrongBy: WallClock().now.duration(to: now)))
                _ = try await provider.prepare(["image": nil], files: [file])
                #expect(server.requests.count == uploads)
            }
        }
    }

    @Test func aFailedUploadIsTriedByTheNextWhoNeedsIt() async throws {
        let server = try LoopbackServer { _, count in
            count == 0
                ? .json("{}", status: 503)
                : .json(#"{"id":"f","urls":{"get":"https://api.example/f"}}"#, status: 201)
        }
        try await withTestFolder { folder in
            let file = try file("a.png", patternBytes(300_000), in: folder)
            let provider = try provider(server, folder: folder)
            let error = await #expect(throws: ProviderError.self) {
                try await provider.prepare(["image": nil], files: [file])
            }
            #expect(error?.code == .unavailable)
            let input = try await provider.prepare(["image": nil], files: [file])
            #expect(input == ["image": "https://api.example/f"])
        }
    }

    @Test(arguments: [1_000, 300_000])
    func aFileThatIsGoneOrChangedIsNamed(size: Int) async throws {
        let server = try uploadServer()
        try await withTestFolder { folder in
            let file = try file("a.png", patternBytes(size), in: folder)
            let provider = try provider(server, folder: folder)
            try Data(repeating: 1, count: size).write(to: URL(filePath: "\(folder)/a.png"))
            let changed = await #expect(throws: ProviderError.self) {
                try await provider.prepare(["image": nil], files: [file])
            }
            #expect(changed?.code == .unreadableInput)
            #expect(changed?.message.contains("'a.png' has changed since") == true)
            try FileManager.default.removeItem(atPath: "\(folder)/a.png")
            // Neither waits for a writer nor reads without an end.
            for (name, reason) in [("a fifo", "it is not a regular file"), ("/dev/zero", "it is not a regular file")] {
                if name == "a fifo" {
                    #expect(mkfifo("\(folder)/a.png", 0o600) == 0)
                } else {
                    try FileManager.default.createSymbolicLink(atPath: "\(folder)/a.png", withDestinationPath: name)
                }
                let odd = await #expect(throws: ProviderError.self) {
                    try await provider.prepare(["image": nil], files: [file])
                }
                #expect(odd?.message == "cannot read the input file '\(folder)/a.png': \(reason)")
                try FileManager.default.removeItem(atPath: "\(folder)/a.png")
            }
            let gone = await #expect(throws: ProviderError.self) {
                try await provider.prepare(["image": nil], files: [file])
            }
            #expect(gone?.message == "cannot read the input file '\(folder)/a.png': no such file or directory")
            #expect(server.requests.isEmpty)
        }
    }
}
