import Foundation
import LosslessJSON
import NIOHTTP1
import TestSupport
import Testing

/// Outputs over the viewer: they are anybody's.
@Suite(.timeLimit(.minutes(1)))
struct FileRouteTests {
    private static let hostile = "<!doctype html><script>fetch('/api/jobs')</script>"

    private func serving(_ body: (ViewScene) async throws -> Void) async throws {
        let manifest = """
            job: hostile
            model: nightshift/hello-world
            provider: local
            inputs: { list: [{ name: page }, { name: "a b#c?d%e" }] }
            input: { text: "{{ name }}" }
            outputs: { directory: out, name: "{{ name }}" }
            """
        try await ViewScene.serving([manifest], body: body)
    }

    private func path(_ scene: ViewScene, _ index: Int = 0) async throws -> (url: String, path: String) {
        let item = try await scene.get("/api/jobs/hostile/items").json["items"]?.arrayValue?[index]
        let output = try #require(item?["outputs"]?.arrayValue?.first)
        return (try #require(output["url"]?.stringValue), try #require(output["path"]?.stringValue))
    }

    @Test func documentsHaveAnOriginOfTheirOwn() async throws {
        try await serving { scene in
            let (url, path) = try await path(scene)
            let file = scene.folder.path("out/\(path)")
            try Self.hostile.write(toFile: file, atomically: false, encoding: .utf8)
            let answer = try await scene.get(url)
            #expect(answer.status == 200)
            #expect(answer.text == Self.hostile)
            let policy = try #require(answer.headers.first(name: "content-security-policy"))
            #expect(policy.hasPrefix("sandbox;") && !policy.contains("allow-scripts"))
            #expect(answer.headers.first(name: "content-type")?.hasPrefix("text/html") == true)
            #expect(answer.headers.first(name: "x-content-type-options") == "nosniff")
            #expect(
                try await scene.get(url + "?download=1").headers.first(name: "content-disposition")?.hasPrefix(
                    "attachment") == true)
        }
    }

    @Test func partsAreSentAsAskedFor() async throws {
        try await serving { scene in
            let (url, path) = try await path(scene)
            try String(repeating: "0123456789", count: 100_000)
                .write(toFile: scene.folder.path("out/\(path)"), atomically: false, encoding: .utf8)
            let part = try await scene.get(url, [("Range", "bytes=5-9")])
            #expect(part.status == 206)
            #expect(part.text == "56789")
            #expect(part.headers.first(name: "content-range") == "bytes 5-9/1000000")
            #expect(try await scene.get(url, [("Range", "bytes=-3")]).text == "789")
            #expect(try await scene.get(url, [("Range", "bytes=999990-")]).text == "0123456789")
            #expect(try await scene.get(url, [("Range", "bytes=1000000-")]).status == 416)
            #expect(try await scene.get(url).body.count == 1_000_000)
        }
    }

    @Test func nothingButOutputsIsRead() async throws {
        try await serving { scene in
            try "secret".write(toFile: scene.folder.path("out/other.txt"), atomically: true, encoding: .utf8)
            try "secret".write(toFile: scene.folder.path("secret.txt"), atomically: true, encoding: .utf8)
            let paths = [
                "other.txt", "../secret.txt", "..%2Fsecret.txt", "%2e%2e/secret.txt", "/etc/passwd", "%2Fetc%2Fpasswd",
                "",
                "page.txt%00", "./page.txt", "x/../page.txt", ".nightshift-jobs",
            ]
            for path in paths {
                let answer = try await scene.get("/files/hostile/\(path)")
                #expect(answer.status == 404, "\(path)")
                #expect(!answer.text.contains("root:") && answer.text != "secret", "\(path)")
            }
        }
    }

    @Test func aLinkInThePlaceOfAnOutputIsNotFollowed() async throws {
        try await serving { scene in
            let (url, path) = try await path(scene)
            let file = scene.folder.path("out/\(path)")
            try FileManager.default.removeItem(atPath: file)
            try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: "/etc/passwd")
            #expect(try await scene.get(url).status == 404)
            let listed = try await scene.get("/api/jobs/hostile/items").json["items"]?.arrayValue?.first
            #expect(listed?["outputs"]?.arrayValue?.first?["is_there"] == false)

            try FileManager.default.removeItem(atPath: file)
            try FileManager.default.moveItem(atPath: scene.folder.path("out"), toPath: scene.folder.path("elsewhere"))
            #expect(try await scene.get(url).status == 404, "a file that vanished")
            #expect(mkfifo(scene.folder.path("pipe"), 0o600) == 0)
            try FileManager.default.createDirectory(atPath: scene.folder.path("out"), withIntermediateDirectories: true)
            try FileManager.default.moveItem(atPath: scene.folder.path("pipe"), toPath: file)
            #expect(try await scene.get(url).status == 404, "a pipe would be waited for")
        }
    }

    @Test func namesOfAllKindsCanBeAskedFor() async throws {
        try await serving { scene in
            let (url, path) = try await path(scene, 1)
            #expect(!url.contains("#") && !url.contains("?"))
            #expect(try await scene.get(url).text == (try scene.folder.text("out/\(path)")))
        }
    }
}
