import Foundation
import LosslessJSON
import ReplicateAPI
import Testing

@testable import NightshiftCore

/// When predictions in flight are looked at, how, and what the answers mean.
struct PredictionPollerTests {
    private typealias Poller = PredictionPoller

    private static let start = RunPolicyTests.start
    private static func at(_ seconds: Double) -> Timestamp { start.advanced(by: .seconds(seconds)) }

    private static func poller(
        _ count: Int = 1, made: Bool = true, _ change: (inout RunSettings) -> Void = { _ in }
    ) -> Poller {
        var poller = Poller(RunPolicyTests.settings(change), clockOffset: .zero, at: start)
        for number in 0..<count {
            var watch = Poller.Watch("p\(number)", step: 0, since: start, nextPollAt: at(1))
            if made { watch.createdAt = at(Double(number) / 1000) }
            poller.watch(ItemID(Int64(number)), watch)
        }
        return poller
    }

    private static let pace = Poller.Pace(inFlight: 1, runTimes: [RunTimes()], shortestRunTime: nil)

    private static func poll(_ poller: inout Poller, at now: Timestamp) -> [RunAction] {
        var actions: [RunAction] = []
        poller.poll(pace, into: &actions, at: now)
        return actions
    }

    private static func reads(_ actions: [RunAction]) -> [String] {
        actions.compactMap { if case .read(_, let id) = $0 { id } else { nil } }
    }

    private static func query(_ actions: [RunAction]) -> ListQuery? {
        actions.lazy.compactMap { if case .pollList(let query) = $0 { query } else { nil } }.first
    }

    private static func prediction(_ number: Int, _ status: PredictionStatus = .processing) -> Prediction {
        Prediction(id: "p\(number)", status: status, createdAt: at(Double(number) / 1000).date)
    }

    private let first = ItemID(0)

    // MARK: - Polling

    @Test func aFewAreReadSinglyWhenTheyAreDue() {
        var poller = Self.poller(2)
        #expect(poller.pollWake == Self.at(1))
        #expect(Self.poll(&poller, at: Self.at(0.5)).isEmpty)
        #expect(Self.reads(Self.poll(&poller, at: Self.at(1))) == ["p0", "p1"])
        // What is being read is not read again.
        poller.pollSoon()
        #expect(Self.poll(&poller, at: Self.at(2)).isEmpty)
    }

    @Test func manyAreSeenByOnePageOfTheirPartOfTheList() throws {
        var poller = Self.poller(50)
        let actions = Self.poll(&poller, at: Self.at(1))
        let query = try #require(Self.query(actions))
        #expect(Self.reads(actions).isEmpty)
        #expect(query.createdAfter == Self.at(-0.001))
        #expect(query.createdBefore == Self.at(0.051))
        // What the page should have shown and did not is read singly.
        let shown = (0..<49).map { Self.prediction($0) }
        let (known, unknown) = poller.listed(
            shown + [Prediction(id: "other", status: .processing)], next: nil, at: Self.at(1.1))
        #expect(known.map(\.0) == (0..<49).map { ItemID(Int64($0)) })
        #expect(unknown.map(\.id) == ["other"])
        for (id, prediction) in known {
            _ = poller.observe(id, prediction, mayBePartial: true, Self.pace, at: Self.at(1.1))
        }
        #expect(Self.reads(Self.poll(&poller, at: Self.at(1.1))) == ["p49"])
    }

    @Test func aListThatIsNotCutProvesNothing() throws {
        var poller = Self.poller(50)
        _ = Self.poll(&poller, at: Self.at(1))
        _ = poller.listed(
            [Prediction(id: "new", status: .starting, createdAt: Self.at(9).date)], next: nil, at: Self.at(1.1))
        #expect(!poller.sweep.takesBefore)
        #expect(poller.watches.values.allSatisfy { !$0.isUnlisted })
        // The next tick asks without the younger end.
        let query = try #require(Self.query(Self.poll(&poller, at: Self.at(2))))
        #expect(query.createdBefore == nil)
    }

    @Test func pagesAreReadToTheEndOrToWhereNothingNewComes() throws {
        var poller = Self.poller(250)
        #expect(Self.query(Self.poll(&poller, at: Self.at(1)))?.continuation == nil)
        _ = poller.listed((150..<250).map { Self.prediction($0) }, next: "2", at: Self.at(1.1))
        #expect(Self.query(Self.poll(&poller, at: Self.at(1.1)))?.continuation == "2")
        _ = poller.listed((150..<250).map { Self.prediction($0) }, next: "3", at: Self.at(1.2))
        #expect(poller.watches.values.count(where: \.isUnlisted) == 150)
    }

    @Test func aLongListKeepsNobodyFromBeingReadSingly() {
        var poller = Self.poller(250)
        _ = Self.poll(&poller, at: Self.at(1))
        _ = poller.listed((150..<250).map { Self.prediction($0) }, next: "2", at: Self.at(1.1))
        var single = Poller.Watch("single", step: 0, since: Self.start, nextPollAt: Self.at(1))
        single.isUnlisted = true
        poller.watch(ItemID(999), single)
        let actions = Self.poll(&poller, at: Self.at(1.1))
        #expect(Self.query(actions)?.continuation == "2")
        #expect(Self.reads(actions) == ["single"])
    }

    /// Others use the account, too, and what is looked for may have left the list.
    @Test func aListThatOthersFillIsNotReadWithoutEnd() {
        var poller = Self.poller(50)
        var query = Self.query(Self.poll(&poller, at: Self.at(1)))
        var pages = 0
        while query != nil, pages < 20 {
            pages += 1
            let foreign = (0..<100).map { Prediction(id: "other \(pages) \($0)", status: .processing) }
            _ = poller.listed(foreign, next: "page \(pages + 1)", at: Self.at(1))
            query = Self.query(Self.poll(&poller, at: Self.at(1)))
        }
        #expect(pages < 5)
    }

    @Test func aListThatStaysBrokenIsGivenUpForSingleReads() {
        var poller = Self.poller(50)
        for second in 1...3 {
            #expect(Self.query(Self.poll(&poller, at: Self.at(Double(second)))) != nil)
            poller.listFailed(
                ProviderError(.unavailable, "502"), wait: .milliseconds(10), at: Self.at(Double(second)))
        }
        #expect(Self.reads(Self.poll(&poller, at: Self.at(4))).count == 50)
    }

    @Test func aListThatFailedIsAskedAgainAfterItsWait() {
        var poller = Self.poller(50)
        #expect(Self.query(Self.poll(&poller, at: Self.at(1))) != nil)
        poller.listFailed(ProviderError(.throttled, "429"), wait: .seconds(5), at: Self.at(1))
        #expect(Self.poll(&poller, at: Self.at(2)).isEmpty)
        #expect(poller.pollWake == Self.at(6))
        #expect(Self.query(Self.poll(&poller, at: Self.at(6))) != nil)
    }

    @Test func aListThatRefusesTheYoungerEndIsAskedWithoutIt() throws {
        var poller = Self.poller(50)
        _ = Self.poll(&poller, at: Self.at(1))
        poller.listFailed(ProviderError(.rejected, "400"), wait: .zero, at: Self.at(1))
        #expect(try #require(Self.query(Self.poll(&poller, at: Self.at(2)))).createdBefore == nil)
    }

    @Test func aPollThatTheRateForbidsComesWhenItAllowsMore() {
        var poller = Self.poller(20, made: false) { $0.reads = RateLimit(count: 60, per: .seconds(60)) }
        #expect(poller.reads.take(at: Self.start) == true)
        let actions = Self.poll(&poller, at: Self.at(1))
        #expect(Self.query(actions) != nil)
        _ = poller.listed([], next: nil, at: Self.at(1))
        #expect(Self.poll(&poller, at: Self.at(1)).isEmpty)
        #expect(poller.pollWake > Self.at(1) && poller.pollWake <= Self.at(2))
    }

    // MARK: - Answers

    @Test func anAnswerOfAnotherPredictionIsAskedForAgain() {
        var poller = Self.poller()
        _ = Self.poll(&poller, at: Self.at(1))
        #expect(poller.wasRead(first, Self.prediction(7), at: Self.at(2)) == false)
        #expect(poller.watches[first]?.nextPollAt == Self.at(4))
        #expect(poller.watches[first]?.isBeingRead == false)
    }

    @Test func anEndThatSaysLessThanItsResultIsReadAgainAndThenBelieved() throws {
        var poller = Self.poller()
        let partial = try Prediction(json: ["id": "p0", "status": "succeeded", "input": [:]])
        #expect(poller.observe(first, partial, mayBePartial: true, Self.pace, at: Self.at(1)) == .mustBeRead)
        #expect(Self.reads(Self.poll(&poller, at: Self.at(1))) == ["p0"])
        for second in 2...4 { #expect(poller.wasRead(first, partial, at: Self.at(Double(second))) == false) }
        #expect(poller.wasRead(first, partial, at: Self.at(5)) == true)
        guard case .ended? = poller.observe(first, partial, mayBePartial: false, Self.pace, at: Self.at(5)) else {
            Issue.record("its end was not taken")
            return
        }
    }

    @Test func whatGoesOnIsLookedAtLaterAndAnUnknownStatusIsTold() {
        var poller = Self.poller()
        let observation = poller.observe(
            first, Self.prediction(0, .other("queued")), mayBePartial: false, Self.pace, at: Self.at(8))
        #expect(observation == .goesOn(unknownStatus: "queued"))
        // An eighth of the time that it has taken.
        #expect(poller.watches[first]?.nextPollAt == Self.at(9))
        #expect(poller.observe(first, Self.prediction(1), mayBePartial: false, Self.pace, at: Self.at(8)) == nil)
    }

    @Test func oneThatCannotBeReadForAnHourWhileOthersCanIsGivenUp() {
        var poller = Self.poller(2)
        let refusal = ProviderError(.rejected, "403")
        #expect(poller.readFailed(first, refusal, wait: .seconds(1), at: Self.start) == false)
        #expect(poller.readFailed(first, refusal, wait: .seconds(1), at: Self.at(3600)) == false)
        poller.readSucceeded(at: Self.at(3000))
        #expect(poller.readFailed(first, refusal, wait: .seconds(1), at: Self.at(3600)) == true)
        #expect(
            poller.readFailed(first, ProviderError(.unavailable, "502"), wait: .seconds(1), at: Self.at(3601)) == false)
    }

    @Test func failedReadsWaitLongerEachTime() {
        var random = SeededGenerator(seed: 3)
        var poller = Self.poller()
        let waits = (1...4).map { _ in poller.readBackoff(using: &random, at: Self.start) }
        #expect(waits.map(\.isOutage) == [false, false, true, true])
        #expect(waits.allSatisfy { $0.wait <= .seconds(60) })
        poller.readSucceeded(at: Self.start)
        #expect(poller.failuresInARow == 0)
    }

    @Test func aDeliveryBeforeTheAnswerIsKeptOnce() {
        var poller = Self.poller()
        poller.keepUnmatchedDelivery(Self.prediction(5, .succeeded))
        #expect(poller.takeUnmatchedDelivery("p5")?.status == .succeeded)
        #expect(poller.takeUnmatchedDelivery("p5") == nil)
    }

    // MARK: - Canceling

    private static func canceled(_ actions: [RunAction]) -> [String] {
        actions.compactMap { if case .cancel(let id) = $0 { id } else { nil } }
    }

    @Test func whatTakesTooLongIsCanceledOnce() {
        var poller = Self.poller(2) { $0.steps[0].startTimeout = .seconds(10) }
        #expect(Self.canceled(Self.poll(&poller, at: Self.at(9))).isEmpty)
        #expect(Self.canceled(Self.poll(&poller, at: Self.at(10))) == ["p0", "p1"])
        poller.pollSoon()
        #expect(Self.canceled(Self.poll(&poller, at: Self.at(11))).isEmpty)
        #expect(poller.watches.values.allSatisfy { $0.isTimedOut })
    }

    @Test func theTimeOfARunCountsFromWhenItIsProcessed() {
        var poller = Self.poller { $0.steps[0].runTimeout = .seconds(10) }
        _ = poller.observe(first, Self.prediction(0, .starting), mayBePartial: false, Self.pace, at: Self.at(1))
        #expect(Self.canceled(Self.poll(&poller, at: Self.at(20))).isEmpty)
        #expect(poller.wasRead(first, Self.prediction(0, .starting), at: Self.at(20)) == true)
        for second in [21.0, 25] {
            _ = poller.observe(first, Self.prediction(0), mayBePartial: false, Self.pace, at: Self.at(second))
        }
        #expect(Self.canceled(Self.poll(&poller, at: Self.at(30.9))).isEmpty)
        #expect(Self.canceled(Self.poll(&poller, at: Self.at(31))) == ["p0"])
    }

    @Test func aPersonsCancelGoesToAllInTheirOrderAndIsRepeated() {
        var poller = Self.poller(3)
        var actions: [RunAction] = []
        poller.cancelAll(into: &actions, at: Self.at(1))
        #expect(Self.canceled(actions) == ["p0", "p1", "p2"])
        poller.cancelAll(into: &actions, at: Self.at(5.9))
        #expect(Self.canceled(actions).count == 3)
        poller.cancelAll(into: &actions, at: Self.at(6))
        #expect(Self.canceled(actions).count == 6)
    }

    // MARK: - Times

    @Test func nothingIsLookedAtBeforeItCanHaveEnded() {
        let poller = Self.poller()
        #expect(poller.firstPoll(since: Self.start, of: 0, Self.pace, at: Self.start) == Self.at(0.1))
        var runTimes = RunTimes()
        for _ in 0..<20 { runTimes.observe(.seconds(60)) }
        let known = Poller.Pace(inFlight: 1, runTimes: [runTimes], shortestRunTime: .seconds(60))
        let first = poller.firstPoll(since: Self.start, of: 0, known, at: Self.start)
        #expect(first > Self.at(30) && first <= Self.at(60))
        let notified = Self.poller { $0.isNotified = true }
        #expect(notified.firstPoll(since: Self.start, of: 0, known, at: Self.start) == Self.at(120))
    }

    @Test func manyAreLookedAtTogether() {
        let poller = Self.poller()
        let many = Poller.Pace(inFlight: 100, runTimes: [RunTimes()], shortestRunTime: .seconds(10))
        let polls = (0..<50).map {
            poller.nextPoll(since: Self.start, of: 0, many, at: Self.at(4 + Double($0) / 1000))
        }
        #expect(Set(polls).count == 1)
        #expect(polls[0].milliseconds % 400 == 0)
        #expect(polls[0] >= Self.at(4.5), "none of them earlier than alone")
    }
}
