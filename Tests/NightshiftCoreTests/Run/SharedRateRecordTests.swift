import LosslessJSON
import NightshiftCore
import Testing

@Suite struct SharedRateRecordTests {
    private static let start = Timestamp(milliseconds: 1_700_000_000_000)
    private static let tenASecond = RateLimit(count: 10, per: .seconds(1))

    private static func member(_ name: String, process: Int = 1) -> SharedRateRecord.Member {
        SharedRateRecord.Member(id: name, process: process, startedAt: start)
    }

    private static func claim(_ wanted: Int, limit: RateLimit? = tenASecond) -> AccountClaim {
        AccountClaim(creates: AccountClaim.Part(wanted: wanted, limit: limit))
    }

    /// Lets members claim for some seconds, each as often as the record allows, and counts what they got.
    private func play(
        _ record: inout SharedRateRecord, _ wants: [(name: String, limit: RateLimit)], milliseconds: Int64
    ) -> [String: Int] {
        var got: [String: Int] = [:]
        for step in stride(from: Int64(0), through: milliseconds, by: 10) {
            let now = Self.start.advanced(by: .milliseconds(step))
            for want in wants {
                // A slow one wants only what its own gate lets through.
                let own = Int(want.limit.perSecond * Double(step) / 1000) - (got[want.name] ?? 0)
                guard own > 0 else { continue }
                let grant = record.claim(
                    Self.claim(min(own, 5), limit: want.limit), as: Self.member(want.name), at: now)
                got[want.name, default: 0] += grant.creates.count
            }
        }
        return got
    }

    @Test func aSingleRunGetsABurstAndThenTheRate() {
        var record = SharedRateRecord()
        let first = record.claim(Self.claim(100), as: Self.member("a"), at: Self.start)
        #expect(first.creates.count == 10)
        #expect(first.creates.nextAt == Self.start.advanced(by: .milliseconds(100)))
        let soon = record.claim(Self.claim(100), as: Self.member("a"), at: Self.start.advanced(by: .milliseconds(99)))
        #expect(soon.creates.count == 0)
        let later = record.claim(Self.claim(100), as: Self.member("a"), at: Self.start.advanced(by: .seconds(1)))
        #expect(later.creates.count == 10)
    }

    @Test(arguments: [2, 3, 5])
    func runsShareTheRateEvenlyAndTogetherKeepIt(runs: Int) {
        var record = SharedRateRecord()
        let wants = (0..<runs).map { (name: "\($0)", limit: RateLimit(count: 100, per: .seconds(1))) }
        let got = play(&record, wants, milliseconds: 10_000)
        let sum = got.values.reduce(0, +)
        #expect((990...1101).contains(sum), "\(got)")
        for count in got.values { #expect(abs(count - sum / runs) <= 60, "\(got)") }
    }

    @Test func whatASlowRunLeavesIsForTheOther() {
        var record = SharedRateRecord()
        let got = play(
            &record,
            [("slow", RateLimit(count: 5, per: .seconds(1))), ("fast", RateLimit(count: 50, per: .seconds(1)))],
            milliseconds: 10_000)
        #expect((got["slow"] ?? 0) >= 48, "\(got)")
        #expect((got["fast"] ?? 0) >= 440, "\(got)")
    }

    @Test func aThrottleOfOneRunClosesTheAccountForAllAndLeavesNoBurst() {
        var record = SharedRateRecord()
        _ = record.claim(Self.claim(1), as: Self.member("a"), at: Self.start)
        let until = Self.start.advanced(by: .seconds(30))
        var told = Self.claim(0)
        told.creates.closedUntil = until
        _ = record.claim(told, as: Self.member("a"), at: Self.start)
        let other = record.claim(Self.claim(5), as: Self.member("b"), at: Self.start.advanced(by: .seconds(29)))
        #expect(other.creates == AccountGrant.Part(count: 0, nextAt: until, closedUntil: until))
        #expect(other.reads.closedUntil == nil)
        for name in ["a", "b"] {
            #expect(record.claim(Self.claim(5), as: Self.member(name), at: until).creates.count == 0)
        }
        let after = record.claim(Self.claim(5), as: Self.member("b"), at: until.advanced(by: .milliseconds(200)))
        #expect(after.creates.count <= 2)
        #expect(record.members.count == 2)
    }

    @Test func whoIsDeadOrGoneHoldsNothingBack() {
        var record = SharedRateRecord()
        for name in ["a", "b", "c"] {
            _ = record.claim(Self.claim(100), as: Self.member(name, process: name == "b" ? 2 : 1), at: Self.start)
        }
        record.leave("c")
        let later = Self.start.advanced(by: .seconds(1))
        let grant = record.claim(Self.claim(100), as: Self.member("a"), at: later) { $0 != 2 }
        #expect(grant.members == 1)
        #expect(grant.creates.count == 10)
    }

    @Test func aClockThatIsSetBackEarnsNothingAndStopsNothing() {
        var record = SharedRateRecord()
        _ = record.claim(Self.claim(10), as: Self.member("a"), at: Self.start)
        let before = Self.start.advanced(by: .seconds(-3600))
        #expect(record.claim(Self.claim(10), as: Self.member("a"), at: before).creates.count == 0)
        let after = before.advanced(by: .seconds(1))
        #expect(record.claim(Self.claim(10), as: Self.member("a"), at: after).creates.count == 10)
    }

    @Test func itIsReadAsItWasWritten() throws {
        var record = SharedRateRecord()
        for (name, wanted) in [("a", 7), ("b", 5)] {
            let reads = AccountClaim.Part(wanted: wanted + 1, limit: RateLimit(count: wanted, per: .seconds(1)))
            let claim = AccountClaim(creates: Self.claim(7).creates, reads: reads)
            _ = record.claim(claim, as: Self.member(name), at: Self.start)
        }
        // What one earns while another one is served is its own.
        for name in ["a", "b"] { _ = record.claim(Self.claim(70), as: Self.member(name), at: Self.start) }
        _ = record.claim(Self.claim(1), as: Self.member("a"), at: Self.start.advanced(by: .milliseconds(500)))
        let text = record.json.jsonString()
        #expect(SharedRateRecord(json: try JSONValue(parsing: text)) == record)
        #expect(SharedRateRecord(json: ["members": []]) == nil)
    }

    @Test func whatIsSaidByAnotherClockIsBroughtToThisOne() {
        let shift = Duration.seconds(100)
        let limit = Self.tenASecond
        func claim(_ until: Int64) -> AccountClaim {
            AccountClaim(
                creates: .init(wanted: 2, limit: limit, closedUntil: Self.start.advanced(by: .seconds(until))),
                reads: .init(wanted: 3, limit: nil, closedUntil: Self.start.advanced(by: .seconds(until + 1))))
        }
        #expect(claim(5).moved(by: shift) == claim(105))
        func grant(_ until: Int64) -> AccountGrant {
            AccountGrant(
                creates: .init(
                    count: 1, nextAt: Self.start.advanced(by: .seconds(until)),
                    closedUntil: Self.start.advanced(by: .seconds(until + 2))),
                reads: .init(count: 4, nextAt: Self.start.advanced(by: .seconds(until + 3)), closedUntil: nil),
                members: 2)
        }
        #expect(grant(5).moved(by: shift) == grant(105))
    }

    /// Only who waits earns a part.
    @Test func whoGotAllThatItWantedHoldsNothingBack() {
        var record = SharedRateRecord()
        #expect(record.claim(Self.claim(1), as: Self.member("a"), at: Self.start).creates.count == 1)
        #expect(record.claim(Self.claim(100), as: Self.member("b"), at: Self.start).creates.count == 9)
        let later = Self.start.advanced(by: .seconds(1))
        #expect(record.claim(Self.claim(100), as: Self.member("b"), at: later).creates.count == 10)
    }

    @Test func whoComesBackAfterALongTimeGetsNoMoreThanABurst() {
        var record = SharedRateRecord()
        for name in ["a", "b"] { _ = record.claim(Self.claim(100), as: Self.member(name), at: Self.start) }
        for (seconds, name): (Int64, String) in [(50, "a"), (100, "b"), (101, "a"), (150, "b")] {
            let now = Self.start.advanced(by: .seconds(seconds))
            #expect(record.claim(Self.claim(100), as: Self.member(name), at: now).creates.count <= 10)
        }
    }
}
