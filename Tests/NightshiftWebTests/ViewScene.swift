import AsyncHTTPClient
import Foundation
import LosslessJSON
import NIOCore
import NIOHTTP1
import Nightshift
import NightshiftCore
import NightshiftWeb
import TestSupport

/// A viewer that really listens, and a browser's end of it.
struct ViewScene {
    let folder: TemporaryFolder
    let base: String
    /// With the token.
    let address: String
    /// As a browser keeps it.
    let cookie: String

    struct Answer {
        var status: UInt
        var headers: HTTPHeaders
        var body: [UInt8]

        var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    static let words = ViewWords(
        journal: { "\($0.kind)" }, hold: { hold, _ in hold.code }, ending: { $0 }, life: { $0.ending ?? "none" },
        error: { $0.message })

    /// Serves jobs of manifests while `body` looks at them.
    /// - Parameter run: whether the jobs run before.
    static func serving(
        _ manifests: [String], run: Bool = true, _ settings: ViewServer.Settings = ViewServer.Settings(),
        files: [String: String] = [:], body: (ViewScene) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        for (path, text) in files { try folder.write(path, text) }
        var jobs: [Job] = []
        for (index, manifest) in manifests.enumerated() {
            let job = try Engine().job(at: try folder.write("job\(index).yaml", manifest))
            if run { _ = try await job.run() }
            jobs.append(job)
        }
        let server = ViewServer(jobs, settings: settings, words: words)
        let (addresses, address) = AsyncThrowingStream.makeStream(of: String.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do throws(EngineError) {
                    try await server.run { text, _ in address.yield(text) }
                    address.finish()
                } catch {
                    address.finish(throwing: error)
                }
            }
            defer { group.cancelAll() }
            for try await text in addresses {
                let base = String(text.prefix { $0 != "?" }.dropLast())
                let answer = try await send(.GET, text)
                let cookie = answer.headers.first(name: "set-cookie")?.prefix { $0 != ";" }
                try await body(
                    ViewScene(folder: folder, base: base, address: text, cookie: cookie.map(String.init) ?? ""))
                return
            }
        }
    }

    private static func send(
        _ method: HTTPMethod, _ url: String, _ headers: [(String, String)] = [], _ body: String? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        do {
            let response = try await client.execute(request, timeout: .seconds(30))
            let collected = try await response.body.collect(upTo: 1 << 26)
            try await client.shutdown()
            return Answer(
                status: response.status.code, headers: response.headers, body: Array(collected.readableBytesView))
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    /// As a page of the viewer asks.
    func get(_ path: String, _ headers: [(String, String)] = []) async throws -> Answer {
        try await Self.send(.GET, base + path, [("Cookie", cookie)] + headers)
    }

    /// Without the cookie.
    func getAsStranger(_ path: String, _ headers: [(String, String)] = []) async throws -> Answer {
        try await Self.send(.GET, base + path, headers)
    }

    /// - Parameter headers: instead of those that a page of the viewer sends.
    func act(_ job: String, _ action: JSONValue, headers: [(String, String)]? = nil) async throws -> Answer {
        let usual = [
            ("Cookie", cookie), ("Content-Type", "application/json"), ("X-Nightshift", "1"), ("Origin", base),
            ("Sec-Fetch-Site", "same-origin"),
        ]
        return try await Self.send(
            .POST, "\(base)/api/jobs/\(job)/actions", headers ?? usual, action.jsonString())
    }
}
