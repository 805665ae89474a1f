import Testing

@testable import NightshiftCore

/// What a run claims of the rate that it shares, and what it may send of it.
struct SharedGateTests {
    private static let start = RunPolicyTests.start
    private static func at(_ seconds: Double) -> Timestamp { start.advanced(by: .seconds(seconds)) }

    private static func gate(_ limit: RateLimit? = RateLimit(count: 600, per: .seconds(60))) -> SharedGate {
        SharedGate(limit: limit, sharesAccount: true, at: start)
    }

    private static func grant(_ count: Int, next: Timestamp, closed: Timestamp? = nil) -> AccountGrant.Part {
        AccountGrant.Part(count: count, nextAt: next, closedUntil: closed)
    }

    @Test func nothingIsSentBeforeItIsGranted() {
        var gate = Self.gate()
        #expect(gate.take(wanting: 4, at: Self.start) == false)
        #expect(gate.opening(after: Self.start) == .distantFuture)
        let claim = gate.claim(at: Self.start)
        #expect(claim == .init(wanted: 4, limit: RateLimit(count: 600, per: .seconds(60))))
        gate.beginClaim()
        #expect(gate.opening(after: Self.start) == .distantFuture)
        gate.granted(Self.grant(2, next: Self.at(0.5)), at: Self.start)
        #expect(gate.take(at: Self.start) == true)
        #expect(gate.take(at: Self.start) == true)
        #expect(gate.take(at: Self.start) == false)
        #expect(gate.contradictions.isEmpty)
    }

    @Test func onlyWhatTheOwnRateAllowsIsClaimed() {
        var gate = Self.gate()
        #expect(gate.take(wanting: 1000, at: Self.start) == false)
        #expect(gate.claim(at: Self.start).wanted == 10)
        #expect(gate.claim(at: Self.start).wanted == 0)
    }

    @Test func aGrantIsForgottenAfterASecond() {
        var gate = Self.gate()
        gate.granted(Self.grant(5, next: Self.start), at: Self.start)
        #expect(gate.take(at: Self.at(1.001)) == false)
        gate.granted(Self.grant(5, next: Self.start), at: Self.at(2))
        #expect(gate.take(at: Self.at(3)) == true)
    }

    @Test func aRunThatWaitsForTheAccountIsToldWhen() {
        var gate = Self.gate()
        gate.granted(Self.grant(0, next: Self.at(3)), at: Self.start)
        #expect(gate.opening(after: Self.start) == Self.at(3))
        gate.granted(Self.grant(0, next: Self.at(86_400)), at: Self.start)
        #expect(gate.opening(after: Self.start) == Self.at(3600))
    }

    @Test func throttlesGoBothWays() {
        var gate = Self.gate()
        gate.granted(Self.grant(5, next: Self.start), at: Self.start)
        gate.shareThrottle(for: .seconds(20), at: Self.start)
        #expect(gate.take(at: Self.start) == false)
        #expect(gate.claim(at: Self.start).closedUntil == Self.at(20))
        #expect(gate.claim(at: Self.start).closedUntil == nil)
        gate.granted(Self.grant(5, next: Self.start, closed: Self.at(30)), at: Self.start)
        #expect(gate.gate.isClosed)
        #expect(gate.gate.closedUntil == Self.at(30))
    }

    @Test func withoutALimitOrOthersNothingIsClaimed() {
        var unlimited = Self.gate(nil)
        #expect(unlimited.take(100, at: Self.start) == true)
        #expect(unlimited.claim(at: Self.start).wanted == 0)
        var alone = SharedGate(limit: RateLimit(count: 60, per: .seconds(60)), sharesAccount: false, at: Self.start)
        #expect(alone.take(at: Self.start) == true)
        alone.shareThrottle(for: .seconds(5), at: Self.start)
        #expect(alone.claim(at: Self.start).closedUntil == nil)
    }

    @Test func requestsThatGoTogetherAreClaimedTogether() {
        var gate = Self.gate()
        gate.granted(Self.grant(2, next: Self.start), at: Self.start)
        #expect(gate.take(5, at: Self.start) == false)
        #expect(gate.claim(at: Self.start).wanted == 3)
    }

    /// The others go on telling of it until it is over.
    @Test func aThrottleThatIsToldAgainIsWaitedOutOnce() {
        var gate = Self.gate()
        gate.granted(Self.grant(5, next: Self.start, closed: Self.at(30)), at: Self.start)
        gate.granted(Self.grant(5, next: Self.start, closed: Self.at(30)), at: Self.at(29.9))
        #expect(gate.gate.closedUntil == Self.at(30))
        #expect(gate.take(at: Self.at(30)) == true)
        gate.passed(at: Self.at(30.1))
        gate.granted(Self.grant(5, next: Self.start, closed: Self.at(30)), at: Self.at(30.2))
        #expect(!gate.gate.isClosed)
    }

    @Test func whereNothingIsSharedTheNextRequestWaitsForItselfAlone() {
        var alone = SharedGate(limit: RateLimit(count: 600, per: .seconds(60)), sharesAccount: false, at: Self.start)
        #expect(alone.take(10, at: Self.start) == true)
        #expect(alone.opening(after: Self.start) == Self.at(0.1))
        #expect(alone.opening(after: Self.start, count: 2) == Self.at(0.2))
    }
}
