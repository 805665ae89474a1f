import Foundation
import NightshiftCore
import Replicate
import Testing

@testable import Nightshift

/// Files are named by what they are, and what is no file is none.
@Suite(.timeLimit(.minutes(1)))
struct OutputKindTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]
    private static let page = "<!DOCTYPE html>\n<html><head><title>504</title></head><body>time-out</body></html>"

    private func download(
        _ path: String, type: String?, _ body: [UInt8], in folder: String
    ) async throws -> (StoredOutput, requests: Int) {
        let server = try LoopbackServer { _, _ in
            LoopbackServer.Answer(status: 200, headers: type.map { ["Content-Type": $0] } ?? [:], body: body)
        }
        let settings = DownloadSettings(
            allowsLoopback: true, attempts: 3, initialBackoff: .milliseconds(1), maximumBackoff: .milliseconds(4))
        let store = OutputStore(directory: folder, transport: HTTPClientTransport.shared, settings: settings)
        let plan = OutputPlan(.string("\(server.url)/\(path)"), schema: nil, baseURL: server.url)
        let stored = try await store.store(plan.outputs[0], at: plan.paths(named: "a")[0], in: folder)
        return (stored, server.requests.count)
    }

    @Test func theNameFollowsTheContent() async throws {
        try await withTestFolder { folder in
            let (stored, _) = try await download("out", type: nil, Self.png, in: folder)
            #expect((stored.path, stored.mediaType) == ("a.png", "image/png"))
            #expect(files(below: folder) == ["a.png"])
        }
    }

    @Test func theNameOfAFileInPartsFollowsItsContentToo() async throws {
        let large = Self.png + patternBytes(900_000)
        try await withTestFolder { folder in
            let (stored, _) = try await download("out.webp", type: "image/webp", large, in: folder)
            #expect((stored.path, stored.mediaType) == ("a.png", "image/png"))
            #expect(bytes(ofFile: "\(folder)/a.png") == large)
            #expect(files(below: folder) == ["a.png"])
        }
    }

    @Test func aNameThatSomebodyHasIsLeftToThem() async throws {
        try await withTestFolder { folder in
            try Data("mine".utf8).write(to: URL(filePath: "\(folder)/a.png"))
            for body in [Self.png, Self.png + patternBytes(900_000)] {
                let (stored, _) = try await download("out", type: nil, body, in: folder)
                #expect(stored.path == "a-2.png")
                #expect(text(ofFile: "\(folder)/a.png") == "mine")
                #expect(bytes(ofFile: "\(folder)/a-2.png") == body)
            }
            #expect(files(below: folder) == ["a-2.png", "a.png"])
        }
    }

    @Test(arguments: [("out.png", "text/html"), ("out.mp4", nil), ("out", "image/png"), ("table.csv", "text/html")])
    func aWebPageIsNoResult(name: String, type: String?) async throws {
        try await withTestFolder { folder in
            let failure = await #expect(throws: FetchFailure.self) {
                _ = try await download(name, type: type, Array(Self.page.utf8), in: folder)
            }
            guard case .refused(let message) = failure else {
                Issue.record("\(String(describing: failure)) is not refused")
                return
            }
            #expect(message.contains("a web page"))
            #expect(files(below: folder) == [])
        }
    }

    @Test(arguments: [("page.html", "text/html"), ("page", "text/html"), ("page.txt", "text/plain")])
    func aModelMayMakeAWebPage(name: String, type: String) async throws {
        try await withTestFolder { folder in
            let (stored, requests) = try await download(name, type: type, Array(Self.page.utf8), in: folder)
            #expect(text(ofFile: "\(folder)/\(stored.path)") == Self.page)
            #expect(stored.mediaType == type)
            #expect(requests == 1)
        }
    }

    @Test func anEmptyFileIsNoResult() async throws {
        try await withTestFolder { folder in
            let failure = await #expect(throws: FetchFailure.self) {
                _ = try await download("out.png", type: "image/png", [], in: folder)
            }
            guard case .empty = failure else {
                Issue.record("\(String(describing: failure)) is not empty")
                return
            }
            #expect(files(below: folder) == [])
        }
    }
}
