import Foundation
import LosslessJSON
import NightshiftCore
import TestSupport
import Testing

@testable import Nightshift
@testable import NightshiftWeb

/// The page as a file. That a browser opens it is tried by `Scripts/browser.sh`.
@Suite(.timeLimit(.minutes(1)))
struct ReportWriterTests {
    private static let manifest = """
        job: told
        model: nightshift/hello-world
        provider: local
        inputs: { list: [{ name: "</script><b>" }, { name: Ada }, { name: Alan }] }
        input: { text: "{{ name }}" }
        outputs: { directory: out put, name: "{{ index }}" }
        """

    private func report(
        _ name: String, _ options: ReportWriter.Options = ReportWriter.Options(),
        _ body: (Job, TemporaryFolder) async throws -> Void = { _, _ in }
    ) async throws -> (text: String, data: JSONValue, contents: ReportWriter.Contents) {
        let folder = try TemporaryFolder()
        let job = try Engine().job(at: try folder.write("job.yaml", Self.manifest))
        _ = try await job.run()
        try await body(job, folder)
        let path = folder.path(name)
        let contents = try await ReportWriter([job], options: options, words: ViewScene.words).write(to: path)
        let text = try folder.text(name)
        let start = try #require(text.firstRange(of: "id=\"data\">")).upperBound
        let end = try #require(text[start...].firstRange(of: "</script>")).lowerBound
        return (text, try JSONValue(parsing: String(text[start..<end])), contents)
    }

    @Test func holdsWhatThePageNeedsAndFindsFilesBesideIt() async throws {
        let (text, data, contents) = try await report("reports/night.html")
        let job = try #require(data["jobs"]?.arrayValue?.first)
        #expect(job["job"]?["items"] == 3)
        #expect(job["overview"]?["states"]?["succeeded"] == 3)
        #expect(job["overview"]?["sessions"]?.arrayValue?.first?["host"] == "")
        #expect(job["journal"]?.arrayValue?.isEmpty == false)
        let items = try #require(job["items"]?.arrayValue)
        #expect(items.map { $0["values"]?["row.name"] } == ["</script><b>", "Ada", "Alan"])
        #expect(items[1]["outputs"]?.arrayValue?.first?["url"] == "../out%20put/2.txt")
        #expect(contents == ReportWriter.Contents(items: 3, files: 3))
        // One script of its own for the theme, one for the data, one of all modules.
        #expect(text.ranges(of: "</script>").count == 3)
        #expect(!text.contains("\nimport ") && !text.contains("\nexport "))
        #expect(!text.contains("/assets/"))
        #expect(text.contains("default-src 'none'; script-src 'sha256-"))
    }

    @Test func leavesOutWhatIsNotToBeShared() async throws {
        var options = ReportWriter.Options()
        options.hasInputs = false
        options.embedsFiles = true
        options.filter = try ItemFilter(parsing: "rating>=3")
        let (text, data, contents) = try await report("night.html", options) { job, _ in
            try await job.remark(.rating(5), on: ["2"])
        }
        let items = try #require(data["jobs"]?.arrayValue?.first?["items"]?.arrayValue)
        #expect(items.count == 1)
        #expect(items[0]["values"] == [:])
        let url = try #require(items[0]["outputs"]?.arrayValue?.first?["url"]?.stringValue)
        #expect(url.hasPrefix("data:text/plain"))
        #expect(contents.items == 1 && contents.remarks == 1 && contents.embedded > 0)
        #expect(!text.contains("out put/2.txt") || !text.contains("Alan"))
    }

    @Test func aVanishedFileIsCountedAndAFailureLeavesTheOldReport() async throws {
        let (_, _, contents) = try await report("night.html") { job, folder in
            try FileManager.default.removeItem(atPath: folder.path("out put/1.txt"))
        }
        #expect(contents.missing == 1)

        let folder = try TemporaryFolder()
        try folder.write("night.html", "before")
        let job = try Engine().job(at: try folder.write("job.yaml", Self.manifest))
        await #expect(throws: EngineError.self) {
            try await ReportWriter([job], options: ReportWriter.Options(), words: ViewScene.words)
                .write(to: folder.path("night.html"))
        }
        #expect(try folder.text("night.html") == "before")
        #expect(folder.names(in: "").filter { $0.hasSuffix(".part") }.isEmpty)
    }

    @Test(arguments: [
        ("/a/b/out/x.png", "/a/b", "out/x.png"), ("/a/b/out/x.png", "/a/b/reports", "../out/x.png"),
        ("/a/x.png", "/b/c", "../../a/x.png"), ("/a/b/50% #1?.png", "/a", "b/50%25%20%231%3F.png"),
        ("/a", "/a/b", "../../a"),
    ])
    func pathsAreFromTheReport(path: String, folder: String, expected: String) {
        #expect(ReportWriter.relative(path, to: URL(filePath: folder)) == expected)
    }
}
