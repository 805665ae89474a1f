import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Testing

/// Refused creates: the account, everybody behind a gateway, or one item.
struct RefusalTests {
    /// Plays creates against a provider that refuses some, in virtual time.
    private struct Play {
        var machine: RunStateMachine
        var now = RunPolicyTests.start
        var sent: [Int] = []
        var told: [Announcement.Kind] = []
        var states: [Int: ItemState] = [:]
        var failures: [AttemptFailure] = []
        var end: RunEnd?
        private var due: [Int: Int64] = [:]

        init(items: Int, concurrency: Int, _ change: (inout RunSettings) -> Void = { _ in }) {
            let settings = RunPolicyTests.settings {
                $0.steps[0].concurrency = concurrency
                change(&$0)
            }
            var totals = RunTotals()
            totals[.pending] = items
            machine = RunStateMachine(settings: settings, totals: totals, seed: 3, at: now)
            for number in 1...items { (states[number], due[number]) = (.pending, 0) }
        }

        /// - Parameters:
        ///   - check: what the provider says of its account and list.
        ///   - refusal: the refusal of an item, if it is refused now.
        mutating func run(
            seconds: Double, check: ProviderCheck = ProviderCheck(account: .answered, list: .answered),
            refusal: (Int, Timestamp) -> ProviderError?
        ) {
            let end = now.advanced(by: .seconds(seconds))
            var events: [RunEvent] = [.resumed([], page(0))]
            var waiting: [RunEvent] = []
            while now < end, self.end == nil {
                let decision = machine.handle(events, at: now)
                machine.checkInvariants()
                told += decision.announcements.map(\.kind)
                for transition in decision.transitions {
                    let number = Int(transition.item.rawValue)
                    states[number] = transition.change.state
                    switch transition.change {
                    case .returned(_, let at): due[number] = at.milliseconds
                    case .failed(let failure, _): failures.append(failure)
                    default: break
                    }
                }
                self.end = decision.finish
                waiting += decision.actions.compactMap { action in
                    switch action {
                    case .create(let item, _, _, let attempt, _):
                        sent.append(Int(item.rawValue))
                        if let error = refusal(Int(item.rawValue), now) {
                            return .createFailed(item, attempt: attempt, error)
                        }
                        return .created(
                            item, attempt: attempt, RunPolicyTests.prediction("p\(item.rawValue)", .succeeded))
                    case .fetch(let item, _, let attempt, _): return .fetched(item, attempt: attempt, [])
                    case .checkProvider: return .providerChecked(check)
                    default: return nil
                    }
                }
                // A page is taken up before any later fact, as the runner does it.
                if decision.load != nil {
                    events = [.loaded(page(now.milliseconds))]
                } else if !waiting.isEmpty {
                    (events, waiting) = (waiting, [])
                } else {
                    events = [.woke]
                    now = max(now.advanced(by: .milliseconds(1)), decision.wake ?? end)
                }
            }
        }

        private func page(_ now: Int64) -> LoadedPage {
            let pending = states.filter { $0.value == .pending }.keys.sorted()
            let ready = pending.filter { (due[$0] ?? 0) <= now }
            let later = pending.compactMap { due[$0] }.filter { $0 > now }.min()
            let items = ready.map { number in
                var item = RunPolicyTests.items(number)[number - 1]
                item.name = "\(number)"
                return item
            }
            return LoadedPage(items: items, hasMore: false, nextDue: later.map(Timestamp.init(milliseconds:)))
        }

        func count(_ state: ItemState) -> Int { states.values.count { $0 == state } }
    }

    private static let page = ProviderError(.foreignRefusal, "POST /predictions was answered with 403")
    private static let own = ProviderError(.unauthorized, "POST /predictions was answered with 403: Forbidden: no")

    @Test(arguments: [1, 4, 16], [1, 3, 8]) func oneItemThatAFirewallRefusesFailsAlone(concurrency: Int, bad: Int) {
        var play = Play(items: 8, concurrency: concurrency)
        play.run(seconds: 200) { number, _ in number == bad ? Self.page : nil }
        #expect(play.end == .completed)
        #expect(play.count(.succeeded) == 7)
        #expect(play.states[bad] == .failed)
        #expect(play.failures.map(\.failureClass) == [.rejected])
        #expect(play.told.isEmpty, "nothing is paused")
        #expect(play.machine.totals.predictions == 7)
        #expect(play.sent.filter { $0 == bad }.count <= 3)
    }

    @Test(arguments: [1, 4]) func severalBadItemsFailAndTheOthersPass(concurrency: Int) {
        var play = Play(items: 20, concurrency: concurrency)
        play.run(seconds: 3000) { number, _ in number.isMultiple(of: 5) ? Self.page : nil }
        #expect(play.end == .completed)
        #expect(play.count(.succeeded) == 16)
        #expect(play.count(.failed) == 4)
    }

    @Test(arguments: [1, 2], [2, 3]) func whereOnlyRefusedItemsAreLeftEachFails(concurrency: Int, bad: Int) {
        var play = Play(items: bad, concurrency: concurrency)
        // They are tried in turn, so none is ever refused twice in a row.
        play.run(seconds: 7200) { _, _ in Self.page }
        #expect(play.end == .completed)
        #expect((1...bad).allSatisfy { play.states[$0] == .failed })
        #expect(play.sent.count < 40 * bad)
    }

    @Test func theOnlyItemThatIsRefusedFailsWhileTheProviderAnswers() {
        var play = Play(items: 1, concurrency: 4)
        play.run(seconds: 600) { _, _ in Self.page }
        #expect(play.end == .completed)
        #expect(play.count(.failed) == 1)
    }

    @Test func theOnlyItemIsNotToBlameWhileTheProviderAnswersNothing() {
        var play = Play(items: 1, concurrency: 4)
        let broken = ProviderCheck(account: .failed("403"), list: .failed("403"))
        let start = play.now
        play.run(seconds: 4000, check: broken) { _, now in
            start.duration(to: now) < .seconds(1800) ? Self.page : nil
        }
        #expect(play.end == .completed)
        #expect(play.count(.succeeded) == 1)
        #expect(play.told == [.paused, .resumed])
    }

    @Test(arguments: [1, 8]) func aGatewayThatRefusesEverythingForATimeFailsNothing(concurrency: Int) {
        var play = Play(items: 12, concurrency: concurrency)
        let start = play.now
        let broken = ProviderCheck(account: .failed("403"), list: .failed("403"))
        play.run(seconds: 4000, check: broken) { number, now in
            number > 3 && start.duration(to: now) < .seconds(900) ? Self.page : nil
        }
        #expect(play.end == .completed)
        #expect(play.count(.succeeded) == 12)
        #expect(play.told == [.paused, .resumed])
        #expect(play.sent.count < 12 + 2 * concurrency + 60, "\(play.sent.count) creates were sent")
    }

    @Test func nobodyWaitsForAGatewayWhoDoesNotWantTo() {
        var play = Play(items: 12, concurrency: 4) { $0.waitsWhenRefused = false }
        play.run(seconds: 600) { _, _ in Self.page }
        #expect(play.end == .refused(Self.page.message))
        #expect(play.count(.pending) == 12)
    }

    @Test(arguments: [1, 4]) func aRefusalInTheAPIsFormThatOneItemGetsAloneIsItsFailure(concurrency: Int) {
        var play = Play(items: 9, concurrency: concurrency)
        play.run(seconds: 3000) { number, _ in number == 3 ? Self.own : nil }
        #expect(play.end == .completed)
        #expect(play.count(.succeeded) == 8)
        #expect(play.failures.map(\.failureClass) == [.rejected])
    }

    @Test func aTokenThatIsRevokedInTheMiddleFailsNothing() {
        var play = Play(items: 30, concurrency: 4)
        let start = play.now
        var passed = 0
        play.run(seconds: 9000, check: ProviderCheck(account: .failed("401"), list: .failed("401"))) { _, now in
            passed += 1
            return passed > 10 && start.duration(to: now) < .seconds(3000) ? Self.own : nil
        }
        #expect(play.end == .completed)
        #expect(play.count(.succeeded) == 30)
        #expect(play.told == [.paused, .resumed])
    }

    @Test func aModelThatIsMissingAllOfASuddenIsAskedForAgainWhileNothingElseIsKnown() {
        var play = Play(items: 10, concurrency: 1)
        let start = play.now
        let missing = ProviderError(.notFound, "POST /predictions was answered with 404")
        let broken = ProviderCheck(account: .failed("404"), list: .failed("404"))
        play.run(seconds: 600, check: broken) { number, now in
            number > 4 && start.duration(to: now) < .seconds(60) ? missing : nil
        }
        #expect(play.end == .completed)
        #expect(play.count(.succeeded) == 10)
        #expect(play.told == [.unreachable, .resumed])
    }

    @Test func aModelThatIsMissingWhileAllElseIsKnownEndsTheRun() {
        var play = Play(items: 10, concurrency: 1)
        let missing = ProviderError(.notFound, "POST /predictions was answered with 404")
        play.run(seconds: 600) { number, _ in number > 4 ? missing : nil }
        #expect(play.end == .breaker(.refused(missing.message)))
        #expect(play.count(.succeeded) == 4)
    }

    // MARK: - Reads

    @Test func oneReadThatIsRefusedPausesNothing() {
        var (machine, decision) = RunPolicyTests.machine(4, RunPolicyTests.settings())
        let sent = RunPolicyTests.creates(decision)
        for create in sent {
            _ = machine.handle(
                [.created(create.item, attempt: 1, RunPolicyTests.prediction("p\(create.item.rawValue)", .starting))],
                at: RunPolicyTests.start)
        }
        decision = machine.handle([.readFailed(sent[0].item, Self.own)], at: RunPolicyTests.start)
        #expect(decision.announcements.isEmpty)
        decision = machine.handle(
            [.read(sent[1].item, RunPolicyTests.prediction("p\(sent[1].item.rawValue)", .processing))],
            at: RunPolicyTests.start)
        decision = machine.handle([.readFailed(sent[0].item, Self.own)], at: RunPolicyTests.start)
        #expect(decision.announcements.isEmpty)
        // Two different ones are the account's.
        decision = machine.handle([.readFailed(sent[2].item, Self.own)], at: RunPolicyTests.start)
        #expect(decision.announcements.map(\.kind) == [.paused])
    }
}
