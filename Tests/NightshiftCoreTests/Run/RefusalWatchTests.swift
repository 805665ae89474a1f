import Testing

@testable import NightshiftCore

/// Whom a refused create is meant for.
struct RefusalWatchTests {
    private static let start = RunPolicyTests.start
    private static func at(_ seconds: Double) -> Timestamp { start.advanced(by: .seconds(seconds)) }

    private static let bad = ItemID(1)

    /// A watch that has seen a create pass, and then the bad item refused with another one passing after it, so many times.
    private static func watch(contradictions: Int, isOwnForm: Bool) -> (RefusalWatch, RefusalWatch.Verdict) {
        var watch = RefusalWatch()
        watch.passed(ItemID(2), sentAt: start)
        for round in 0..<contradictions {
            let now = at(Double(round) * 2 + 1)
            let verdict = watch.refused(bad, isOwnForm: isOwnForm, hasOthers: true, at: now)
            #expect(verdict == .undecided)
            watch.passed(ItemID(Int64(round) + 3), sentAt: now.advanced(by: .seconds(1)))
        }
        let verdict = watch.refused(
            bad, isOwnForm: isOwnForm, hasOthers: true, at: at(Double(contradictions) * 2 + 1))
        return (watch, verdict)
    }

    @Test func aRefusalInAnotherFormIsTheItemsOnceAnotherItemPasses() {
        #expect(Self.watch(contradictions: 0, isOwnForm: false).1 == .undecided)
        #expect(Self.watch(contradictions: 1, isOwnForm: false).1 == .item)
    }

    @Test func aRefusalInTheAPIsFormTakesTwoThatPass() {
        #expect(Self.watch(contradictions: 1, isOwnForm: true).1 == .undecided)
        #expect(Self.watch(contradictions: 2, isOwnForm: true).1 == .item)
    }

    /// The refusal may be of the time after it was sent.
    @Test func whatWasUnderWayWhenAnotherWasRefusedSaysNothing() {
        var watch = RefusalWatch()
        watch.passed(ItemID(2), sentAt: Self.start)
        _ = watch.refused(Self.bad, isOwnForm: false, hasOthers: true, at: Self.at(2))
        watch.passed(ItemID(3), sentAt: Self.at(1))
        #expect(watch.goesLast(Self.bad))
        #expect(watch.refused(Self.bad, isOwnForm: false, hasOthers: true, at: Self.at(3)) == .undecided)
        watch.passed(ItemID(4), sentAt: Self.at(4))
        #expect(!watch.goesLast(Self.bad))
        #expect(watch.refused(Self.bad, isOwnForm: false, hasOthers: true, at: Self.at(5)) == .item)
    }

    @Test func severalThatAreRefusedTogetherAreNobodysFault() {
        var watch = RefusalWatch()
        watch.passed(ItemID(9), sentAt: Self.start)
        for number: Int64 in 1...2 {
            _ = watch.refused(ItemID(number), isOwnForm: false, hasOthers: true, at: Self.at(1))
        }
        watch.passed(ItemID(8), sentAt: Self.at(2))
        #expect(watch.refused(Self.bad, isOwnForm: false, hasOthers: true, at: Self.at(3)) == .undecided)
    }

    @Test func severalInARowAreEverybodysAndTheAPIsOwnFormTakesFewer() {
        for (isOwnForm, count) in [(true, 2), (false, 3)] {
            var watch = RefusalWatch()
            watch.passed(ItemID(9), sentAt: Self.start)
            let verdicts = (1...count).map {
                watch.refused(ItemID(Int64($0)), isOwnForm: isOwnForm, hasOthers: true, at: Self.at(1))
            }
            #expect(verdicts.dropLast().allSatisfy { $0 == .undecided })
            #expect(verdicts.last == .everybody)
        }
    }

    @Test func beforeAnythingHasPassedTheAPIsOwnFormIsEverybodys() {
        var watch = RefusalWatch()
        #expect(watch.refused(Self.bad, isOwnForm: true, hasOthers: true, at: Self.start) == .everybody)
    }

    @Test func whereNothingElseCanBeTriedTheProviderIsAsked() {
        var watch = RefusalWatch()
        watch.passed(ItemID(2), sentAt: Self.start)
        #expect(watch.refused(Self.bad, isOwnForm: false, hasOthers: false, at: Self.at(1)) == .undecided)
        #expect(watch.refused(Self.bad, isOwnForm: false, hasOthers: false, at: Self.at(2)) == .alone)
    }

    @Test func anItemThatIsGivenUpIsForgotten() {
        var (watch, _) = Self.watch(contradictions: 1, isOwnForm: true)
        watch.forget(Self.bad)
        #expect(!watch.goesLast(Self.bad))
        watch.passed(ItemID(20), sentAt: Self.at(50))
        #expect(watch.refused(Self.bad, isOwnForm: true, hasOthers: true, at: Self.at(60)) == .undecided)
    }
}
