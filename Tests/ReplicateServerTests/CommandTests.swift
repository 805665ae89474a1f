import Dispatch
import Foundation
import LosslessJSON
import NIOHTTP1
import Testing

@testable import ReplicateServer

@Suite(.timeLimit(.minutes(1)))
struct CommandTests {
    private func withCommand(
        _ command: String, limit: Int = 2,
        _ body: (API, @Sendable (JSONValue) async throws -> API.Answer) async throws -> Void
    ) async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.commands = ["me/command": command]
        configuration.commandLimit = limit
        try await API.withServer(configuration) { api in
            let version = JSONValue.string(try await api.version(of: "me/command"))
            try await body(api) { input in
                try await api.post("/predictions", ["version": version, "input": input])
            }
        }
    }

    @Test func aCommandIsGivenTheInputAndItsOutputIsTaken() async throws {
        try await withCommand("cat; echo working >&2") { api, create in
            let created = try await create(["b": [1, 2.50], "a": "ü"])
            #expect(created["status"] == "starting")
            let done = try await api.ended(created["id"])
            #expect(done["status"] == "succeeded")
            #expect(done["output"] == ["a": "ü", "b": [1, 2.50]])
            #expect(done["logs"] == "working\n")
            #expect(done["model"] == "me/command")
        }
    }

    private static let canary = "30e22229542eb3f7d4f945dacb58d32001b02cc6ae6e0d0f6d0b8c3a1fb0c6d1"

    @Test(arguments: [canary, "replicate/canary:\(canary)"])
    func aCommandTakesThePlaceOfAVersion(reference: String) async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.commands = ["replicate/canary": "cat", "me/other": "cat"]
        configuration.versions = ["replicate/canary": Self.canary]
        try await API.withServer(configuration) { api in
            #expect(try await api.version(of: "replicate/canary") == Self.canary)
            #expect(try await api.version(of: "me/other") != Self.canary)
            #expect(try await api.get("/models/replicate/canary/versions/\(Self.canary)").status == 200)
            let run = try await api.post(
                "/predictions", ["version": .string(reference), "input": ["text": "Claire"]], ["Prefer": "wait=10"])
            #expect(run.status == 201)
            #expect(run["model"] == "replicate/canary")
            #expect(run["version"]?.stringValue == Self.canary)
            #expect(run["output"] == ["text": "Claire"])
        }
    }

    @Test(
        arguments: [
            (["a/b": "30e22229"], "the version of 'a/b' is '30e22229'; expected 64 lower-case hexadecimal digits"),
            (["a/b": String(repeating: "A", count: 64)], "the version of 'a/b' is 'AAAA"),
            (["a/b": String(repeating: "g", count: 64)], "the version of 'a/b' is 'gggg"),
            (["x/y": canary], "the version of 'x/y' is given, but no command; add one under the same name"),
            (
                ["a/b": canary, "c/d": canary],
                "'a/b' and 'c/d' have the same version '\(canary)'; each needs one of its own"
            ),
        ] as [([String: String], String)])
    func aVersionThatIsNoneIsTold(versions: [String: String], message: String) async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.commands = ["a/b": "cat", "c/d": "cat"]
        configuration.versions = versions
        let error = await #expect(throws: EmbeddedServerError.self) {
            try await EmbeddedServer.withServer(configuration) { _ in }
        }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        ("echo one >&2; echo two >&2; exit 3", "one\ntwo"), ("exit 7", "the command ended with status 7"),
        ("kill -TERM $$", "the command was ended by signal 15"),
        ("echo '{'", "the command's output is not JSON: 2:1: the text ends inside an object"),
    ])
    func aFailureIsTold(command: String, error: String) async throws {
        try await withCommand(command) { api, create in
            let done = try await api.ended(try await create([:])["id"])
            #expect(done["status"] == "failed")
            #expect(done["error"]?.stringValue == error)
        }
    }

    @Test func aFileThatTheCommandWritesIsServed() async throws {
        let command =
            #"printf hello > "$NIGHTSHIFT_FOLDER/out.txt"; printf '["%s/out.txt", "/etc/passwd", "text"]' "$TMPDIR""#
        try await withCommand(command) { api, create in
            let output = try await api.ended(try await create([:])["id"])["output"]
            let url = try #require(output?[0]?.stringValue)
            #expect(url.hasSuffix("/delivery/\(url.split(separator: "/").dropLast(2).last ?? "")/0/out.txt"))
            let file = try await api.get(url)
            #expect(file.text == "hello")
            #expect(file.headers.first(name: "content-type") == "text/plain")
            #expect(file.headers.first(name: "etag") == "\"5d41402abc4b2a76b9719d911017c592\"")
            #expect(output?[1] == "/etc/passwd")
            #expect(output?[2] == "text")
        }
    }

    @Test func filesOfTheInputArePaths() async throws {
        let command =
            #"python3 -c 'import json,sys; print(json.dumps([open(p).read() for p in json.load(sys.stdin)["files"]]))'"#
        try await withCommand(command) { api, create in
            let first = try await api.ended(
                try await create(["files": ["data:text/plain;base64,aGVsbG8=", "data:,a%20b"]])["id"])
            #expect(first["output"] == ["hello", "a b"])
        }
    }

    @Test func aCancelKillsACommandWithAllItStarted() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("command-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let fifo = folder + "/alive"
        // Two processes hold the fifo open; reading it to its end takes until both are gone.
        let command = "mkfifo \(fifo); { echo on; sleep 1000 & sleep 1000; } > \(fifo)"
        try await withCommand(command) { api, create in
            let created = try await create([:])
            while !FileManager.default.fileExists(atPath: fifo) { _ = try await api.get("/predictions") }
            let file = try await blocking { try FileHandle(forReadingFrom: URL(fileURLWithPath: fifo)) }
            #expect(try await blocking { try file.read(upToCount: 3) } == Data("on\n".utf8))
            let id = created["id"]?.stringValue ?? ""
            #expect(try await api.send(.POST, "/predictions/\(id)/cancel")["status"] == "canceled")
            let rest = try await blocking { try file.readToEnd() }
            #expect(rest?.isEmpty ?? true)
            #expect(try await api.ended(created["id"])["status"] == "canceled")
        }
    }

    /// Does what blocks on a thread that may be blocked.
    private func blocking<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Swift.Result(catching: work)) }
        }
    }

    @Test func onlySoManyRunAtATime() async throws {
        try await withCommand("sleep 1000", limit: 1) { api, create in
            let first = try await create([:])
            let second = try await create([:])
            let path = "/predictions/\(first["id"]?.stringValue ?? "")"
            while try await api.get(path)["status"] != "processing" {}
            #expect(try await api.get("/predictions/\(second["id"]?.stringValue ?? "")")["status"] == "starting")
            _ = try await api.send(.POST, "\(path)/cancel")
            while try await api.get("/predictions/\(second["id"]?.stringValue ?? "")")["status"] != "processing" {}
        }
    }

    @Test func aTokenIsNotHandedToCommands() {
        let environment = CommandRunner.environment(
            from: ["PATH": "/bin", "REPLICATE_API_TOKEN": "secret", "TMPDIR": "/tmp"], folder: "/folder")
        #expect(environment == ["PATH": "/bin", "TMPDIR": "/folder", "NIGHTSHIFT_FOLDER": "/folder"])
    }
}
