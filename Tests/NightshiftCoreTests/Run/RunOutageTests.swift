import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Testing

/// What people hear of a provider that fails: once, until it is over, and anew when it begins again.
struct RunOutageTests {
    private static let start = RunPolicyTests.start
    private static func at(_ seconds: Double) -> Timestamp { start.advanced(by: .seconds(seconds)) }

    /// A machine with so many predictions in flight: `p1`, `p2`, …
    private static func running(_ count: Int, resumedAt age: Double? = nil) -> RunStateMachine {
        if let age {
            let items = RunPolicyTests.items(count).enumerated().map { place, item in
                var item = item
                item.attempt = 1
                item.checkpoint = .running(predictionID: "p\(place + 1)", since: at(-age))
                return item
            }
            return RunPolicyTests.machine(0, RunPolicyTests.settings(), resumed: items).0
        }
        var (machine, decision) = RunPolicyTests.machine(count, RunPolicyTests.settings())
        for create in RunPolicyTests.creates(decision) {
            let prediction = RunPolicyTests.prediction("p\(create.item.rawValue)", .starting)
            decision = machine.handle([.created(create.item, attempt: 1, prediction)], at: start)
        }
        return machine
    }

    // MARK: - Reading

    @Test func predictionsThatCannotBeReadAreToldOnceUntilTheyCan() {
        var machine = Self.running(1)
        let failure = RunEvent.readFailed(ItemID(1), ProviderError(.unavailable, "GET was answered with 502"))
        func told(_ machine: inout RunStateMachine, _ seconds: ClosedRange<Int>) -> [Announcement] {
            seconds.flatMap { machine.handle([failure], at: Self.at(Double($0) * 10)).announcements }
        }
        #expect(told(&machine, 1...2).isEmpty, "one or two failures are no outage")
        let first = told(&machine, 3...9)
        #expect(first.map(\.kind) == [.unreachable])
        #expect(first.first?.cause == .readingFails(message: "GET was answered with 502"))
        let back = RunEvent.read(ItemID(1), RunPolicyTests.prediction("p1", .processing))
        #expect(machine.handle([back], at: Self.at(100)).announcements.isEmpty)
        #expect(told(&machine, 11...19).map(\.kind) == [.unreachable])
    }

    // MARK: - Predictions that are not found

    private static let broken = ProviderCheck(account: .failed("404"), list: .failed("404"))
    private static let answering = ProviderCheck(account: .answered, list: .answered)

    /// One prediction is missed until it is looked for more closely, which shows what is given.
    private static func miss(
        _ machine: inout RunStateMachine, _ item: Int64, from second: Double, _ check: AbsenceCheck
    ) -> Decision {
        let missing = RunEvent.readFailed(ItemID(item), ProviderError(.notFound, "404"))
        for step in 0..<4 { _ = machine.handle([missing], at: at(second + Double(step) * 20)) }
        return machine.handle([.absenceChecked(ItemID(item), check)], at: at(second + 61))
    }

    @Test func anOutageThatIsOverIsToldAnewWhenItBeginsAgain() {
        var machine = Self.running(2)
        let outage = AbsenceCheck(prediction: .missing, witness: .missing, provider: Self.broken)
        let first = Self.miss(&machine, 1, from: 1, outage)
        #expect(first.announcements.map(\.kind) == [.unreachable])
        guard case .predictionsMissing(count: 1, _)? = first.announcements.first?.cause else {
            Issue.record("\(first.announcements)")
            return
        }
        // The other one is there, so this one is gone.
        let witness = RunPolicyTests.prediction("p2", .processing)
        let gone = Self.miss(
            &machine, 1, from: 100,
            AbsenceCheck(prediction: .missing, witness: .found(witness), provider: Self.answering))
        #expect(gone.transitions.first?.change.state == .pending)
        #expect(Self.miss(&machine, 2, from: 200, outage).announcements.map(\.kind) == [.unreachable])
    }

    /// The provider knows what it has, so the others are looked for one by one.
    @Test func anOutageIsOverWhenTheProviderKnowsAnother() {
        var machine = Self.running(3)
        let outage = AbsenceCheck(prediction: .missing, witness: .missing, provider: Self.broken)
        _ = Self.miss(&machine, 1, from: 1, outage)
        _ = Self.miss(&machine, 2, from: 100, outage)
        #expect(machine.hold(at: Self.at(162)) == CreateHold(.missingPredictions))
        let witness = RunPolicyTests.prediction("p3", .processing)
        _ = Self.miss(
            &machine, 1, from: 200,
            AbsenceCheck(prediction: .missing, witness: .found(witness), provider: Self.answering))
        #expect(machine.hold(at: Self.at(262)) == nil)
    }

    @Test func anOutageIsOverWhenOneOfThemIsFound() {
        var machine = Self.running(2)
        let outage = AbsenceCheck(prediction: .missing, witness: .missing, provider: Self.broken)
        for (item, second): (Int64, Double) in [(1, 1), (2, 100)] {
            _ = Self.miss(&machine, item, from: second, outage)
        }
        #expect(machine.hold(at: Self.at(162)) == CreateHold(.missingPredictions))
        _ = machine.handle([.read(ItemID(2), RunPolicyTests.prediction("p2", .processing))], at: Self.at(170))
        #expect(machine.hold(at: Self.at(170)) == nil)
    }

    @Test func oneThatTheListShowsAfterAnOutageHoldsNothingUp() {
        var machine = Self.running(1)
        let outage = AbsenceCheck(prediction: .missing, witness: nil, provider: Self.broken)
        _ = Self.miss(&machine, 1, from: 1, outage)
        #expect(machine.hold(at: Self.at(62)) == CreateHold(.missingPredictions))
        let listed = AbsenceCheck(
            prediction: .missing, witness: nil, provider: Self.answering,
            listed: [RunPolicyTests.prediction("p1", .processing)])
        #expect(Self.miss(&machine, 1, from: 100, listed).transitions.isEmpty)
        #expect(machine.hold(at: Self.at(162)) == nil)
    }

    @Test func oneOldResultThatIsGoneIsToldBeforeItIsMadeAgain() {
        var machine = Self.running(1, resumedAt: 86_400)
        var removed = Prediction(id: "p1", output: nil, status: .succeeded)
        removed.dataRemoved = true
        let decision = machine.handle([.read(ItemID(1), removed)], at: Self.start)
        #expect(decision.announcements.map(\.cause) == [.resultsExpired(count: 1)])
    }

    // MARK: - A token that is refused

    @Test(arguments: [true, false]) func aTokenThatIsRefusedForEveryReadIsWaitedForIfPeopleWant(waits: Bool) {
        var (machine, decision) = RunPolicyTests.machine(1, RunPolicyTests.settings { $0.waitsWhenRefused = waits })
        decision = machine.handle(
            [.created(ItemID(1), attempt: 1, RunPolicyTests.prediction("p1", .starting))], at: Self.start)
        let refused = RunEvent.readFailed(ItemID(1), ProviderError(.unauthorized, "401 Unauthenticated"))
        decision = machine.handle([refused], at: Self.at(1))
        #expect(decision.announcements.isEmpty && decision.finish == nil, "one refusal may be an accident")
        decision = machine.handle([refused], at: Self.at(2))
        #expect(decision.announcements.map(\.kind) == (waits ? [.paused] : []))
        #expect(decision.finish == (waits ? nil : .refused("401 Unauthenticated")))
        #expect(machine.totals[.running] == 1, "what runs there is found again")
    }

    // MARK: - Creating

    @Test func aProviderThatTakesNothingIsToldOnceUntilItDoes() throws {
        var (machine, decision) = RunPolicyTests.machine(1, RunPolicyTests.settings())
        let page = RunEvent.loaded(LoadedPage(items: RunPolicyTests.items(1), hasMore: false, nextDue: nil))
        let failure = ProviderError(.notSent, "POST: connection refused")
        var told: [[Announcement.Kind]] = []
        var now = Self.start
        func send(_ answer: (ItemID, Int) -> RunEvent) throws {
            while RunPolicyTests.creates(decision).isEmpty {
                if decision.load != nil {
                    decision = machine.handle([page], at: now)
                } else {
                    now = try #require(decision.wake)
                    decision = machine.handle([.woke], at: now)
                }
            }
            let create = RunPolicyTests.creates(decision)[0]
            decision = machine.handle([answer(create.item, create.attempt)], at: now)
            told.append(decision.announcements.map(\.kind))
        }
        for _ in 1...6 { try send { .createFailed($0, attempt: $1, failure) } }
        #expect(told == [[], [], [.unreachable], [], [], []], "one or two are no outage")
        try send { .created($0, attempt: $1, RunPolicyTests.prediction("p1", .starting)) }
        #expect(told.last == [.resumed])
    }
}
