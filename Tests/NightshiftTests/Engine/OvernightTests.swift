import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateServer
import Synchronization
import TestSupport
import Testing

@testable import Nightshift

/// What a night brings, end to end: the engine, its store and a real server.
@Suite(.timeLimit(.minutes(2)))
struct OvernightTests {
    private static func posters(_ inputs: String, more: String = "") -> String {
        """
        job: posters
        model: nightshift/sleeper
        \(inputs)
        outputs: { directory: out, name: "{{ name }}" }
        concurrency: 4
        rate: unlimited
        \(more)
        """
    }

    @Test func noCreditForAWhilePausesTheNightAndFailsNothing() async throws {
        try await withServer(faults: "402=0.2,402-time=1s") { server, baseURL in
            let job = try JobFolder(baseURL: baseURL, EngineTests.sleepers(40))
            var engine = job.engine
            engine.probeAfter = .milliseconds(200)
            let told = Mutex<[String]>([])
            let report = try await engine.job(at: job.manifest).run() { notice in
                if case .announced(let announcement) = notice { told.withLock { $0.append(announcement.kind) } }
            }
            #expect(report.end == .completed)
            #expect(report.counts.succeeded == 40)
            #expect(report.counts.retries == 0)
            #expect(server.counts.accepted == 40)
            let kinds = told.withLock { $0 }
            #expect(kinds.contains("paused") && kinds.last == "resumed")
        }
    }

    @Test func equalInputsAreRunOnceAndEveryItemHasItsFiles() async throws {
        try await withServer { server, baseURL in
            let job = try JobFolder(
                baseURL: baseURL,
                Self.posters(
                    """
                    inputs: { list: [{ name: a, t: x }, { name: b, t: x }, { name: c, t: y }, { name: d, t: x }] }
                    input: { seconds: 0.05, bytes: 3000, text: "{{ t }}" }
                    key: "{{ name }}"
                    """))
            let report = try await job.run()
            #expect(report.counts.succeeded == 4)
            #expect(report.counts.predictions == 2)
            #expect(server.counts.accepted == 2)
            let files = job.folder.names(in: "out").sorted()
            #expect(files.count == 4)
            let contents = files.map { bytes(ofFile: job.folder.path("out/\($0)")) }
            #expect(contents[0] == contents[1] && contents[0] == contents[3] && contents[0] != contents[2])
            #expect(contents[0]?.count == 3000)
        }
    }

    @Test func followersOfAFailedItemFailWithItAndCostNothing() async throws {
        try await withServer { server, baseURL in
            let job = try JobFolder(
                baseURL: baseURL,
                Self.posters(
                    """
                    inputs: { list: [{ name: a }, { name: b }] }
                    input: { seconds: 0.05, fail: "boom" }
                    key: "{{ name }}"
                    """))
            let report = try await job.run()
            #expect(report.counts.failed == 2)
            #expect(server.counts.accepted == 1)
            let again = try await job.run(RunOptions(retryFailed: true))
            #expect(again.counts.failed == 2)
            #expect(server.counts.accepted == 2)
        }
    }

    @Test func repetitionsAreItemsOfTheirOwn() async throws {
        try await withServer { server, baseURL in
            let job = try JobFolder(
                baseURL: baseURL,
                Self.posters(
                    """
                    inputs: { list: [{ name: a }, { name: b }] }
                    input: { seconds: 0.05, bytes: 100, text: "{{ name }}" }
                    """, more: "repeat: 3"))
            let report = try await job.run()
            #expect(report.counts.succeeded == 6)
            #expect(server.counts.accepted == 6)
            #expect(job.folder.names(in: "out").count == 6)
        }
    }

    @Test func aFreshRunTakesEarlierResultsIfTheirFilesAreWhatTheyWere() async throws {
        try await withServer { server, baseURL in
            let job = try JobFolder(
                baseURL: baseURL,
                Self.posters(
                    """
                    inputs: { list: [{ name: a }, { name: b }, { name: c }] }
                    input: { seconds: 0.05, bytes: 100, text: "{{ name }}" }
                    """, more: "reuse: true"))
            _ = try await job.run()
            #expect(server.counts.accepted == 3)
            let files = job.folder.names(in: "out").sorted()
            try job.folder.write("out/\(files[1])", "changed by somebody")
            let report = try await job.run(RunOptions(fresh: true))
            #expect(report.counts.succeeded == 3)
            // Two were taken over, the one whose file had changed was computed again.
            #expect(server.counts.accepted == 4)
            #expect(job.folder.names(in: "out").sorted() == files)
            #expect(bytes(ofFile: job.folder.path("out/\(files[1])"))?.count == 100)
        }
    }

    @Test func aChangedKeyPaysForNothingAgain() async throws {
        try await withServer { server, baseURL in
            func manifest(_ key: String) -> String {
                """
                job: rekeyed
                model: nightshift/sleeper
                inputs: { list: [{ name: a }, { name: b }] }
                input: { seconds: 0.05, bytes: 100, text: "{{ name }}" }
                key: "\(key)"
                outputs: { directory: out, name: "{{ key }}" }
                rate: unlimited
                """
            }
            let job = try JobFolder(baseURL: baseURL, manifest("{{ name }}"))
            _ = try await job.run()
            try job.folder.write("job.yaml", manifest("new-{{ name }}"))
            let report = try await job.run()
            #expect(report.counts.succeeded == 2)
            #expect(server.counts.accepted == 2)
        }
    }

    @Test func higherPriorityGoesFirst() async throws {
        let log = try TemporaryFolder()
        try await withServer(log: log.path("accepted.jsonl")) { _, baseURL in
            let job = try JobFolder(
                baseURL: baseURL,
                """
                job: ordered
                model: nightshift/sleeper
                inputs: { list: [{ n: 1, p: 0 }, { n: 2, p: 5 }, { n: 3, p: -1.5 }, { n: 4, p: 5 }] }
                input: { seconds: 0.01, text: "#{{ n }}" }
                concurrency: 1
                rate: unlimited
                priority: "{{ p }}"
                """)
            _ = try await job.run()
        }
        let order = try log.text("accepted.jsonl").split(separator: "\n").map {
            try JSONValue(parsing: String($0))["input"]?["text"]?.stringValue
        }
        #expect(order == ["#2", "#4", "#1", "#3"])
    }

    @Test(arguments: [true, false])
    func theCanarysVerdictDecides(goesOn: Bool) async throws {
        try await withServer { server, baseURL in
            let job = try JobFolder(baseURL: baseURL, EngineTests.sleepers(20, more: "price: { per_prediction: 0.5 }"))
            let asked = Mutex<[CanaryReport]>([])
            let report = try await job.run(
                RunOptions(canary: 5) { canary in
                    asked.withLock { $0.append(canary) }
                    return goesOn
                })
            let canary = try #require(asked.withLock { $0.first })
            #expect(canary.succeeded == 5 && canary.left == 15)
            #expect(canary.cost == 2.5 && canary.projectedCost == 7.5)
            #expect(server.counts.accepted == (goesOn ? 20 : 5))
            #expect(report.counts.succeeded == (goesOn ? 20 : 5))
            if !goesOn {
                guard case .canary = report.end else {
                    Issue.record("ended as \(report.end)")
                    return
                }
            }
        }
    }

    @Test func webhooksTellOfTheEndAndLittleIsRead() async throws {
        let port = try await freePort()
        try await withServer(faults: "webhook-twice=0.3") { server, baseURL in
            let job = try JobFolder(
                baseURL: baseURL,
                EngineTests.sleepers(
                    60, more: "webhook: { listen: \"127.0.0.1:\(port)\", url: \"http://127.0.0.1:\(port)/hook\" }"))
            let report = try await job.run()
            #expect(report.counts.succeeded == 60)
            #expect(server.counts.accepted == 60)
            #expect(server.counts.gets + server.counts.lists <= 6)
        }
    }

    /// A port that nobody listens on; the server that found it has gone.
    private func freePort() async throws -> Int {
        let port = Mutex(0)
        try await EmbeddedServer.withServer { baseURL in
            let number = baseURL.dropFirst("http://127.0.0.1:".count).prefix { $0.isNumber }
            port.withLock { $0 = Int(number) ?? 0 }
        }
        return port.withLock { $0 }
    }
}
