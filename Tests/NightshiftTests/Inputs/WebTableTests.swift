import Foundation
import LosslessJSON
import NightshiftCore
import Replicate
import TestSupport
import Testing

@testable import Nightshift

/// Tables that are named by address.
@Suite(.timeLimit(.minutes(1)))
struct WebTableTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func manifest(_ address: String) throws -> LoadedManifest {
        let text = "job: x\nmodel: a/b\ninputs: { csv: \"\(address)\" }\ninput: { n: \"{{ name }}\" }\n"
        return try ManifestLoader.load(try folder.write("x.yaml", text))
    }

    private func fetch(_ address: String, limit: Int = 1 << 20) async throws -> [String: String] {
        let transport = HTTPClientTransport(maximumConnections: 2)
        var tables = WebTables(transport: transport, folder: folder.path("copies"))
        tables.sizeLimit = limit
        do {
            let copies = try await tables.fetch(for: try manifest(address).manifest)
            await transport.shutdown()
            return copies
        } catch {
            await transport.shutdown()
            throw error
        }
    }

    private func problem(_ address: String, limit: Int = 1 << 20) async -> String {
        do {
            _ = try await fetch(address, limit: limit)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func aTableIsFetchedOnceAndAgainWhenItHasChanged() async throws {
        let server = try LoopbackServer { request, count in
            let isKnown = request.headers["if-none-match"] == "\"v1\"" && count < 3
            if isKnown { return LoopbackServer.Answer(status: 304) }
            let text = count < 3 ? "name\nAda\n" : "name\nGrace\n"
            let mark = count < 3 ? "\"v1\"" : "\"v2\""
            return LoopbackServer.Answer(status: 200, headers: ["ETag": mark], body: Array(text.utf8))
        }
        let address = server.url + "/rows.csv?signature=secret"
        for names in [["Ada"], ["Ada"], ["Ada"], ["Grace"]] {
            let copies = try await fetch(address)
            var found: [Item] = []
            let set = InputSet(try manifest(address), webCopies: copies)
            let summary = try set.forEachItem { found.append($0) }
            #expect(summary.problems.isEmpty)
            #expect(found.map { $0.input["n"]?.stringValue } == names)
            #expect(found[0].origin == .line(file: server.url + "/rows.csv", line: 2))
        }
        let requests = server.requests
        #expect(requests.map { $0.headers["if-none-match"] } == [nil, "\"v1\"", "\"v1\"", "\"v1\""])
        #expect(requests.allSatisfy { $0.headers["authorization"] == nil && $0.path == "/rows.csv?signature=secret" })
    }

    @Test func aServerThatFailsIsToldWithWhatIsLeft() async throws {
        let server = try LoopbackServer { _, count in
            count == 0 ? LoopbackServer.Answer(status: 200, body: Array("name\nAda\n".utf8)) : .json("{}", status: 503)
        }
        _ = try await fetch(server.url + "/a.csv")
        let told = await problem(server.url + "/a.csv?x=secret")
        #expect(told.contains("cannot fetch '\(server.url)/a.csv': the server answered 503"))
        #expect(!told.contains("secret"))
        #expect(await problem(server.url + "/a.csv").contains("what was fetched last is in"))
    }

    @Test func aTableThatIsTooLargeIsNotKept() async throws {
        let server = try LoopbackServer { _, _ in
            LoopbackServer.Answer(status: 200, body: Array(repeating: 0x61, count: 2 << 20))
        }
        #expect(await problem(server.url + "/a.csv").contains("it is larger than 1 MB"))
        #expect(folder.names(in: "copies").isEmpty)
    }

    @Test func aTableThatIsCutOffIsNotKept() async throws {
        let server = try LoopbackServer { _, _ in
            LoopbackServer.Answer(status: 200, body: Array("name\nAda\n".utf8), cutAfter: 5)
        }
        #expect(await problem(server.url + "/a.csv").contains("cannot fetch"))
        #expect(folder.names(in: "copies").isEmpty)
    }

    @Test func redirectsNeverLeaveHTTPS() async throws {
        let server = try LoopbackServer { request, _ in
            switch request.path {
            case "/there": LoopbackServer.Answer(status: 302, headers: ["Location": "/rows.csv"])
            case "/out": LoopbackServer.Answer(status: 302, headers: ["Location": "http://example.com/rows.csv"])
            case "/file": LoopbackServer.Answer(status: 302, headers: ["Location": "file:///etc/passwd"])
            case "/circle": LoopbackServer.Answer(status: 302, headers: ["Location": "/circle"])
            default: LoopbackServer.Answer(status: 200, body: Array("name\nAda\n".utf8))
            }
        }
        #expect(try await fetch(server.url + "/there").count == 1)
        #expect(
            await problem(server.url + "/out").contains("redirects to http://example.com/rows.csv, which is not https"))
        #expect(await problem(server.url + "/file").contains("redirects to nowhere"))
        #expect(await problem(server.url + "/circle").contains("redirects in circles"))
    }

    @Test func aDatasetIsFetchedFromItsHub() async throws {
        let server = try LoopbackServer { request, _ in
            switch request.path {
            case "/datasets/me/set/resolve/v1/data/a%20b.csv":
                LoopbackServer.Answer(status: 302, headers: ["Location": "/cache/x"])
            case "/cache/x": LoopbackServer.Answer(status: 200, body: Array("name\nAda\n".utf8))
            default: LoopbackServer.Answer(status: 401)
            }
        }
        let transport = HTTPClientTransport(maximumConnections: 2)
        var tables = WebTables(transport: transport, folder: folder.path("copies"))
        tables.datasetBase = server.url
        let address = "hf://datasets/me/set/data/a b.csv@v1"
        let loaded = try manifest(address)
        let copies = try await tables.fetch(for: loaded.manifest)
        var found: [Item] = []
        _ = try InputSet(loaded, webCopies: copies).forEachItem { found.append($0) }
        #expect(found.map { $0.input["n"] } == ["Ada"])
        #expect(found.first?.origin == .line(file: address, line: 2))
        let gated = try manifest("hf://datasets/me/gated/rows.csv").manifest
        await #expect {
            try await tables.fetch(for: gated)
        } throws: { error in
            "\(error)".contains(
                "cannot fetch 'hf://datasets/me/gated/rows.csv': the server answered 401\n    the dataset may be private or gated"
            )
        }
        #expect(server.requests.allSatisfy { $0.headers["authorization"] == nil })
        await transport.shutdown()
    }

    @Test(arguments: ["http://example.com/a.csv", "http://169.254.169.254/latest", "http://127.0.0.1.example.com/a"])
    func plainHTTPIsForThisMachineAlone(_ address: String) async {
        #expect(await problem(address).contains("it goes over http"))
    }
}
