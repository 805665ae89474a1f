import Foundation
import LosslessJSON
import Nightshift
import TestSupport
import Testing

@testable import NightshiftWeb

/// What the page is told of jobs that really ran.
@Suite(.timeLimit(.minutes(2)))
struct ViewServerTests {
    private static let posters = """
        job: posters
        model: nightshift/poster
        provider: local
        inputs: { list: [{ name: lighthouse }, { name: "<i>harbour</i>" }] }
        matrix: { style: [dawn, dusk, night], seed: [1, 2] }
        input: { prompt: "{{ name }}", style: "{{ style }}", seed: "{{ seed }}", width: 96, height: 64 }
        outputs: { directory: out, name: "{{ name | slug }}-{{ style }}-{{ seed }}" }
        price: { per_prediction: 0.25 }
        """

    private static let failing = """
        job: failing
        model: me/failing
        provider: { local: { models: { me/failing: "echo no such luck >&2; exit 1" } } }
        inputs: { range: [1, 3] }
        input: { n: "{{ value }}" }
        key: "{{ value }}"
        retry: { attempts: 1 }
        budget: { same_failures: 100 }
        outputs: { directory: failed, name: "{{ value }}" }
        """

    @Test func theOverviewTellsTheWholeRun() async throws {
        try await ViewScene.serving([Self.posters]) { scene in
            let overview = try await scene.get("/api/jobs/posters/overview").json
            #expect(overview["items"] == 12)
            #expect(overview["states"]?["succeeded"] == 12)
            #expect(overview["is_alive"] == false)
            #expect(overview["ending"] == "completed")
            #expect(overview["ending_text"] == "Completed.")
            #expect(overview["cost"]?["spent"] == 3)
            #expect(overview["sessions"]?.arrayValue?.count == 1)
            #expect(overview["durations"]?["running"]?["count"] == 12)
            let columns = (overview["columns"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
            #expect(columns == ["style", "seed", "row.name"], "every item has a name of its own")
            #expect(overview["slowest"]?.arrayValue?.count == 5)
            let (began, ended) = (overview["began"]?.intValue ?? 0, overview["ended"]?.intValue ?? 0)
            #expect(began > 1_700_000_000_000 && ended >= began)
            let timeline = try await scene.get("/api/jobs/posters/timeline?points=5").json
            let counts = (timeline["ended"]?.arrayValue ?? []).compactMap(\.intValue)
            #expect(counts.reduce(0, +) == 12)
            let journal = try await scene.get("/api/jobs/posters/journal?limit=2").json
            #expect(
                journal["entries"]?.arrayValue?.compactMap { $0["kind"]?.stringValue } == [
                    "session_ended", "session_began",
                ])
            let next = try #require(journal["next"]?.intValue)
            let rest = try await scene.get("/api/jobs/posters/journal?after=\(next)").json
            #expect(rest["entries"]?.arrayValue?.compactMap { $0["kind"]?.stringValue } == ["input_set"])
        }
    }

    @Test func itemsAreFilteredSortedAndPaged() async throws {
        try await ViewScene.serving([Self.posters]) { scene in
            let page = try await scene.get("/api/jobs/posters/items?q=style%3Ddusk&sort=-seed&limit=3").json
            #expect(page["total"] == 4)
            let items = try #require(page["items"]?.arrayValue)
            #expect(items.map { $0["values"]?["seed"] } == [2, 2, 1])
            #expect(items[0]["outputs"]?.arrayValue?.first?["width"] == 96)
            #expect(items[0]["outputs"]?.arrayValue?.first?["height"] == 64)
            #expect(items[0]["cost"] == 0.25)
            #expect(items[0]["values"]?["row.name"]?.stringValue?.isEmpty == false)
            let next = try #require(page["next"]?.stringValue)
            let rest = try await scene.get("/api/jobs/posters/items?q=style%3Ddusk&sort=-seed&after=\(next)").json
            #expect(rest["items"]?.arrayValue?.count == 1)
            #expect(rest["next"] == .null)
            let jump = try await scene.get("/api/jobs/posters/items?offset=10").json
            #expect(jump["items"]?.arrayValue?.compactMap { $0["position"]?.intValue } == [10, 11])
            #expect(try await scene.get("/api/jobs/posters/items?offset=99").json["items"] == [])

            let wrong = try await scene.get("/api/jobs/posters/items?q=state%3Dfaild")
            #expect(wrong.status == 400)
            #expect(wrong.json["error"]?["code"] == "invalid_filter")
            #expect(wrong.json["error"]?["message"]?.stringValue?.contains("failed") == true)
            #expect(try await scene.get("/api/jobs/posters/items?limit=0").status == 400)
            #expect(try await scene.get("/api/jobs/nobody/items").status == 404)

            let facets = try await scene.get("/api/jobs/posters/facets?column=style&q=seed%3D1").json
            #expect(facets["values"]?.arrayValue?.map { $0["count"] } == [2, 2, 2])
            let table = try await scene.get("/api/jobs/posters/table.csv?columns=name,style,cost&q=seed%3D1&sort=name")
                .text
            #expect(table.split(separator: "\r\n").first == "name,style,cost")
            #expect(table.split(separator: "\r\n").count == 7)
        }
    }

    @Test func theMatrixIsAGrid() async throws {
        try await ViewScene.serving([Self.posters]) { scene in
            let grid = try await scene.get("/api/jobs/posters/matrix?rows=row.name&columns=style").json
            #expect(grid["rows"] == ["lighthouse", "<i>harbour</i>"])
            #expect(grid["columns"] == ["dawn", "dusk", "night"])
            let cells = try #require(grid["cells"]?.arrayValue)
            #expect(cells.count == 2)
            for row in cells { #expect(row.arrayValue?.map { $0.arrayValue?.count } == [2, 2, 2]) }
            #expect(cells[1].arrayValue?[2].arrayValue?.first?["values"]?["style"] == "night")
        }
    }

    @Test func anItemTellsEverything() async throws {
        try await ViewScene.serving([Self.posters]) { scene in
            let item = try await scene.get("/api/jobs/posters/items/lighthouse-dusk-1?sort=name&q=style%3Ddusk").json
            #expect(item["input"]?["style"] == "dusk")
            #expect(item["matrix"] == ["style": "dusk", "seed": 1])
            #expect(item["row"] == ["name": "lighthouse"])
            #expect(item["tries"]?.arrayValue?.count == 1)
            #expect(item["tries"]?.arrayValue?.first?["sent_at"]?.intValue != nil)
            #expect(item["files"]?.arrayValue?.first?["sha256"]?.stringValue?.count == 64)
            #expect(item["command"] == .null, "the embedded server is gone with its run")
            let next = try #require(item["neighbours"]?["next"]?.stringValue)
            let other = try await scene.get("/api/jobs/posters/items/\(next)").json
            #expect(other["name"] == "lighthouse-dusk-2")
            #expect(try await scene.get("/api/jobs/posters/items/nobody").status == 404)
        }
    }

    @Test func ordersAreGivenAndAnswered() async throws {
        try await ViewScene.serving([Self.failing, Self.posters]) { scene in
            let overview = try await scene.get("/api/jobs/failing/overview").json
            let group = try #require(overview["failures"]?.arrayValue?.first)
            #expect(group["count"] == 3)
            let query = try #require(
                group["query"]?.stringValue?.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
            #expect(try await scene.get("/api/jobs/failing/items?q=\(query)").json["total"] == 3)

            let asked = try await scene.act("failing", ["action": "retry", "q": "state=failed", "dry_run": true]).json
            #expect(asked["count"] == 3)
            #expect(asked["question"]?.stringValue?.contains("3 items") == true)
            #expect(try await scene.get("/api/jobs/failing/items?q=state%3Dpending").json["total"] == 0)
            #expect(try await scene.act("failing", ["action": "retry", "keys": ["2"]]).status == 200)
            #expect(try await scene.get("/api/jobs/failing/items?q=state%3Dpending").json["total"] == 1)
            let poster = try await scene.act("posters", ["action": "retry", "q": "", "dry_run": true]).json
            #expect(poster["count"] == 0)

            for (action, filter) in [
                (["action": "rate", "keys": ["lighthouse-dusk-1"], "rating": 5], "rating%3D5"),
                (["action": "tag", "keys": ["lighthouse-dusk-1"], "add": ["best"]], "tag%3Dbest"),
                (["action": "note", "keys": ["lighthouse-dusk-1"], "note": "<b>bold</b>"], "note~bold"),
            ] as [(JSONValue, String)] {
                #expect(try await scene.act("posters", action).status == 200, "\(action)")
                #expect(try await scene.get("/api/jobs/posters/items?q=\(filter)").json["total"] == 1, "\(filter)")
            }
            for action in [
                ["action": "rate", "keys": ["lighthouse-dusk-1"], "rating": 6], ["action": "fly"],
                ["action": "tag", "keys": ["lighthouse-dusk-1"], "add": ["a b"]],
                ["action": "retry"], ["action": "set", "concurrency": 0], ["action": "set", "concurrency": "many"],
                ["action": "rate", "keys": ["lighthouse-dusk-1"], "rating": "5"],
                ["action": "rate", "keys": ["lighthouse-dusk-1"]], ["action": "rate", "keys": [5]],
            ] as [JSONValue] {
                let answer = try await scene.act("posters", action)
                #expect([400, 409].contains(answer.status), "\(action)")
                #expect(answer.json["error"]?["message"]?.stringValue?.isEmpty == false)
            }
            #expect(
                try await scene.act("posters", ["action": "set", "concurrency": 3, "rate": "60/min"]).status == 200)
            let told = try await scene.get("/api/jobs/posters/overview").json
            #expect(told["concurrency"] == 3)
            #expect(told["rate_limit"] == "60/min")
        }
    }

    @Test func aJobThatHasNotRunSaysSo() async throws {
        try await ViewScene.serving([Self.posters], run: false) { scene in
            let overview = try await scene.get("/api/jobs/posters/overview").json
            #expect(overview["items"] == 0)
            #expect(overview["began"] == .null)
            #expect(overview["ending_text"] == "This job has not run yet.")
            for path in ["timeline", "journal", "items", "facets?column=state", "matrix?rows=a&columns=b"] {
                #expect(try await scene.get("/api/jobs/posters/\(path)").status == 200, "\(path)")
            }
            for path in ["items/x", "table.csv"] {
                let answer = try await scene.get("/api/jobs/posters/\(path)")
                #expect(answer.status == 404, "\(path)")
                #expect(answer.json["error"]?["code"] == "never_run", "\(path)")
            }
            #expect(try await scene.get("/api/jobs").json["jobs"]?.arrayValue?.first?["items"] == 0)
        }
    }

    /// Whoever starts over removes the checkpoints while the page is open.
    @Test func aStoreThatWasRemovedIsNotShownAnyMore() async throws {
        try await ViewScene.serving([Self.posters]) { scene in
            #expect(try await scene.get("/api/jobs/posters/items").json["total"] == 12)
            try FileManager.default.removeItem(atPath: scene.folder.path(".nightshift"))
            #expect(try await scene.get("/api/jobs/posters/items").json["total"] == 0)
            #expect(
                try await scene.get("/api/jobs/posters/overview").json["ending_text"] == "This job has not run yet.")
            _ = try await Engine().job(at: scene.folder.path("job0.yaml")).run()
            #expect(try await scene.get("/api/jobs/posters/items").json["total"] == 12)
        }
    }

    @Test func twoJobsOfOneNameAreToldApart() async throws {
        try await ViewScene.serving([Self.posters, Self.posters], run: false) { scene in
            let names = try await scene.get("/api/jobs").json["jobs"]?.arrayValue?.compactMap {
                $0["name"]?.stringValue
            }
            #expect(names == ["posters", "posters-2"])
        }
    }

    /// The page's files are listed by hand, since what embeds them has no list.
    @Test func everyFileOfThePageIsServed() async throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/NightshiftWeb/Page")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
        #expect(names.contains("index.html"))
        var size = 0
        for name in names {
            let asset = try #require(PageAssets.asset(name), "\(name) is not in PageAssets")
            #expect(asset.bytes == Array(try Data(contentsOf: folder.appending(path: name))), "\(name)")
            #expect(asset.mediaType != "application/octet-stream", "\(name)")
            size += asset.bytes.count
        }
        #expect(size <= 150 * 1024, "the page has \(size) bytes")
    }
}
