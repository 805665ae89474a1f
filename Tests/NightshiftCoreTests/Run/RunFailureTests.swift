import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Testing

/// When failures of items end the run.
struct RunFailureTests {
    private static let start = RunPolicyTests.start

    /// Lets predictions fail for good, one after the other, until the run is ending.
    private static func failing(
        _ settings: RunSettings, items: Int, message: (Int64) -> String
    ) -> (failed: Int, end: RunEnd?) {
        var (machine, decision) = RunPolicyTests.machine(items, settings)
        for _ in 0..<items {
            guard let create = RunPolicyTests.creates(decision).first else { break }
            let failed = RunPolicyTests.prediction(
                "p\(create.item.rawValue)", .failed, error: message(create.item.rawValue))
            decision = machine.handle([.created(create.item, attempt: 1, failed)], at: start)
            machine.checkInvariants()
            if decision.finish != nil { break }
        }
        return (machine.totals[.failed], decision.finish)
    }

    private static func settings(_ change: (inout RunSettings) -> Void) -> RunSettings {
        RunPolicyTests.settings {
            $0.steps[0].concurrency = 1
            $0.steps[0].attempts = 1
            change(&$0)
        }
    }

    @Test func firstItemsThatAllFailInTheSameWayEndTheRun() {
        let settings = Self.settings { $0.limits.sameFailures = 4 }
        let (failed, end) = Self.failing(settings, items: 20) { "no such file: /tmp/\($0).png" }
        #expect(failed == 4)
        guard case .breaker(.sameFailure(4, step: "", let reason, areFirst: true))? = end else {
            Issue.record("ended with \(String(describing: end))")
            return
        }
        #expect(reason.contains("no such file"))
    }

    @Test func itemsThatFailInManyWaysDoNot() {
        let settings = Self.settings { $0.limits.sameFailures = 4 }
        let words = ["dark", "bright", "small", "large", "round"]
        let (failed, end) = Self.failing(settings, items: 12) { "it is too \(words[Int($0) % words.count])" }
        #expect(failed == 12)
        #expect(end == .completed)
    }

    @Test func moreFailuresThanTheBudgetAllowsEndTheRun() {
        let settings = Self.settings { $0.limits.failures = 2 }
        let (failed, end) = Self.failing(settings, items: 20) { "number \($0) is no good" }
        #expect(failed == 3)
        guard case .budget? = end else {
            Issue.record("the run went on")
            return
        }
    }

    /// What another item has failed with, and what cannot be made because of another one, count as well.
    @Test(arguments: [true, false]) func failuresThatItemsShareCountForTheBudget(isShared: Bool) {
        let items = RunPolicyTests.items(5).map { item in
            var item = item
            if isShared {
                item.shared = SharedResult(key: "a", name: "a", outcome: .failed(.model, "no"))
            } else {
                item.unmet = AttemptFailure(.stepFailed, "what it needs has failed")
            }
            return item
        }
        var totals = RunTotals()
        totals[.pending] = 5
        let settings = RunPolicyTests.settings {
            $0.limits.failures = 2
            $0.sharesResults = true
        }
        var machine = RunStateMachine(settings: settings, totals: totals, seed: 1, at: Self.start)
        let decision = machine.handle(
            [.resumed([], LoadedPage(items: items, hasMore: false, nextDue: nil))], at: Self.start)
        guard case .budget? = decision.finish else {
            Issue.record("the run went on")
            return
        }
        #expect(machine.totals[.failed] == 5)
    }

    /// People look at other rows for a model that has never worked than for one that stopped working.
    @Test(arguments: [true, false]) func theReasonSaysWhetherAnythingHasSucceeded(hasSucceeded: Bool) {
        let settings = Self.settings { $0.limits.sameFailures = 2 }
        var (machine, decision) = RunPolicyTests.machine(40, settings)
        if hasSucceeded {
            decision = machine.handle(
                [.created(ItemID(1), attempt: 1, RunPolicyTests.prediction("p1", .succeeded))], at: Self.start)
            let creates = decision
            decision = machine.handle([.fetched(ItemID(1), attempt: 1, [])], at: Self.start)
            decision.actions += creates.actions
        }
        while decision.finish == nil, let create = RunPolicyTests.creates(decision).first {
            let failed = RunPolicyTests.prediction("p\(create.item.rawValue)", .failed, error: "no mask")
            decision = machine.handle([.created(create.item, attempt: 1, failed)], at: Self.start)
        }
        guard case .breaker(.sameFailure(_, _, _, let areFirst))? = decision.finish else {
            Issue.record("ended with \(String(describing: decision.finish))")
            return
        }
        #expect(areFirst == !hasSucceeded)
    }
}
