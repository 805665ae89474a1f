import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Testing

/// What a session does with what an earlier one has left in flight.
struct RunResumingTests {
    private static let start = RunPolicyTests.start
    private static func at(_ seconds: Double) -> Timestamp { start.advanced(by: .seconds(seconds)) }

    /// A provider whose predictions end with the process, as the embedded server's do.
    private static let local = ProviderTraits(
        remembersPredictions: true, survivesRestart: false, createIsIdempotent: true, answersWhenFinished: false)

    private static func item(_ checkpoint: LoadedItem.Checkpoint) -> LoadedItem {
        LoadedItem(
            id: ItemID(1), key: "item-1", name: "1", input: ["n": 1], files: [], attempt: 1, checkpoint: checkpoint)
    }

    private static func session(
        _ checkpoint: LoadedItem.Checkpoint, _ state: ItemState, pending: Int = 0, _ settings: RunSettings
    ) -> (RunStateMachine, Decision) {
        var totals = RunTotals()
        totals[state] = 1
        totals[.pending] = pending
        totals.predictions = 1
        var machine = RunStateMachine(settings: settings, totals: totals, seed: 1, clockOffset: .zero, at: start)
        let others = pending > 0 ? Array(RunPolicyTests.items(pending + 1).dropFirst()) : []
        let page = LoadedPage(items: others, hasMore: false, nextDue: nil)
        let decision = machine.handle([.resumed([item(checkpoint)], page)], at: start)
        machine.checkInvariants()
        return (machine, decision)
    }

    /// An address on this machine leads nowhere when the process that served it has ended.
    @Test(arguments: [
        ("http://127.0.0.1:4000/a.png", false), ("https://localhost/a.png", false), ("http://[::1]:4000/a", false),
        ("https://replicate.delivery/a.png", true), ("plain text", true), ("127.0.0.1:4000", true), ("http://", true),
    ])
    func onlyWhatCanStillBeHadIsFetched(text: String, isFetched: Bool) {
        let settings = RunPolicyTests.settings { $0.traits = Self.local }
        let deep: JSONValue = ["file": .string(text), "size": 1, "more": [.null, true]]
        for output: JSONValue in [.string(text), [.string(text)], deep] {
            let (_, decision) = Self.session(
                .fetching(predictionID: "p1", output: output, since: Self.start), .fetching, settings)
            let fetches = decision.actions.count { if case .fetch = $0 { true } else { false } }
            #expect(fetches == (isFetched ? 1 : 0), "\(text)")
            #expect(decision.transitions.map(\.change.state) == (isFetched ? [] : [.pending]))
        }
    }

    /// Before anything new is paid for, it is known what became of what was running hours ago.
    @Test func nothingIsCreatedBeforeOldPredictionsHaveBeenSeen() {
        var (machine, decision) = Self.session(
            .running(predictionID: "p1", since: Self.at(-7200)), .running, pending: 2, RunPolicyTests.settings())
        #expect(RunPolicyTests.creates(decision).isEmpty)
        #expect(machine.hold(at: Self.start) == CreateHold(.earlierSession))
        decision = machine.handle([.read(ItemID(1), RunPolicyTests.prediction("p1", .processing))], at: Self.at(1))
        #expect(machine.hold(at: Self.at(1)) == nil)
        #expect(RunPolicyTests.creates(decision).count == 2)
    }

    @Test func youngPredictionsHoldNothingUp() {
        let (_, decision) = Self.session(
            .running(predictionID: "p1", since: Self.at(-60)), .running, pending: 2, RunPolicyTests.settings())
        #expect(RunPolicyTests.creates(decision).count == 2)
    }

    /// `on_unknown: hold` leaves a lost create to a person, and the run ends without it.
    @Test func aHeldCreateKeepsNobodyWaiting() {
        let intent = CreateIntent(at: Self.at(-5), requestDigest: "d", isEarlier: true)
        let (machine, decision) = Self.session(
            .submitting(intent), .submitting, RunPolicyTests.settings { $0.onUnknown = .hold })
        #expect(decision.transitions.map(\.change.state) == [.held])
        #expect(decision.finish == .completed)
        #expect(machine.totals[.held] == 1)
    }

    /// What another item has made is copied, not computed and not downloaded.
    @Test func aSharedResultThatWasBeingCopiedIsCopiedAgain() {
        let file = StoredOutput(index: 0, path: "a.txt", size: 1, sha256: "", mediaType: nil)
        var item = Self.item(.fetching(predictionID: "p1", output: nil, since: Self.start))
        item.shared = SharedResult(
            key: "a", name: "a", outcome: .succeeded(predictionID: "p1", result: "{}", [file]), directory: "other")
        var totals = RunTotals()
        totals[.fetching] = 1
        var machine = RunStateMachine(
            settings: RunPolicyTests.settings { $0.sharesResults = true }, totals: totals, seed: 1, at: Self.start)
        let decision = machine.handle(
            [.resumed([item], LoadedPage(items: [], hasMore: false, nextDue: nil))], at: Self.start)
        machine.checkInvariants()
        guard case .share(ItemID(1), _, _, [file], "other")? = decision.actions.first else {
            Issue.record("it is not copied: \(decision.actions)")
            return
        }
        #expect(decision.actions.count == 1)
    }

    @Test(arguments: [true, false]) func computingTimeIsCountedOnce(isCounted: Bool) {
        var item = Self.item(.running(predictionID: "p1", since: Self.start))
        item.isCounted = isCounted
        var totals = RunTotals()
        totals[.running] = 1
        totals.predictTime = 7
        var machine = RunStateMachine(
            settings: RunPolicyTests.settings(), totals: totals, seed: 1, at: Self.start)
        _ = machine.handle(
            [.resumed([item], LoadedPage(items: [], hasMore: false, nextDue: nil))], at: Self.start)
        var ended = RunPolicyTests.prediction("p1", .succeeded)
        ended.metrics = ["predict_time": 5]
        _ = machine.handle([.read(ItemID(1), ended)], at: Self.at(1))
        #expect(machine.totals.predictTime == (isCounted ? 7 : 12))
    }

    /// The time that the manifest allows began when it was created, whoever watches it.
    @Test(arguments: [(60.0, true), (30, false)]) func aTimeOutCountsFromTheEarlierSession(
        age: Double, isCanceled: Bool
    ) {
        let (_, decision) = Self.session(
            .running(predictionID: "p1", since: Self.at(-age)), .running,
            RunPolicyTests.settings { $0.steps[0].startTimeout = .seconds(50) })
        let cancels = decision.actions.contains { if case .cancel("p1") = $0 { true } else { false } }
        #expect(cancels == isCanceled)
    }
}
