import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Synchronization
import TestSupport
import Testing

@testable import Nightshift

/// A provider that says too much: the token, or megabytes.
@Suite(.timeLimit(.minutes(2)))
struct OutsideTextTests {
    private static let token = "r8_Zk3vQ9xW7pLmT2bN5cYdH8fJ1gRsA4uE6oKi"

    private static func manifest(items: Int, _ more: String = "") -> String {
        """
        job: said
        model: o/n
        inputs: { range: [1, \(items)] }
        input: { n: "{{ value }}" }
        outputs: { directory: out, name: "{{ value }}" }
        rate: unlimited
        retry: { attempts: 1 }
        \(more)
        """
    }

    /// Answers every create with a prediction that has ended, made by `body` of the request's number and credentials.
    private func serve(
        _ body: @escaping @Sendable (Int, String) -> JSONValue
    ) throws -> LoopbackServer {
        let predictions = Mutex<[String: JSONValue]>([:])
        return try LoopbackServer { request, number in
            let said = request.headers["authorization"] ?? ""
            switch (request.method, request.path) {
            case ("GET", "/v1/models/o/n"):
                return .json(
                    #"{"owner": "o", "name": "n", "is_official": true, "latest_version": null, "description": "for \#(said)"}"#
                )
            case ("POST", _):
                let input = (try? JSONValue(parsing: request.body))?["input"] ?? [:]
                var members = body(input["n"]?.intValue ?? number, said).objectValue ?? [:]
                let id = "p\(number)x"
                members.merge(
                    ["id": .string(id), "input": input, "created_at": .string(APITime.format(Date())), "urls": [:]]
                ) { old, _ in old }
                predictions.withLock { $0[id] = .object(members) }
                return .json(JSONValue.object(members).jsonString(), status: 201)
            case ("GET", let path) where path.hasPrefix("/v1/predictions?") || path == "/v1/predictions":
                let rows = predictions.withLock { Array($0.values) }
                return .json(JSONValue.object(["results": .array(rows)]).jsonString())
            case ("GET", let path):
                let row = predictions.withLock { $0[String(path.split(separator: "/").last ?? "")] }
                return row.map { .json($0.jsonString()) } ?? .json(#"{"detail": "not found"}"#, status: 404)
            default: return .json("{}", status: 405)
            }
        }
    }

    /// Files below a folder whose bytes hold a text.
    private func files(below path: String, holding texts: [String]) -> [String] {
        var found: [String] = []
        guard let enumerator = FileManager.default.enumerator(atPath: path) else { return ["no folder \(path)"] }
        while let name = enumerator.nextObject() as? String {
            guard let data = FileManager.default.contents(atPath: "\(path)/\(name)") else { continue }
            for text in texts where data.range(of: Data(text.utf8)) != nil { found.append("\(name): \(text)") }
        }
        return found
    }

    @Test func aTokenThatTheProviderSaysBackIsNeitherStoredNorToldNorExported() async throws {
        let server = try serve { number, said in
            let encoded = Data(said.utf8).base64EncodedString()
            let spoken = "\(said) \(said.replacing("_", with: "%5F")) \(encoded)"
            switch number % 3 {
            case 0:
                return ["status": "failed", "error": .string("denied: \(spoken)"), "logs": .string(spoken)]
            case 1:
                return [
                    "status": "succeeded", "output": .string("the headers were \(spoken)"),
                    "model": .string("o/\(spoken)"),
                    "metrics": ["seen": .string(spoken)], "logs": .string(spoken),
                ]
            default:
                return [
                    "status": "succeeded", "version": .string(spoken),
                    "output": .string("see https://example.invalid/out?token=\(said)"),
                ]
            }
        }
        let job = try JobFolder(baseURL: server.url, token: Self.token, Self.manifest(items: 6))
        let told = Mutex("")
        let report = try await job.engine.job(at: job.manifest).run() { notice in told.withLock { $0 += "\(notice)\n" }
        }
        _ = try await job.engine.job(at: job.manifest).export(to: job.folder.path("exported"))
        var said = told.withLock { $0 } + "\(report)"
        for item in try await job.items() {
            said += "\(item)" + "\(try await job.engine.job(at: job.manifest).show(item: item.key))"
        }
        let core = String(Data("Bearer \(Self.token)".utf8).base64EncodedString().dropFirst(12).prefix(24))
        let parts = ["Zk3vQ9xW7pLm", core]
        for part in parts { #expect(!said.contains(part), "\(part) in \(said)") }
        #expect(said.contains("(hidden)"))
        #expect(files(below: job.folder.root, holding: parts) == [])
        #expect(server.requests.contains { $0.headers["authorization"] == "Bearer \(Self.token)" })
    }

    @Test func anErrorOfMegabytesIsKeptInPart() async throws {
        let line = "  File \"/src/model.py\", line 7, in forward\n"
        let trace = "Traceback (most recent call last):\n" + String(repeating: line, count: 3_000_000 / line.utf8.count)
        let server = try serve { _, _ in
            ["status": "failed", "error": .string(trace + "RuntimeError: no memory (E1001)"), "logs": .string(trace)]
        }
        let job = try JobFolder(baseURL: server.url, Self.manifest(items: 6))
        let longest = Mutex(0)
        let report = try await job.engine.job(at: job.manifest).run() { notice in
            longest.withLock { $0 = max($0, "\(notice)".utf8.count) }
        }
        #expect(report.counts.failed == 6)
        let stored = try FileManager.default.subpathsOfDirectory(atPath: job.folder.path(".nightshift")).map {
            (try? FileManager.default.attributesOfItem(atPath: job.folder.path(".nightshift/\($0)"))[.size] as? Int)
                ?? 0
        }.compactMap { $0 }.reduce(0, +)
        // Six errors twice, and what the store needs for itself.
        #expect(stored < 6_000_000, "\(stored) bytes")
        #expect(longest.withLock { $0 } < 2_000_000)
        for item in try await job.items() {
            let failure = try #require(item.failure)
            #expect(failure.utf8.count <= BoundedText.kept)
            #expect(failure.hasPrefix("Traceback (most"))
            #expect(failure.hasSuffix("RuntimeError: no memory (E1001)"))
            #expect(failure.contains("bytes, those in the middle were left out"))
            // The code at the end decides the class, as before.
            #expect(item.failureClass == "out_of_memory")
        }
    }

    @Test(arguments: [
        "1e400", "-1e400", "1e308", "9223372036854775808", "-1", "\"1\"", "null", "[]", "0.1",
    ])
    func aTimeOfAnyKindEndsNothing(literal: String) async throws {
        let time = try JSONValue(parsing: literal)
        let server = try serve { _, _ in
            ["status": "succeeded", "output": "x", "metrics": ["predict_time": time, "total_time": time]]
        }
        let job = try JobFolder(baseURL: server.url, Self.manifest(items: 3, "budget: { predict_time: 1000h }"))
        let report = try await job.run()
        #expect(report.counts.succeeded > 0)
        _ = try await job.engine.job(at: job.manifest).plan()
    }
}
