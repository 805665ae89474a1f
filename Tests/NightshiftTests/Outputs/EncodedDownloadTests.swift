import Foundation
import NightshiftCore
import Replicate
import Testing

@testable import Nightshift

/// Answers that come compressed though nobody asked for it.
@Suite(.timeLimit(.minutes(1)))
struct EncodedDownloadTests {
    /// A header, and a thousand rows.
    private static let table = Array(("a,b\n" + String(repeating: "1,2\n", count: 1000)).utf8)
    private static let gzip = decoded("H4sIAAAAAAACA+3DIQ0AAAgAME8WDDSC/iGIgfm3T25Utqqqqvr8AP0+nSakDwAA")
    private static let zlib = decoded("eJztwyENAAAIADBPFgw0gv4hiIH5t09uVLaqqqr6/ACL21bA")
    private static let bareDeflate = decoded("7cMhDQAACAAwTxYMNIL+IYiB+bdPblS2qqqq+vwA")

    private static func decoded(_ text: String) -> [UInt8] { Data(base64Encoded: text).map { [UInt8]($0) } ?? [] }

    private func download(
        _ url: String, to path: String = "file.csv", in folder: String
    ) async throws(FetchFailure) -> StoredOutput {
        let settings = DownloadSettings(
            allowsLoopback: true, attempts: 3, initialBackoff: .milliseconds(1), maximumBackoff: .milliseconds(4))
        let store = OutputStore(directory: folder, transport: HTTPClientTransport.shared, settings: settings)
        return try await store.store(
            PlannedOutput(index: 0, content: .file(url: url), fileExtension: "csv"), at: path, in: folder)
    }

    private func server(
        _ coding: String, _ body: [UInt8], etag: String? = nil, type: String = "text/csv"
    ) throws -> LoopbackServer {
        try LoopbackServer { _, _ in
            var answer = LoopbackServer.Answer(
                status: 200, headers: ["Content-Type": type, "Content-Encoding": coding], body: body)
            if let etag { answer.headers["ETag"] = etag }
            return answer
        }
    }

    private func md5(_ bytes: [UInt8]) -> String {
        var hasher = ContentHasher(withMD5: true)
        hasher.update(bytes)
        return hasher.md5Text ?? ""
    }

    @Test(arguments: [
        ("gzip", gzip), ("x-gzip", gzip), ("GZIP", gzip), ("identity, gzip", gzip), ("deflate", zlib),
        ("Deflate", bareDeflate), ("identity", table), ("", table),
    ])
    func whatCameCompressedIsUnpacked(coding: String, body: [UInt8]) async throws {
        let server = try server(coding, body)
        try await withTestFolder { folder in
            let stored = try await download("\(server.url)/table.csv", in: folder)
            #expect(bytes(ofFile: "\(folder)/file.csv") == Self.table)
            #expect(stored.size == Int64(Self.table.count))
            #expect(stored.mediaType == "text/csv")
            #expect(server.requests.count == 1)
        }
    }

    @Test(arguments: [("gzip", "csv"), ("", "gz")])
    func aNameOfCompressedContentIsTakenWithoutItsEndingWhenThatIsUnpacked(coding: String, ending: String) async throws
    {
        let server = try server(coding, Self.gzip, type: "application/octet-stream")
        try await withTestFolder { folder in
            let settings = DownloadSettings(allowsLoopback: true, attempts: 1)
            let store = OutputStore(directory: folder, transport: HTTPClientTransport.shared, settings: settings)
            let planned = PlannedOutput(
                index: 0, content: .file(url: "\(server.url)/table.csv.gz"), fileExtension: "bin")
            let stored = try await store.store(planned, at: "file.bin", in: folder)
            #expect(stored.path == "file.\(ending)")
        }
    }

    /// Whoever compressed it, the server or whoever stored it there: the checksum is of one of the two forms.
    @Test func aChecksumMayBeOfEitherForm() async throws {
        for etag in [md5(Self.gzip), md5(Self.table)] {
            let server = try server("gzip", Self.gzip, etag: "\"\(etag)\"")
            try await withTestFolder { folder in
                _ = try await download("\(server.url)/table.csv", in: folder)
                #expect(bytes(ofFile: "\(folder)/file.csv") == Self.table)
            }
        }
        let server = try server("gzip", Self.gzip, etag: "\"\(md5([1]))\"")
        try await withTestFolder { folder in
            await #expect(throws: FetchFailure.self) { try await download("\(server.url)/table.csv", in: folder) }
            #expect(files(below: folder) == [])
        }
    }

    @Test func aCompressedAnswerThatBreaksOffBeginsAgain() async throws {
        let server = try LoopbackServer { _, count in
            LoopbackServer.Answer(
                status: 200, headers: ["Content-Encoding": "gzip", "ETag": "\"v\""], body: Self.gzip,
                cutAfter: count == 0 ? Self.gzip.count / 2 : nil)
        }
        try await withTestFolder { folder in
            _ = try await download("\(server.url)/table.csv", in: folder)
            #expect(bytes(ofFile: "\(folder)/file.csv") == Self.table)
            #expect(server.requests.allSatisfy { $0.headers["range"] == nil })
        }
    }

    @Test(arguments: [
        ("br", table), ("zstd", table), ("gzip, br", gzip), ("gzip", table), ("gzip", Array(gzip.dropLast(12))),
        ("deflate", gzip),
    ])
    func whatCannotBeUnpackedIsRefusedAndNotComputedAgain(coding: String, body: [UInt8]) async throws {
        let server = try server(coding, body)
        try await withTestFolder { folder in
            let failure = await #expect(throws: FetchFailure.self) {
                try await download("\(server.url)/table.csv", in: folder)
            }
            guard case .refused(let message) = failure else {
                Issue.record("\(String(describing: failure)) is not refused")
                return
            }
            #expect(message.contains("compressed"))
            #expect(files(below: folder) == [])
        }
    }

    @Test func aFileThatIsGzipItselfStaysSo() async throws {
        let server = try LoopbackServer { _, _ in
            LoopbackServer.Answer(status: 200, headers: ["Content-Type": "application/gzip"], body: Self.gzip)
        }
        try await withTestFolder { folder in
            let stored = try await download("\(server.url)/table.csv.gz", to: "file.gz", in: folder)
            #expect(bytes(ofFile: "\(folder)/file.gz") == Self.gzip)
            #expect(stored.mediaType == "application/gzip")
        }
    }
}
