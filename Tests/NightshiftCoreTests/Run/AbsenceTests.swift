import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Testing

/// Predictions that the provider does not find: an outage, another account, or really gone.
struct AbsenceTests {
    private static let answering = ProviderCheck(account: .answered, list: .answered)
    private static let missing = ProviderError(.notFound, "404 The requested resource could not be found.")

    private static func at(_ seconds: Double) -> Timestamp { RunPolicyTests.start.advanced(by: .seconds(seconds)) }

    /// The predictions that are looked for more closely.
    static func checks(_ decision: Decision) -> [String] {
        decision.actions.compactMap { if case .checkAbsence(_, let id, _) = $0 { id } else { nil } }
    }

    /// A machine with predictions `p1`, `p2`, … in flight, and with one more item to do.
    private static func machine(inFlight count: Int) -> RunStateMachine {
        var (machine, decision) = RunPolicyTests.machine(
            count + 1, RunPolicyTests.settings { $0.steps[0].concurrency = count })
        for create in RunPolicyTests.creates(decision) {
            decision = machine.handle(
                [
                    .created(
                        create.item, attempt: 1, RunPolicyTests.prediction("p\(create.item.rawValue)", .starting))
                ], at: at(0))
        }
        return machine
    }

    /// The same as an earlier session has left it.
    private static func resumed(_ count: Int) -> (RunStateMachine, Decision) {
        let items = (1...count).map { number in
            var item = RunPolicyTests.items(number)[number - 1]
            item.attempt = 1
            item.checkpoint = .running(predictionID: "p\(number)", since: at(-60))
            return item
        }
        var totals = RunTotals()
        totals[.running] = count
        totals[.pending] = 1
        var machine = RunStateMachine(settings: RunPolicyTests.settings(), totals: totals, seed: 1, at: at(0))
        var more = RunPolicyTests.items(count + 1)[count]
        more.key = "more"
        let decision = machine.handle(
            [.resumed(items, LoadedPage(items: [more], hasMore: false, nextDue: nil))], at: at(0))
        return (machine, decision)
    }

    private struct Outcome {
        var states: [ItemState] = []
        var creates = 0
        var checks = 0
        var told: [Announcement.Kind] = []
        var reasons: [String] = []
    }

    /// Lets a machine look and wait; each read is answered as if the prediction was not there.
    private static func play(
        _ machine: inout RunStateMachine, after first: Decision? = nil, seconds: Double, present: Set<String> = [],
        check: (ItemID, String?) -> AbsenceCheck
    ) -> Outcome {
        var outcome = Outcome()
        var now = at(1)
        var events: [RunEvent] = [.woke]
        var begun = first
        while now < at(seconds) {
            let decision = begun ?? machine.handle(events, at: now)
            begun = nil
            machine.checkInvariants()
            outcome.states += decision.transitions.map(\.change.state)
            outcome.reasons += decision.transitions.compactMap {
                if case .held(let reason) = $0.change { reason } else { nil }
            }
            outcome.told += decision.announcements.map(\.kind)
            events = []
            for action in decision.actions {
                switch action {
                case .create: outcome.creates += 1
                case .read(let item, let id):
                    events.append(
                        present.contains(id)
                            ? .read(item, RunPolicyTests.prediction(id, .processing)) : .readFailed(item, missing))
                case .pollList: events.append(.polled(present.map { RunPolicyTests.prediction($0, .processing) }))
                case .checkAbsence(let item, _, let witness):
                    outcome.checks += 1
                    events.append(.absenceChecked(item, check(item, witness)))
                default: break
                }
            }
            if decision.finish != nil { return outcome }
            if events.isEmpty {
                events = [.woke]
                now = max(now.advanced(by: .milliseconds(1)), decision.wake ?? now.advanced(by: .seconds(1)))
            } else {
                now = now.advanced(by: .milliseconds(50))
            }
        }
        return outcome
    }

    /// What is sent while the provider knows nothing of what it has would be paid for in vain.
    @Test func nothingIsCreatedWhileNothingIsFound() throws {
        var machine = Self.machine(inFlight: 1)
        let broken = ProviderCheck(account: .failed("404"), list: .failed("404"))
        _ = Self.play(&machine, seconds: 120) { _, _ in
            AbsenceCheck(prediction: .missing, witness: nil, provider: broken)
        }
        // There is room and work.
        let more = ControlEvent.asked(.set(try OrderChange(parsing: ["concurrency=5"])), nil)
        var decision = machine.handle([.control(more)], at: Self.at(121))
        #expect(RunPolicyTests.creates(decision).isEmpty)
        #expect(machine.hold(at: Self.at(121)) == CreateHold(.missingPredictions))
        decision = machine.handle([.read(ItemID(1), RunPolicyTests.prediction("p1", .processing))], at: Self.at(122))
        #expect(RunPolicyTests.creates(decision).count == 1)
        #expect(machine.hold(at: Self.at(122)) == nil)
    }

    @Test(arguments: [1, 2, 30]) func anOutageThatAnswersNotFoundToEverythingLosesNothing(items: Int) {
        var machine = Self.machine(inFlight: items)
        let count = machine.totals[.running]
        let broken = ProviderCheck(
            account: .failed("GET /account was answered with 404"),
            list: .failed("GET /predictions was answered with 404"))
        let outcome = Self.play(&machine, seconds: 3600) { _, _ in
            AbsenceCheck(prediction: .missing, witness: .missing, provider: broken)
        }
        #expect(outcome.states.isEmpty)
        #expect(outcome.creates == 0, "nothing new is paid for meanwhile")
        #expect(outcome.told == [.unreachable], "it is told once")
        #expect(outcome.checks > 3)
        // It ends, and all of them are there.
        var decision = machine.handle([.woke], at: Self.at(3700))
        var events: [RunEvent] = []
        for _ in 0..<200 where machine.totals[.fetching] < count {
            events = decision.actions.compactMap { action in
                switch action {
                case .read(let item, let id): .read(item, RunPolicyTests.prediction(id, .succeeded))
                case .pollList: .polled((1...count).map { RunPolicyTests.prediction("p\($0)", .succeeded) })
                case .checkAbsence(let item, let id, _):
                    .absenceChecked(
                        item,
                        AbsenceCheck(
                            prediction: .found(RunPolicyTests.prediction(id, .succeeded)), witness: nil,
                            provider: Self.answering))
                default: nil
                }
            }
            decision = machine.handle(
                events.isEmpty ? [.woke] : events, at: decision.wake ?? Self.at(3800))
        }
        #expect(machine.totals[.fetching] == count)
        // Those that were not in flight yet may have been created since.
        #expect(machine.totals.predictions <= items + 1)
    }

    @Test func oneThatIsGoneWhileAnotherIsThereIsMadeAgain() {
        var machine = Self.machine(inFlight: 2)
        let outcome = Self.play(&machine, seconds: 60, present: ["p2"]) { _, witness in
            #expect(witness == "p2")
            return AbsenceCheck(
                prediction: .missing, witness: .found(RunPolicyTests.prediction("p2", .processing)),
                provider: Self.answering)
        }
        #expect(outcome.states.first == .pending)
        #expect(outcome.checks == 1)
    }

    @Test func oneThatIsGoneWhileTheListShowsOthersOfTheRunIsMadeAgain() {
        var machine = Self.machine(inFlight: 2)
        let outcome = Self.play(&machine, seconds: 60) { item, _ in
            AbsenceCheck(
                prediction: .missing, witness: nil, provider: Self.answering,
                listed: [RunPolicyTests.prediction(item == ItemID(1) ? "p2" : "p1", .processing)])
        }
        #expect(outcome.states.first == .pending)
    }

    @Test func oneThatTheListShowsIsThere() {
        var machine = Self.machine(inFlight: 1)
        let outcome = Self.play(&machine, seconds: 900) { _, _ in
            AbsenceCheck(
                prediction: .missing, witness: nil, provider: Self.answering,
                listed: [RunPolicyTests.prediction("p1", .processing)])
        }
        #expect(outcome.states.allSatisfy { $0 != .pending && $0 != .held })
    }

    @Test(arguments: [true, false]) func allThatAreMissingAtOnceAreHeldAndNotPaidForAgain(isResumed: Bool) {
        var (machine, first): (RunStateMachine, Decision?) =
            isResumed ? Self.resumed(5) : (Self.machine(inFlight: 5), nil)
        let count = machine.totals[.running]
        let outcome = Self.play(&machine, after: first, seconds: 2000) { _, _ in
            AbsenceCheck(prediction: .missing, witness: nil, provider: Self.answering)
        }
        #expect(outcome.states.filter { $0 == .held }.count == count)
        #expect(!outcome.states.contains(.pending))
        #expect(outcome.told.filter { $0 == .unreachable }.count == 1)
        #expect(outcome.reasons.allSatisfy { $0.contains("does not know prediction p") })
        #expect(machine.totals.predictions <= (isResumed ? 1 : 6))
    }

    @Test func severalOfAnEarlierSessionThatAreGoneAreHeld() {
        var (machine, first) = Self.resumed(6)
        let outcome = Self.play(&machine, after: first, seconds: 600, present: ["p6"]) { _, _ in
            AbsenceCheck(
                prediction: .missing, witness: .found(RunPolicyTests.prediction("p6", .processing)),
                provider: Self.answering)
        }
        #expect(outcome.states.filter { $0 == .held }.count == 5)
        #expect(!outcome.states.contains(.pending))
    }

    @Test func anAnswerInAnotherFormSaysNothingAboutAPrediction() {
        var machine = Self.machine(inFlight: 1)
        let foreign = RunEvent.readFailed(ItemID(1), ProviderError(.foreignRefusal, "404"))
        for second in 1...200 {
            let decision = machine.handle([foreign], at: Self.at(Double(second)))
            #expect(decision.transitions.isEmpty && Self.checks(decision).isEmpty)
        }
    }

    @Test func aServerWithoutAccountsIsNoWitnessByItsListAlone() {
        var machine = Self.machine(inFlight: 1)
        let outcome = Self.play(&machine, seconds: 100) { _, _ in
            AbsenceCheck(
                prediction: .missing, witness: nil, provider: ProviderCheck(account: .unsupported, list: .answered))
        }
        #expect(outcome.states.isEmpty)
    }
}
