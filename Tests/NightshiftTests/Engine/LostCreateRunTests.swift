import Foundation
import LosslessJSON
import NightshiftCore
import Synchronization
import TestSupport
import Testing

@testable import Nightshift

/// Runs whose creates are lost, with clocks and lists that are not as they should be: none is paid for twice.
@Suite(.timeLimit(.minutes(3)))
struct LostCreateRunTests {
    private static let items = 12

    private func job(_ server: LoopbackServer) throws -> JobFolder {
        try JobFolder(
            baseURL: server.url,
            """
            job: lost
            model: o/n
            inputs: { range: [1, \(Self.items)] }
            input: { n: "{{ value }}" }
            outputs: { directory: out, name: "{{ value }}" }
            rate: unlimited
            concurrency: 32
            """)
    }

    /// Runs a session until so many items have come into a state, and ends it as a second Ctrl-C or a crash does.
    private func leave(_ job: JobFolder, _ engine: Engine, at state: String, crash: Bool) async throws {
        let (seen, sight) = AsyncStream.makeStream(of: Void.self)
        let (stops, stop) = AsyncStream.makeStream(of: StopRequest.self)
        let reached = Mutex<Set<String>>([])
        let running = Task {
            try await engine.job(at: job.manifest).run(stops: stops) { notice in
                guard case .progressed(_, let changes, _) = notice else { return }
                let count = reached.withLock { reached in
                    for change in changes where change.state == state { reached.insert(change.key) }
                    return reached.count
                }
                if count == Self.items { sight.finish() }
            }
        }
        for await _ in seen {}
        if crash { running.cancel() } else { stop.yield(.detach) }
        _ = await running.result
    }

    private func check(_ api: StrangeAPI, _ report: RunReport) {
        #expect(report.end == .completed)
        #expect(report.counts.succeeded == Self.items)
        #expect(api.inputs.count == Self.items, "some were paid for twice")
        #expect(Set(api.inputs.compactMap { $0["n"]?.intValue }).count == Self.items)
    }

    // MARK: - Clocks

    static let errors = [-86_400, -3600, -600, 600, 3600, 86_400]

    @Test(arguments: errors) func aClockThatIsPutRightBetweenSessionsLosesNothing(error: Int) async throws {
        let api = StrangeAPI(StrangeAPI.Manner(losesOneOf: 1))
        let server = try api.serve()
        let job = try job(server)
        var wrong = job.engine
        wrong.clockError = .seconds(error)
        // The first session must not find them itself.
        wrong.reconciling.settle = .seconds(60)
        try await leave(job, wrong, at: "unknown", crash: false)
        #expect(api.inputs.count == Self.items)
        check(api, try await job.run())
    }

    @Test(arguments: [-86_400, 3600]) func soDoesOneThatIsWrongInTheSecondSession(error: Int) async throws {
        let api = StrangeAPI(StrangeAPI.Manner(losesOneOf: 1))
        let server = try api.serve()
        let job = try job(server)
        var first = job.engine
        first.reconciling.settle = .seconds(60)
        try await leave(job, first, at: "unknown", crash: false)
        var wrong = job.engine
        wrong.clockError = .seconds(error)
        check(api, try await wrong.job(at: job.manifest).run())
    }

    @Test(arguments: [-3600, 86_400]) func aSessionThatDiesBetweenIntentAndAnswerLosesNothing(error: Int) async throws {
        let api = StrangeAPI(StrangeAPI.Manner(standsStill: 1))
        let server = try api.serve()
        let job = try job(server)
        var wrong = job.engine
        wrong.clockError = .seconds(error)
        try await leave(job, wrong, at: "submitting", crash: true)
        check(api, try await job.run())
    }

    @Test func aRetryThatAWrongClockHasPutOffIsNotWaitedFor() async throws {
        let folder = try TemporaryFolder()
        let store = try Store(path: folder.path("checkpoints.sqlite"))
        let now = WallClock().now
        var run = try await store.openRun(job: "x", fresh: true, at: now)
        run =
            try await store.synchronize(
                run,
                with: [Item(position: 0, key: "a", digest: "d", input: ["n": 1], name: "a", origin: .row(1, of: "t"))],
                at: now
            ).run
        func due() async throws -> Timestamp? {
            try await store.pendingItems.pending(of: run, count: 9, after: .start, at: now).page.nextDue
        }
        func put(off due: Timestamp) async throws {
            let change = Transition.Change.returned(attempt: 0, due: due)
            _ = try await store.checkpoints.record(
                [Transition(item: ItemID(1), key: "a", attempt: 0, at: now, change: change)], totals: RunTotals(),
                in: run)
        }
        // The first session's clock was an hour ahead of the provider's, and the second one's is right.
        try await store.pendingItems.adjustTimes(of: run, to: .seconds(-3600))
        try await put(off: now.advanced(by: .seconds(3600 + 60)))
        try await store.pendingItems.adjustTimes(of: run, to: .zero)
        #expect(try await due() == now.advanced(by: .seconds(60)))
        // Where nobody knows how wrong it was, no wait is longer than the policy's.
        try await put(off: now.advanced(by: .seconds(86_400)))
        try await store.pendingItems.bringForwardRetries(of: run, dueAfter: now.advanced(by: .seconds(360)))
        #expect(try await due() == nil)
    }

    // MARK: - Rows that say less

    static let manners: [StrangeAPI.Manner] = [
        StrangeAPI.Manner(losesOneOf: 2, leavesOut: ["input"]),
        StrangeAPI.Manner(losesOneOf: 2, leavesOut: ["output", "error", "metrics"]),
        StrangeAPI.Manner(losesOneOf: 2, leavesOut: ["input", "output"]),
        StrangeAPI.Manner(losesOneOf: 2, emptiesInputs: true),
        StrangeAPI.Manner(losesOneOf: 2, adds: ["size": 512, "loud": false], defaults: ["size": 512, "loud": false]),
        StrangeAPI.Manner(
            losesOneOf: 2, rewritesInputs: true, adds: ["size": 512], defaults: ["size": 512, "never": "shown"]),
    ]

    @Test(arguments: manners) func rowsThatSayLessAreReadBeforeAnythingIsDecided(manner: StrangeAPI.Manner) async throws
    {
        let api = StrangeAPI(manner)
        let server = try api.serve()
        check(api, try await job(server).run())
    }

    @Test func whatTheProviderMayHaveAddedIsHeldAndNotPaidForTwice() async throws {
        let api = StrangeAPI(StrangeAPI.Manner(losesOneOf: 2, adds: ["trace": "x1"]))
        let server = try api.serve()
        let report = try await job(server).run()
        #expect(report.end == .completed)
        #expect(report.counts.held == Self.items / 2)
        #expect(api.inputs.count == Self.items)
    }

    // MARK: - Long lists

    @Test func aLongListIsReadAtTheProvidersPaceAndToItsEnd() async throws {
        let api = StrangeAPI(StrangeAPI.Manner(losesOneOf: 2, pagesASecond: 10, others: 3000))
        let server = try api.serve()
        check(api, try await job(server).run())
        #expect(api.listReads < 200)
    }

    @Test(arguments: [StrangeAPI.Endless.repeated, .empty])
    func aListWithoutEndIsNotFollowed(endless: StrangeAPI.Endless) async throws {
        let api = StrangeAPI(StrangeAPI.Manner(losesOneOf: 2, endlessPages: endless))
        let server = try api.serve()
        check(api, try await job(server).run())
        #expect(api.listReads < 60)
    }
}
