import Foundation
import NightshiftCore
import Replicate
import Testing

@testable import Nightshift

/// Servers that answer with parts of a file: asked for or not, capped, or nonsense.
@Suite(.timeLimit(.minutes(1)))
struct PartialAnswerTests {
    private func download(_ url: String, in folder: String) async throws(FetchFailure) -> StoredOutput {
        let settings = DownloadSettings(
            allowsLoopback: true, attempts: 3, initialBackoff: .milliseconds(1), maximumBackoff: .milliseconds(4))
        let store = OutputStore(directory: folder, transport: HTTPClientTransport.shared, settings: settings)
        return try await store.store(
            PlannedOutput(index: 0, content: .file(url: url), fileExtension: "bin"), at: "file.bin", in: folder)
    }

    private func first(_ request: LoopbackServer.Request) -> Int? {
        request.headers["range"].flatMap { Int($0.dropFirst("bytes=".count).dropLast()) }
    }

    /// Hands out at most `cap` bytes at a time, whatever it is asked for.
    private func cappedServer(
        _ content: [UInt8], cap: Int, etag: String? = nil, total: String? = nil
    ) throws -> LoopbackServer {
        try LoopbackServer { request, _ in
            let first = first(request) ?? 0
            guard first < content.count else {
                return LoopbackServer.Answer(status: 416, headers: ["Content-Range": "bytes */\(content.count)"])
            }
            let end = min(content.count, first + cap)
            var headers = ["Content-Range": "bytes \(first)-\(end - 1)/\(total ?? "\(content.count)")"]
            if let etag { headers["ETag"] = etag }
            return LoopbackServer.Answer(status: 206, headers: headers, body: Array(content[first..<end]))
        }
    }

    @Test(arguments: [(3034, 1000), (600_000, 100_000), (1_000_000, 600_000), (1000, 1000)])
    func aFileThatIsHandedOutInPartsIsFetchedToItsEnd(size: Int, cap: Int) async throws {
        let content = patternBytes(size)
        for etag in [nil, "\"v1\""] {
            let server = try cappedServer(content, cap: cap, etag: etag)
            try await withTestFolder { folder in
                let stored = try await download(server.url, in: folder)
                #expect(bytes(ofFile: "\(folder)/file.bin") == content)
                #expect(stored.sha256 == ContentDigest.sha256(content))
                #expect(server.requests.count == (size + cap - 1) / cap)
                #expect(server.requests.dropFirst().allSatisfy { $0.headers["if-range"] == etag })
            }
        }
    }

    @Test func aFileThatHasBecomeShorterIsFetchedFromItsBeginning() async throws {
        let content = patternBytes(600)
        let server = try LoopbackServer { request, count in
            if count == 0 {
                // Of the older file, which was longer, only a part arrives.
                return LoopbackServer.Answer(
                    status: 200, headers: ["ETag": "\"v1\"", "Accept-Ranges": "bytes"], body: patternBytes(2000),
                    cutAfter: 1500)
            }
            guard request.headers["range"] == nil else {
                return LoopbackServer.Answer(status: 416, headers: ["Content-Range": "bytes */600"])
            }
            return LoopbackServer.Answer(status: 200, headers: ["ETag": "\"v2\""], body: content)
        }
        try await withTestFolder { folder in
            _ = try await download(server.url, in: folder)
            #expect(bytes(ofFile: "\(folder)/file.bin") == content)
            #expect(server.requests.map { $0.headers["range"] != nil } == [false, true, false])
        }
    }

    @Test(arguments: [(2500, 4), (1000, 2), (1, 2)])
    func whereTheTotalIsNotToldTheServerSaysWhenItEnds(size: Int, requests: Int) async throws {
        let content = patternBytes(size)
        let server = try cappedServer(content, cap: 1000, total: "*")
        try await withTestFolder { folder in
            _ = try await download(server.url, in: folder)
            #expect(bytes(ofFile: "\(folder)/file.bin") == content)
            #expect(server.requests.count == requests)
        }
    }

    @Test(arguments: ["600000", "*"])
    func theRestOfAFileMayComeInPartsToo(total: String) async throws {
        let content = patternBytes(600_000)
        let server = try LoopbackServer { request, count in
            guard let first = first(request) else {
                // No length is told, and it breaks.
                return LoopbackServer.Answer(
                    status: 200, headers: ["ETag": "\"v\"", "Content-Length": "600000"], body: content,
                    cutAfter: 300_000)
            }
            let end = min(content.count, first + 100_000)
            return LoopbackServer.Answer(
                status: 206, headers: ["ETag": "\"v\"", "Content-Range": "bytes \(first)-\(end - 1)/\(total)"],
                body: Array(content[first..<end]))
        }
        try await withTestFolder { folder in
            _ = try await download(server.url, in: folder)
            #expect(bytes(ofFile: "\(folder)/file.bin") == content)
        }
    }

    /// A part that contradicts what is known is thrown away, and the whole is fetched.
    @Test(arguments: [
        "bytes 0-999/200000", "bytes 200-199999/200000", "bytes 100000-199999/150000", "bytes 100000-199999/300000",
        "bytes 199999-100000/200000", "bytes */200000", "lines 1-2/3", "", "bytes 100000-199999/-1",
        "bytes 100000-99999999999999999999/*",
    ])
    func aPartThatContradictsIsNotPutBehindTheOthers(range: String) async throws {
        let content = patternBytes(200_000)
        let server = try LoopbackServer { request, count in
            var answer = LoopbackServer.Answer(
                status: 200, headers: ["ETag": "\"v\""], body: content, cutAfter: count == 0 ? 100_000 : nil)
            if request.headers["range"] != nil {
                answer.status = 206
                answer.headers["Content-Range"] = range.isEmpty ? nil : range
                answer.body = Array(content[100_000...])
            }
            return answer
        }
        try await withTestFolder { folder in
            _ = try await download(server.url, in: folder)
            #expect(bytes(ofFile: "\(folder)/file.bin") == content)
            #expect(server.requests.count == 3)
            #expect(server.requests[2].headers["range"] == nil)
        }
    }

    @Test func aRestThatComesCompressedIsNotPutBehindWhatCamePlain() async throws {
        let content = patternBytes(200_000)
        let server = try LoopbackServer { request, count in
            var answer = LoopbackServer.Answer(
                status: 200, headers: ["ETag": "\"v\""], body: content, cutAfter: count == 0 ? 100_000 : nil)
            if let first = first(request) {
                answer.status = 206
                answer.headers["Content-Range"] = "bytes \(first)-199999/200000"
                answer.headers["Content-Encoding"] = "gzip"
                answer.body = Array(content[first...])
            }
            return answer
        }
        try await withTestFolder { folder in
            _ = try await download(server.url, in: folder)
            #expect(bytes(ofFile: "\(folder)/file.bin") == content)
            #expect(server.requests.map { $0.headers["range"] == nil } == [true, false, true])
        }
    }

    /// What a server does whenever it is asked is not cured by computing again.
    @Test(arguments: [
        ["Content-Type": "multipart/byteranges; boundary=x"], [:], ["Content-Range": "bytes 10-19/20"],
        ["Content-Range": "bytes 0-9/20", "Content-Encoding": "gzip"],
    ])
    func aPartThatNobodyCanPlaceIsRefused(headers: [String: String]) async throws {
        let server = try LoopbackServer { _, _ in
            LoopbackServer.Answer(status: 206, headers: headers, body: patternBytes(10))
        }
        try await withTestFolder { folder in
            let failure = await #expect(throws: FetchFailure.self) { try await download(server.url, in: folder) }
            guard case .refused = failure else {
                Issue.record("\(String(describing: failure)) is not refused")
                return
            }
            #expect(files(below: folder) == [])
        }
    }

    @Test func aPartLongerThanItSaysIsNotBelieved() async throws {
        let server = try LoopbackServer { _, _ in
            LoopbackServer.Answer(
                status: 206, headers: ["Content-Range": "bytes 0-9/30"], body: patternBytes(20))
        }
        try await withTestFolder { folder in
            await #expect(throws: FetchFailure.self) { try await download(server.url, in: folder) }
            #expect(files(below: folder) == [])
        }
    }
}
