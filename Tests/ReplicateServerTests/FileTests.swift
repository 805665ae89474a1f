import Foundation
import LosslessJSON
import NIOHTTP1
import ReplicateServer
import Testing

@Suite(.timeLimit(.minutes(1)))
struct FileTests {
    private func upload(
        _ api: API, _ content: [UInt8], name: String = "notes.txt", metadata: String? = nil
    ) async throws -> API.Answer {
        var body = Array("--b0undary\r\n".utf8)
        if let metadata {
            body += Array("Content-Disposition: form-data; name=\"metadata\"\r\n\r\n\(metadata)\r\n--b0undary\r\n".utf8)
        }
        let head =
            "Content-Disposition: form-data; name=\"content\"; filename=\"\(name)\"\r\nContent-Type: text/plain\r\n\r\n"
        body += Array(head.utf8) + content + Array("\r\n--b0undary--\r\n".utf8)
        return try await api.send(
            .POST, "/files", ["Content-Type": "multipart/form-data; boundary=b0undary"], body: body)
    }

    @Test func aFileIsUploadedListedReadAndDeleted() async throws {
        try await API.withServer { api in
            let file = try await upload(api, Array("hello".utf8), metadata: #"{"n": 1}"#)
            #expect(file.status == 201)
            #expect(file["name"] == "notes.txt")
            #expect(file["content_type"] == "text/plain")
            #expect(file["size"] == 5)
            #expect(file["etag"] == "5d41402abc4b2a76b9719d911017c592")
            #expect(
                file["checksums"] == [
                    "md5": "5d41402abc4b2a76b9719d911017c592",
                    "sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
                ])
            #expect(file["metadata"] == ["n": 1])
            #expect(file.headers["ratelimit-remaining"].isEmpty)
            let url = try #require(file["urls"]?["get"]?.stringValue)
            #expect(try await api.get(url).json == file.json)
            #expect(try await api.get("/files")["results"] == [file.json])
            let download = try await api.get(url + "/download")
            #expect(download.text == "hello")
            var stranger = api
            stranger.token = nil
            #expect(try await stranger.get(url + "/download?owner=me&expiry=99999999999&signature=x").status == 401)
            #expect(try await api.send(.DELETE, url).status == 204)
            let gone = try await api.get(url)
            #expect(gone.status == 404)
            #expect(gone.json == ["detail": "File not found"])
        }
    }

    @Test func aFileIsGoneAfterADay() async throws {
        let server = EmbeddedServer()
        try await server.whileRunning { base in
            let api = API(base: base)
            let url = try await upload(api, [1, 2, 3])["urls"]?["get"]?.stringValue ?? ""
            server.advanceClock(by: .seconds(86_399))
            #expect(try await api.get(url).status == 200)
            server.advanceClock(by: .seconds(2))
            #expect(try await api.get(url).status == 404)
        }
    }

    @Test func aFileThatIsTooLargeIsRefused() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.maximumFileSize = 1000
        try await API.withServer(configuration) { api in
            #expect(try await upload(api, [UInt8](repeating: 1, count: 1000)).status == 201)
            let refused = try await upload(api, [UInt8](repeating: 1, count: 1001))
            #expect(refused.status == 413)
            #expect(refused["detail"] == "Files must be less than 100MB in size")
        }
    }

    @Test func bytesOfAllKindsSurviveTheUpload() async throws {
        try await API.withServer { api in
            let content =
                (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) } + Array("\r\n--b0undar\r\n".utf8)
            let file = try await upload(api, content, name: "zeichen ü.bin")
            #expect(file["name"] == "zeichen ü.bin")
            let download = try await api.get((file["urls"]?["get"]?.stringValue ?? "") + "/download")
            #expect(download.bytes == content)
        }
    }

    @Test func aFormWithoutContentIsRefused() async throws {
        try await API.withServer { api in
            let type = ["Content-Type": "multipart/form-data; boundary=b"]
            let empty = try await api.send(.POST, "/files", type, body: Array("--b--\r\n".utf8))
            #expect(empty.status == 422)
            let damaged = try await api.send(.POST, "/files", type, body: Array("nonsense".utf8))
            #expect(damaged.status == 400)
            let json = try await api.post("/files", [:])
            #expect(json.status == 400)
        }
    }

    // MARK: - Outputs

    private func output(_ api: API, bytes: Int) async throws -> String {
        let created = try await api.sleep(["seconds": 0, "text": "same", "bytes": .number(JSONNumber(bytes))])
        return try #require(try await api.ended(created["id"])["output"]?.stringValue)
    }

    @Test func anOutputIsDownloadedWithoutATokenAndCanBeChecked() async throws {
        try await API.withServer { api in
            let url = try await output(api, bytes: 10_240)
            #expect(url.hasPrefix(api.base.dropLast(3) + "/delivery/"))
            var stranger = api
            stranger.token = nil
            let answer = try await stranger.get(url)
            #expect(answer.status == 200)
            #expect(answer.bytes.count == 10_240)
            #expect(answer.headers.first(name: "content-length") == "10240")
            #expect(answer.headers.first(name: "accept-ranges") == "bytes")
            #expect(answer.headers.first(name: "content-type") == "application/octet-stream")
            #expect(answer.headers.first(name: "last-modified")?.hasSuffix("GMT") == true)
            let etag = try #require(answer.headers.first(name: "etag"))
            #expect(etag.utf8.count == 34)
            #expect(try await stranger.get(try await output(api, bytes: 10_240)).bytes == answer.bytes)
            let head = try await stranger.send(.HEAD, url)
            #expect(head.status == 200)
            #expect(head.headers.first(name: "content-length") == "10240")
        }
    }

    @Test func aDownloadGoesOnWhereItStopped() async throws {
        try await API.withServer { api in
            let url = try await output(api, bytes: 1000)
            let whole = try await api.get(url)
            let etag = try #require(whole.headers.first(name: "etag"))
            let rest = try await api.get(url, ["Range": "bytes=600-", "If-Range": etag])
            #expect(rest.status == 206)
            #expect(rest.headers.first(name: "content-range") == "bytes 600-999/1000")
            #expect(rest.bytes == Array(whole.bytes[600...]))
            let changed = try await api.get(url, ["Range": "bytes=600-", "If-Range": "\"another\""])
            #expect(changed.status == 200)
            #expect(changed.bytes == whole.bytes)
            let beyond = try await api.get(url, ["Range": "bytes=1000-"])
            #expect(beyond.status == 416)
            #expect(beyond.headers.first(name: "content-range") == "bytes */1000")
        }
    }

    @Test func anOutputIsNotThereBeforeItsTime() async throws {
        try await API.withServer { api in
            let created = try await api.sleep(["seconds": 100, "bytes": 10])
            let id = created["id"]?.stringValue ?? ""
            #expect(try await api.get("\(api.base.dropLast(3))/delivery/\(id)/0/output.bin").status == 404)
        }
    }

    @Test func aPosterIsServedAsAPicture() async throws {
        try await API.withServer { api in
            let version = JSONValue.string(try await api.version(of: "nightshift/poster"))
            let created = try await api.post(
                "/predictions",
                ["version": version, "input": ["prompt": "a lighthouse", "width": 64, "height": 64]],
                ["Prefer": "wait=5"])
            let url = try #require(created["output"]?.stringValue)
            #expect(url.hasSuffix("/poster.png"))
            let picture = try await api.get(url)
            #expect(picture.headers.first(name: "content-type") == "image/png")
            #expect(picture.bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        }
    }
}
