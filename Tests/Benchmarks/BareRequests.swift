import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// The part of a run that no orchestrator can leave out: one create that waits, one download, and one durable file for
/// each item, by the bare HTTP library. It has no checkpoints, reads no JSON, and loses everything when it is killed: the
/// floor that a run's cost is to be compared with.
struct BareRequests {
    var items: Int
    var base: String
    var folder: String
    var concurrency = 200

    var arguments: [String] { ["bare-requests", "\(items)", base, folder] }

    init(items: Int, base: String, folder: String) {
        (self.items, self.base, self.folder) = (items, base, folder)
    }

    /// Reads what ``arguments`` wrote.
    init?(arguments: ArraySlice<String>) {
        let arguments = Array(arguments)
        guard arguments.count == 4, arguments[0] == "bare-requests", let items = Int(arguments[1]) else { return nil }
        self.init(items: items, base: arguments[2], folder: arguments[3])
    }

    func run() async throws {
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = concurrency
        let client = HTTPClient(configuration: configuration)
        var look = HTTPClientRequest(url: "\(base)/v1/models/nightshift/sleeper")
        look.headers.add(name: "Authorization", value: "Bearer benchmark")
        let model = try await client.execute(look, timeout: .seconds(10)).body.collect(upTo: 1 << 20)
        guard let version = String(buffer: model).firstMatch(of: /"latest_version":\{[^{}]*"id":"([0-9a-f]{64})"/)?.1
        else {
            throw BenchmarkError(String(buffer: model))
        }
        let id = String(version)
        try await withThrowingDiscardingTaskGroup { group in
            for worker in 0..<concurrency {
                group.addTask {
                    for item in stride(from: worker, to: items, by: concurrency) {
                        try await one(item, version: id, client)
                    }
                }
            }
        }
        try await client.shutdown()
    }

    private func one(_ item: Int, version: String, _ client: HTTPClient) async throws {
        var create = HTTPClientRequest(url: "\(base)/v1/predictions")
        create.method = .POST
        create.headers.add(name: "Authorization", value: "Bearer benchmark")
        create.headers.add(name: "Content-Type", value: "application/json")
        create.headers.add(name: "Prefer", value: "wait=10")
        create.body = .bytes(
            ByteBuffer(
                string: #"{"version":"\#(version)","input":{"seconds":0.2,"bytes":10240,"text":"item \#(item)"}}"#))
        let answer = try await client.execute(create, timeout: .seconds(60))
        let text = String(buffer: try await answer.body.collect(upTo: 1 << 20))
        guard let url = text.firstMatch(of: /"(http[^"]*\/out[^"]*)"/)?.1 else { throw BenchmarkError(text) }
        let download = try await client.execute(HTTPClientRequest(url: String(url)), timeout: .seconds(60))
        let bytes = try await download.body.collect(upTo: 1 << 20)
        let path = "\(folder)/\(item)"
        let file = open("\(path).part", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        _ = bytes.withUnsafeReadableBytes { write(file, $0.baseAddress, $0.count) }
        fsync(file)
        close(file)
        rename("\(path).part", path)
    }
}
