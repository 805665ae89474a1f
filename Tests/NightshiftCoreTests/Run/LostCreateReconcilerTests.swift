import Foundation
import LosslessJSON
import ReplicateAPI
import Testing

@testable import NightshiftCore

/// What a look through the list proves of creates whose answer was lost.
struct LostCreateReconcilerTests {
    private typealias Reconciler = LostCreateReconciler

    private static let start = RunPolicyTests.start
    private static func at(_ seconds: Double) -> Timestamp { start.advanced(by: .seconds(seconds)) }
    private static func input(_ number: Int) -> JSONValue { ["n": .number(JSONNumber(number)), "seed": 1] }
    private static let clock = ProviderClock(offset: .zero)

    /// Creates of the items with these numbers, lost at the start.
    private static func reconciler(
        _ numbers: [Int] = [1], loss: CreateLoss = .answered, equal: Bool = false
    ) -> Reconciler {
        var reconciler = Reconciler(RunPolicyTests.settings())
        for number in numbers {
            let input = input(equal ? 1 : number)
            let intent = CreateIntent(
                at: at(Double(number) / 1000), requestDigest: RequestDigest.of(input), clockOffset: .zero)
            reconciler.add(
                ItemID(Int64(number)), step: 0, LostCreate(intent, lostAt: start, loss: loss),
                sent: InputFingerprint(input: input, files: []), at: start)
        }
        return reconciler
    }

    private static func row(_ id: String, _ number: Int = 1, at instant: Timestamp = start) -> Prediction {
        Prediction(id: id, input: input(number), status: .processing, source: "api", createdAt: instant.date)
    }

    private static func around(
        submitting: [Int] = [], holders: [String: ItemID] = [:], shown: [Timestamp] = []
    ) -> Reconciler.Surroundings {
        Reconciler.Surroundings(
            submitting: Dictionary(
                submitting.map { (RequestDigest.of(input($0)), 1) }, uniquingKeysWith: { $0 + $1 }),
            submittingInputs: submitting.map { InputFingerprint(input: input($0), files: []) }, holders: holders,
            shown: shown, clock: clock)
    }

    /// One look, in which every page shows these rows.
    private static func look(
        _ reconciler: inout Reconciler, _ rows: [Prediction] = [], at now: Timestamp,
        _ around: Reconciler.Surroundings = around()
    ) -> [Reconciler.Finding]? {
        while reconciler.next(clock, isFetching: { _ in false }, at: now) != nil {
            guard let search = reconciler.search else { return nil }
            reconciler.asked()
            let page = ListPage(rows, candidates: search.candidates(among: rows))
            if let findings = reconciler.listed(page, around, at: now) { return findings }
        }
        return nil
    }

    private static func text(_ finding: Reconciler.Finding) -> String {
        switch finding {
        case .adopt(let one, let prediction): "\(one.id.rawValue) adopts \(prediction.id)"
        case .hold(let one, _): "\(one.id.rawValue) is held"
        case .quiet(let one): "\(one.id.rawValue) is quiet"
        case .absent(let one): "\(one.id.rawValue) is absent"
        case .late(let late, let prediction): "\(late.item.rawValue) is late as \(prediction.id)"
        }
    }

    private static func texts(_ findings: [Reconciler.Finding]?) -> [String] { (findings ?? []).map(text) }

    @Test func nobodyLooksBeforeTheListCanShowIt() {
        var reconciler = Self.reconciler()
        #expect(reconciler.next(Self.clock, isFetching: { _ in false }, at: Self.at(1.9)) == nil)
        #expect(reconciler.opening == Self.at(2))
        #expect(reconciler.next(Self.clock, isFetching: { _ in false }, at: Self.at(2)) != nil)
        reconciler.asked()
        #expect(reconciler.opening == nil)
    }

    @Test func equalInputsTakeTheOldestRowsInTheirOrder() {
        var reconciler = Self.reconciler([1, 2], equal: true)
        let rows = [Self.row("late", at: Self.at(2)), Self.row("early", at: Self.at(1))]
        #expect(Self.texts(Self.look(&reconciler, rows, at: Self.at(3))) == ["1 adopts early", "2 adopts late"])
    }

    /// What has failed would be made again while the other one's result can be had.
    @Test func whatHasFailedIsTakenLast() {
        var reconciler = Self.reconciler()
        var failed = Self.row("failed", at: Self.at(1))
        failed.status = .failed
        let rows = [failed, Self.row("p", at: Self.at(2))]
        #expect(Self.texts(Self.look(&reconciler, rows, at: Self.at(3))).first == "1 adopts p")
    }

    @Test func aRowThatSomebodyHasOrMayHaveIsNotTaken() {
        var reconciler = Self.reconciler()
        let rows = [Self.row("p")]
        #expect(Self.look(&reconciler, rows, at: Self.at(3), Self.around(holders: ["p": ItemID(9)]))?.isEmpty == true)
        // The answer to an equal create that is being sent tells whose it is.
        #expect(Self.look(&reconciler, rows, at: Self.at(6), Self.around(submitting: [1]))?.isEmpty == true)
        #expect(Self.texts(Self.look(&reconciler, rows, at: Self.at(9))) == ["1 adopts p"])
    }

    /// Of two equal inputs one is looked for while the other is sent: the answer may come between the pages of the look, and what
    /// it made may have ended by the last of them.
    @Test func aRowThatSomebodyTookDuringTheLookIsNotTaken() {
        var reconciler = Self.reconciler()
        #expect(reconciler.next(Self.clock, isFetching: { _ in false }, at: Self.at(3)) != nil)
        reconciler.taken("p")
        #expect(Self.look(&reconciler, [Self.row("p")], at: Self.at(3))?.isEmpty == true)
        // The store tells the next look whose it is.
        #expect(Self.texts(Self.look(&reconciler, [Self.row("p")], at: Self.at(9))) == ["1 adopts p"])
    }

    @Test func whatTheListDoesNotShowInTimeIsAbsent() {
        var reconciler = Self.reconciler()
        #expect(Self.look(&reconciler, at: Self.at(3))?.isEmpty == true)
        #expect(Self.texts(Self.look(&reconciler, at: Self.at(16))) == ["1 is absent"])
    }

    /// Somebody else may have sent the same as another one.
    @Test func aRowOfAnotherInputSaysNothing() {
        var reconciler = Self.reconciler([1, 2])
        let rows = [Self.row("a", 2), Self.row("b", 2)]
        let findings = Self.texts(Self.look(&reconciler, rows, at: Self.at(16)))
        #expect(Set(findings) == ["1 is absent", "2 adopts a"] || Set(findings) == ["1 is absent", "2 adopts b"])
    }

    @Test func aCreateThatMayStandInAQueueIsWaitedFor() {
        var reconciler = Self.reconciler(loss: .timedOut)
        #expect(Self.texts(Self.look(&reconciler, at: Self.at(16))) == ["1 is quiet"])
        #expect(reconciler.lost[ItemID(1)]?.create.isQuiet == true)
        #expect(Self.look(&reconciler, at: Self.at(60))?.isEmpty == true)
        // What was sent later and is there has overtaken it.
        reconciler.accepted(sentAt: Self.at(50), at: Self.at(61))
        #expect(Self.look(&reconciler, at: Self.at(120)).map(Self.texts) == ["1 is absent"])
    }

    @Test func aListThatHidesWhatIsKnownProvesNothing() {
        var reconciler = Self.reconciler()
        let around = Self.around(shown: [Self.start])
        for second in [16.0, 60] { #expect(Self.look(&reconciler, at: Self.at(second), around)?.isEmpty == true) }
        #expect(Self.look(&reconciler, at: Self.at(100), around)?.isEmpty == true)
        #expect(Self.texts(Self.look(&reconciler, at: Self.at(200), around)) == ["1 is held"])
    }

    @Test func whatWasCertainlyMadeIsNotMadeAgain() {
        var reconciler = Self.reconciler(loss: .accepted)
        #expect(Self.texts(Self.look(&reconciler, at: Self.at(16))) == ["1 is held"])
    }

    @Test func aRowWithoutItsInputIsReadSinglyAndElseHeld() {
        var reconciler = Self.reconciler()
        let bare = Prediction(id: "p", input: [:], status: .processing, source: "api", createdAt: Self.start.date)
        #expect(Self.look(&reconciler, [bare], at: Self.at(16)) == nil)
        #expect(reconciler.isExamining("p"))
        #expect(Self.texts(reconciler.examinedMissing("p", Self.around(), at: Self.at(17))) == ["1 is held"])
    }

    /// A provider shows a file that was sent inside the input as an address of its own; the rest of the input decides, as long as
    /// only one create can be meant.
    @Test func aRowThatShowsItsFileOtherwiseIsTheOnlyOneOfItsKind() {
        func sent(_ text: String) -> JSONValue { ["n": 1, "image": .string("data:text/plain;base64,\(text)")] }
        let shown = Prediction(
            id: "p", input: ["n": 1, "image": "https://api.example.com/files/1"], status: .processing, source: "api",
            createdAt: Self.start.date)
        func reconciler(_ texts: [String]) -> Reconciler {
            var reconciler = Reconciler(RunPolicyTests.settings())
            for (number, text) in texts.enumerated() {
                let intent = CreateIntent(
                    at: Self.start, requestDigest: RequestDigest.of(sent(text)), clockOffset: .zero)
                reconciler.add(
                    ItemID(Int64(number + 1)), step: 0,
                    LostCreate(intent, lostAt: Self.start, loss: .answered),
                    sent: InputFingerprint(input: sent(text), files: []), at: Self.start)
            }
            return reconciler
        }
        var one = reconciler(["QUJD"])
        #expect(Self.texts(Self.look(&one, [shown], at: Self.at(3))) == ["1 adopts p"])
        // Two of a kind cannot be told apart.
        var two = reconciler(["QUJD", "REVG"])
        #expect(Self.look(&two, [shown], at: Self.at(3))?.isEmpty == true)
        #expect(Self.texts(Self.look(&two, [shown], at: Self.at(16))).contains("1 is held"))
    }

    @Test func anUnusableIDIsHeld() {
        var reconciler = Self.reconciler()
        #expect(Self.texts(Self.look(&reconciler, [Self.row("a/b")], at: Self.at(3))) == ["1 is held"])
    }

    @Test func oneThatComesAfterAllIsTold() throws {
        var reconciler = Self.reconciler()
        guard case .absent(let one)? = Self.look(&reconciler, at: Self.at(16))?.first else {
            Issue.record("it was not given up")
            return
        }
        reconciler.expectLate(one, at: Self.at(16))
        reconciler.remove(ItemID(1), isTerminal: false)
        #expect(Self.look(&reconciler, at: Self.at(20)) == nil)
        reconciler.noticeUnknown(Self.row("p", at: Self.at(20)), at: Self.at(20))
        let findings = Self.look(&reconciler, [Self.row("p", at: Self.at(20))], at: Self.at(20))
        #expect(Self.texts(findings) == ["1 is late as p"])
        let late = try #require(reconciler.late.first)
        reconciler.forget(late)
        #expect(reconciler.late.isEmpty && reconciler.seenUnknown.isEmpty)
    }

    @Test func lateCreatesAreForgottenWithTheirItem() {
        var reconciler = Self.reconciler()
        guard case .absent(let one)? = Self.look(&reconciler, at: Self.at(16))?.first else { return }
        reconciler.expectLate(one, at: Self.at(16))
        reconciler.remove(ItemID(1), isTerminal: false)
        #expect(reconciler.late.count == 1)
        _ = reconciler.next(Self.clock, isFetching: { $0 == ItemID(1) }, at: Self.at(17))
        #expect(reconciler.late.isEmpty)
    }

    @Test func aBrokenLookGoesOnWhereItBroke() throws {
        var random = SeededGenerator(seed: 1)
        var reconciler = Self.reconciler()
        let request = reconciler.next(Self.clock, isFetching: { _ in false }, at: Self.at(3))
        reconciler.asked()
        let result = reconciler.failed(
            ProviderError(.unavailable, "502"), takesBefore: true, Self.around(), using: &random, at: Self.at(3))
        #expect(!result.takesNoBefore && !result.isOutage && result.findings == nil)
        let opening = try #require(reconciler.opening)
        #expect(opening > Self.at(3))
        #expect(reconciler.next(Self.clock, isFetching: { _ in false }, at: opening) == request)
        reconciler.asked()
        let refused = reconciler.failed(
            ProviderError(.rejected, "400"), takesBefore: true, Self.around(), using: &random, at: opening)
        #expect(refused.takesNoBefore)
    }

    @Test func failuresOfTheListAreToldWhenSeveralComeInARow() {
        var random = SeededGenerator(seed: 1)
        var reconciler = Self.reconciler(loss: .timedOut)
        func fail(_ reconciler: inout Reconciler) -> Bool {
            _ = reconciler.next(Self.clock, isFetching: { _ in false }, at: Self.start)
            let now = reconciler.opening ?? Self.start
            #expect(reconciler.next(Self.clock, isFetching: { _ in false }, at: now) != nil)
            reconciler.asked()
            return reconciler.failed(
                ProviderError(.unavailable, "502"), takesBefore: true, Self.around(), using: &random, at: now
            ).isOutage
        }
        #expect((1...2).map { _ in fail(&reconciler) } == [false, false])
        #expect(Self.look(&reconciler, at: reconciler.opening ?? Self.start)?.isEmpty == true)
        #expect((1...4).map { _ in fail(&reconciler) } == [false, false, true, true])
    }

    @Test func anAnswerThatNobodyAwaitsIsPassedOver() {
        var reconciler = Reconciler(RunPolicyTests.settings())
        let page = ListPage([], candidates: [])
        #expect(reconciler.listed(page, Self.around(), at: Self.start) == nil)
        #expect(reconciler.examined("p", nil, Self.around(), at: Self.start) == nil)
        #expect(reconciler.contradictions.isEmpty)
        reconciler.asked()
        #expect(reconciler.contradictions.count == 1)
    }

    @Test func nobodyLooksAnyMoreWhenNothingIsLost() {
        var reconciler = Self.reconciler()
        #expect(reconciler.next(Self.clock, isFetching: { _ in false }, at: Self.at(1)) == nil)
        #expect(reconciler.opening != nil)
        reconciler.remove(ItemID(1), isTerminal: false)
        #expect(reconciler.next(Self.clock, isFetching: { _ in false }, at: Self.at(60)) == nil)
        #expect(reconciler.opening == nil)
    }
}
