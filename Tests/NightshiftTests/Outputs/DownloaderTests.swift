import Foundation
import NightshiftCore
import Replicate
import Synchronization
import Testing

@testable import Nightshift

@Suite(.timeLimit(.minutes(1)))
struct DownloaderTests {
    private static let settings = DownloadSettings(
        allowsLoopback: true, attempts: 4, initialBackoff: .milliseconds(1), maximumBackoff: .milliseconds(4),
        timeout: .seconds(50))

    private func download(
        _ url: String, to path: String = "file.bin", in folder: String,
        settings: DownloadSettings = DownloaderTests.settings
    ) async throws(FetchFailure) -> StoredOutput {
        let store = OutputStore(directory: folder, transport: HTTPClientTransport.shared, settings: settings)
        return try await store.store(
            PlannedOutput(index: 0, content: .file(url: url), fileExtension: "bin"), at: path, in: folder)
    }

    /// A server of one file that understands ranges, as delivery hosts do, and cuts some answers short.
    private func fileServer(
        _ content: [UInt8], etag: String? = nil, cuts: @escaping @Sendable (Int) -> Int? = { _ in nil }
    ) throws -> LoopbackServer {
        try LoopbackServer { request, count in
            var answer = LoopbackServer.Answer(status: 200, headers: ["Content-Type": "model/test; q=1"], body: content)
            if let etag { answer.headers["ETag"] = etag }
            if let range = request.headers["range"], request.headers["if-range"] == etag,
                let first = Int(range.dropFirst("bytes=".count).dropLast())
            {
                answer.status = 206
                answer.headers["Content-Range"] = "bytes \(first)-\(content.count - 1)/\(content.count)"
                answer.body = Array(content[first...])
            }
            answer.cutAfter = cuts(count)
            return answer
        }
    }

    private func md5ETag(_ content: [UInt8]) -> String {
        var hasher = ContentHasher(withMD5: true)
        hasher.update(content)
        return "\"\(hasher.md5Text ?? "")\""
    }

    @Test(arguments: [1, 10_000, 262_144, 1_000_000])
    func aFileArrivesWhole(size: Int) async throws {
        let content = patternBytes(size)
        let server = try fileServer(content, etag: md5ETag(content))
        try await withTestFolder { folder in
            let stored = try await download("\(server.url)/a.xyz?signature=x", to: "a/file.xyz", in: folder)
            #expect(bytes(ofFile: "\(folder)/a/file.xyz") == content)
            #expect(files(below: folder) == ["a/file.xyz"])
            #expect(stored.size == Int64(size))
            #expect(stored.sha256 == ContentDigest.sha256(content))
            #expect(stored.mediaType == "model/test")
            #expect(server.requests.count == 1)
            #expect(server.requests[0].headers["authorization"] == nil)
        }
    }

    @Test(arguments: [10_000, 2_000_000])
    func whatBreaksOffIsResumedWhereItEnded(size: Int) async throws {
        let content = patternBytes(size)
        let server = try fileServer(content, etag: "\"strong\"") { count in count < 3 ? size / 5 : nil }
        try await withTestFolder { folder in
            let stored = try await download(server.url, in: folder)
            #expect(bytes(ofFile: "\(folder)/file.bin") == content)
            #expect(stored.sha256 == ContentDigest.sha256(content))
            #expect(files(below: folder) == ["file.bin"])
            #expect(server.requests.map { $0.headers["range"] ?? "" }[1...].allSatisfy { $0.hasPrefix("bytes=") })
            #expect(server.requests[1].headers["if-range"] == "\"strong\"")
        }
    }

    @Test func withoutAValidatorItBeginsAgain() async throws {
        let content = patternBytes(50_000)
        let server = try fileServer(content) { count in count == 0 ? 20_000 : nil }
        try await withTestFolder { folder in
            _ = try await download(server.url, in: folder)
            #expect(bytes(ofFile: "\(folder)/file.bin") == content)
            #expect(server.requests.allSatisfy { $0.headers["range"] == nil })
        }
    }

    @Test func aFileThatChangedMeanwhileIsTakenFromTheBeginning() async throws {
        let (old, new) = (patternBytes(1_000_000), Array(patternBytes(1_000_000).reversed()))
        let server = try LoopbackServer { _, count in
            LoopbackServer.Answer(
                status: 200, headers: ["ETag": count == 0 ? "\"old\"" : "\"new\""], body: count == 0 ? old : new,
                cutAfter: count == 0 ? 700_000 : nil)
        }
        try await withTestFolder { folder in
            _ = try await download(server.url, in: folder)
            #expect(bytes(ofFile: "\(folder)/file.bin") == new)
            #expect(files(below: folder) == ["file.bin"])
        }
    }

    @Test func aPartOfAChangedFileIsNotPutBehindAnOldOne() async throws {
        let (old, new) = (patternBytes(1_000_000), Array(patternBytes(1_000_000).reversed()))
        // A server that does not understand If-Range.
        let server = try LoopbackServer { request, count in
            var answer = LoopbackServer.Answer(
                status: 200, headers: ["ETag": count == 0 ? "\"old\"" : "\"new\""], body: count == 0 ? old : new,
                cutAfter: count == 0 ? 700_000 : nil)
            if let first = request.headers["range"].flatMap({ Int($0.dropFirst("bytes=".count).dropLast()) }) {
                answer.status = 206
                answer.headers["Content-Range"] = "bytes \(first)-\(new.count - 1)/\(new.count)"
                answer.body = Array(new[first...])
            }
            return answer
        }
        try await withTestFolder { folder in
            _ = try await download(server.url, in: folder)
            #expect(bytes(ofFile: "\(folder)/file.bin") == new)
            #expect(server.requests[1].headers["range"] != nil)
        }
    }

    @Test func anotherProcessResumesOnlyWhatItCanVerify() async throws {
        let content = patternBytes(1_000_000)
        try await withTestFolder { folder in
            let broken = try fileServer(content, etag: md5ETag(content)) { count in count == 0 ? 600_000 : 0 }
            await #expect(throws: FetchFailure.self) { try await download(broken.url, in: folder) }
            let parts = files(below: folder)
            #expect(parts.count == 1 && parts[0].hasSuffix(".part"))

            let whole = try fileServer(content, etag: md5ETag(content))
            let stored = try await download(whole.url, in: folder)
            #expect(bytes(ofFile: "\(folder)/file.bin") == content)
            #expect(stored.sha256 == ContentDigest.sha256(content))
            #expect(files(below: folder) == ["file.bin"])
            #expect(whole.requests.count == 2)
            #expect(whole.requests.last?.headers["range"] != nil)
        }
    }

    @Test func aPartThatRottedIsNoticedAndFetchedAgain() async throws {
        let content = patternBytes(1_000_000)
        let server = try fileServer(content, etag: md5ETag(content))
        try await withTestFolder { folder in
            let md5 = md5ETag(content).filter { $0 != "\"" }
            let part = target("file.bin", in: folder).partName(content: md5)
            try Data(repeating: 0, count: 500_000).write(to: URL(filePath: "\(folder)/\(part)"))
            _ = try await download(server.url, in: folder)
            #expect(bytes(ofFile: "\(folder)/file.bin") == content)
            #expect(files(below: folder) == ["file.bin"])
        }
    }

    @Test(arguments: [1_000, 1_000_000])
    func aContentThatNeverMatchesItsChecksumIsCorrupt(size: Int) async throws {
        let content = patternBytes(size)
        let server = try fileServer(content, etag: md5ETag([1, 2, 3]))
        try await withTestFolder { folder in
            let failure = await #expect(throws: FetchFailure.self) { try await download(server.url, in: folder) }
            guard case .corrupt = failure else {
                Issue.record("\(String(describing: failure)) is not corrupt")
                return
            }
            #expect(files(below: folder) == [])
            #expect(server.requests.count == 4)
        }
    }

    @Test(arguments: [403, 404, 410])
    func aFileThatIsGoneIsExpiredAtOnce(status: Int) async throws {
        let server = try LoopbackServer { _, _ in LoopbackServer.Answer(status: status) }
        try await withTestFolder { folder in
            await #expect(throws: FetchFailure.expired) { try await download(server.url, in: folder) }
            #expect(server.requests.count == 1)
        }
    }

    @Test(arguments: [429, 500, 503, 0])
    func whatMayPassIsTriedAgainAndThenUnavailable(status: Int) async throws {
        let server = try LoopbackServer { _, _ in LoopbackServer.Answer(status: status, isLost: status == 0) }
        try await withTestFolder { folder in
            let failure = await #expect(throws: FetchFailure.self) {
                try await download("\(server.url)/x?token=secret", in: folder)
            }
            guard case .unavailable(let message) = failure else {
                Issue.record("\(String(describing: failure)) is not unavailable")
                return
            }
            #expect(!message.contains("secret"))
            #expect(server.requests.count == 4)
        }
    }

    /// The waits are those of the settings, here milliseconds; a server that asks for none is given no seconds.
    @Test func aServerThatAsksForNoTimeIsAskedAgainAsTheSettingsSay() async throws {
        let server = try LoopbackServer { _, _ in LoopbackServer.Answer(status: 503) }
        var settings = DownloaderTests.settings
        settings.attempts = 30
        try await withTestFolder { folder in
            let start = ContinuousClock.now
            await #expect(throws: FetchFailure.self) { try await download(server.url, in: folder, settings: settings) }
            #expect(server.requests.count == 30)
            #expect(ContinuousClock.now - start < .seconds(25))
        }
    }

    @Test func aServerIsGivenTheTimeThatItAsksFor() async throws {
        let server = try LoopbackServer { _, count in
            count == 0
                ? LoopbackServer.Answer(status: 503, headers: ["Retry-After": "1"])
                : LoopbackServer.Answer(status: 200, body: [1, 2, 3])
        }
        try await withTestFolder { folder in
            let start = ContinuousClock.now
            _ = try await download(server.url, in: folder)
            #expect(ContinuousClock.now - start >= .seconds(1))
            #expect(server.requests.count == 2)
        }
    }

    @Test func aServerThatRecoversCostsNothing() async throws {
        let server = try LoopbackServer { _, count in
            count < 2 ? .lost : LoopbackServer.Answer(status: 200, body: [1, 2, 3])
        }
        try await withTestFolder { folder in
            _ = try await download(server.url, in: folder)
            #expect(bytes(ofFile: "\(folder)/file.bin") == [1, 2, 3])
        }
    }

    @Test func aRedirectIsFollowedWithinTheRules() async throws {
        let there = try fileServer(Array("moved".utf8))
        let server = try LoopbackServer { _, _ in
            LoopbackServer.Answer(status: 302, headers: ["Location": "\(there.url)/there"])
        }
        try await withTestFolder { folder in
            _ = try await download(server.url, in: folder)
            #expect(text(ofFile: "\(folder)/file.txt") == "moved")
        }
    }

    @Test(arguments: ["http://192.0.2.1/x", "http://example.com/x", "file:///etc/passwd", "ftp://127.0.0.1/x"])
    func aRedirectToAnythingElseIsRefused(location: String) async throws {
        let server = try LoopbackServer { _, _ in LoopbackServer.Answer(status: 302, headers: ["Location": location]) }
        try await withTestFolder { folder in
            await #expect(throws: FetchFailure.self) { try await download(server.url, in: folder) }
            #expect(files(below: folder) == [])
        }
    }

    @Test func redirectsInCirclesEnd() async throws {
        let server = try LoopbackServer { _, _ in LoopbackServer.Answer(status: 307, headers: ["Location": "/again"]) }
        try await withTestFolder { folder in
            await #expect(throws: FetchFailure.self) { try await download(server.url, in: folder) }
            #expect(server.requests.count == 6)
        }
    }

    @Test func plainHTTPIsOnlyForAProviderOnThisMachine() async throws {
        let server = try fileServer([1])
        try await withTestFolder { folder in
            let failure = await #expect(throws: FetchFailure.self) {
                try await download(server.url, in: folder, settings: DownloadSettings())
            }
            #expect(failure.map { "\($0)".contains("expected https") } == true)
            #expect(server.requests.isEmpty)
        }
    }

    @Test func aFullDiskIsADiskFailureAndIsNotTriedAgain() async throws {
        let content = patternBytes(1_000_000)
        let server = try fileServer(content)
        try await withTestFolder { folder in
            try await withSmallDisk(at: "\(folder)/disk") { disk in
                let failure = await #expect(throws: FetchFailure.self) { try await download(server.url, in: disk) }
                #expect(
                    failure?.diskMessage
                        == "cannot write '\(disk)/file.bin': no space left on device; free some space, then run again")
                #expect(server.requests.count == 1)
                #expect(files(below: disk) == [])
            }
        }
    }

    @Test func cancellingEndsTheWaitForTheNextTry() async throws {
        let server = try LoopbackServer { _, _ in LoopbackServer.Answer(status: 503) }
        var settings = DownloaderTests.settings
        settings.initialBackoff = .seconds(3600)
        settings.maximumBackoff = .seconds(3600)
        let patient = settings
        try await withTestFolder { folder in
            let task = Task { try await download(server.url, in: folder, settings: patient) }
            while server.requests.isEmpty { await Task.yield() }
            task.cancel()
            await #expect(throws: FetchFailure.self) { try await task.value }
        }
    }

    @Test func dataURIsTextAndJSONBecomeFiles() async throws {
        try await withTestFolder { folder in
            let store = OutputStore(directory: folder, transport: HTTPClientTransport.shared)
            let image = try await store.store(
                PlannedOutput(index: 0, content: .dataURI("data:image/png;base64,AAEC"), fileExtension: "png"),
                at: "a.png", in: folder)
            #expect(bytes(ofFile: "\(folder)/a.png") == [0, 1, 2])
            #expect(image.mediaType == "image/png")
            _ = try await store.store(
                PlannedOutput(index: 1, content: .text("täxt"), fileExtension: "txt"), at: "a.txt", in: folder)
            #expect(text(ofFile: "\(folder)/a.txt") == "täxt")
            _ = try await store.store(
                PlannedOutput(index: 2, content: .json(["b": [1, 2]]), fileExtension: "json"), at: "a.json",
                in: folder)
            #expect(text(ofFile: "\(folder)/a.json")?.hasSuffix("}\n") == true)
        }
    }

    /// What the model itself has put out would come again, so nothing is computed for it again.
    @Test(arguments: [
        ("data:image/png;base64,***", "cannot be decoded"),
        ("data:image/png;base64,aGVsbG8gd29ybGQ=", "a text instead"),
    ])
    func aDataURIThatIsNoFileIsRefused(uri: String, reason: String) async throws {
        try await withTestFolder { folder in
            let store = OutputStore(directory: folder, transport: HTTPClientTransport.shared)
            let failure = await #expect(throws: FetchFailure.self) {
                try await store.store(
                    PlannedOutput(index: 0, content: .dataURI(uri), fileExtension: "png"), at: "b.png", in: folder)
            }
            guard case .refused(let message) = failure else {
                Issue.record("\(String(describing: failure)) is not refused")
                return
            }
            #expect(message.contains(reason))
            #expect(files(below: folder) == [])
        }
    }

    @Test func aDataURIWithoutContentIsEmpty() async throws {
        try await withTestFolder { folder in
            let store = OutputStore(directory: folder, transport: HTTPClientTransport.shared)
            let failure = await #expect(throws: FetchFailure.self) {
                try await store.store(
                    PlannedOutput(index: 0, content: .dataURI("data:image/png;base64,"), fileExtension: "png"),
                    at: "b.png", in: folder)
            }
            guard case .empty = failure else {
                Issue.record("\(String(describing: failure)) is not empty")
                return
            }
        }
    }
}
