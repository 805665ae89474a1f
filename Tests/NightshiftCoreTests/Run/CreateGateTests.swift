import Foundation
import LosslessJSON
import ReplicateAPI
import Testing

@testable import NightshiftCore

/// Why nothing is created, and until when.
struct CreateGateTests {
    private static let start = RunPolicyTests.start
    private static func at(_ seconds: Double) -> Timestamp { start.advanced(by: .seconds(seconds)) }

    private static func gate(_ change: (inout RunSettings) -> Void = { _ in }) -> CreateGate {
        CreateGate(RunPolicyTests.settings(change), at: start)
    }

    private static let refused = ProviderError(.noCredit, "no credit")

    @Test func isOpenUntilSomethingClosesIt() {
        let gate = Self.gate()
        #expect(gate.verdict(at: Self.start) == nil)
        #expect(gate.mayCreate(at: Self.start))
        #expect(gate.opening(after: Self.start) == Self.start)
        #expect(gate.wake == .distantFuture)
    }

    @Test func theReasonThatLastsLongestIsTold() {
        var random = SeededGenerator(seed: 1)
        var gate = Self.gate { $0.canary = 1 }
        gate.backOff(using: &random, at: Self.start)
        #expect(gate.verdict(at: Self.start) == CreateHold(.unreachable, until: gate.pausedUntil))
        #expect(!gate.mayCreate(at: Self.start))
        #expect(gate.mayCreate(at: gate.pausedUntil))
        gate.rate.throttled(for: .seconds(20), at: Self.start)
        #expect(gate.verdict(at: Self.start) == CreateHold(.throttled, until: Self.at(20)))
        #expect(gate.isThrottled)
        gate.earlier.watch(ItemID(1))
        #expect(gate.verdict(at: Self.start) == CreateHold(.earlierSession))
        gate.canary?.judge()
        #expect(gate.verdict(at: Self.start) == CreateHold(.canary))
        gate.setMissingPredictions(true)
        #expect(gate.verdict(at: Self.start) == CreateHold(.missingPredictions))
        #expect(gate.pauseForAccount(Self.refused, at: Self.start) == true)
        #expect(gate.verdict(at: Self.start) == CreateHold(.refused("no credit"), until: Self.at(300)))
        #expect(gate.verdict(at: Self.at(300)) == CreateHold(.refused("no credit")), "one is let through now")
        #expect(!gate.isThrottled)
        let isNew = gate.override({ $0.isPaused = true }, at: Self.start)
        #expect(isNew)
        #expect(gate.verdict(at: Self.start) == CreateHold(.paused))
        gate.close(.ending(.interrupted))
        #expect(gate.verdict(at: Self.start) == CreateHold(.ending(.interrupted)))
        gate.close(.canceling)
        gate.close(.ending(.canceled))
        #expect(gate.verdict(at: Self.start) == CreateHold(.canceling))
        #expect(gate.opening(after: Self.start) == .distantFuture)
    }

    @Test func theHoursOfTheDayOpenAndCloseIt() throws {
        let utc = try #require(TimeZone(identifier: "UTC"))
        var gate = Self.gate { $0.window = DailyWindow(parsing: "23:00-07:00", timeZone: utc) }
        // It is 22:13:20.
        #expect(gate.hours.look(at: Self.start) == Self.at(2800))
        #expect(gate.verdict(at: Self.start) == CreateHold(.outsideWindow, until: Self.at(2800)))
        #expect(gate.wake == Self.at(2800))
        #expect(gate.isHalted)
        #expect(gate.hours.look(at: Self.at(2799)) == nil)
        #expect(gate.hours.look(at: Self.at(2800)) != nil)
        #expect(gate.verdict(at: Self.at(2800)) == nil)
        // The wall is set back by an hour: by it, the window has not opened yet.
        gate.hours.clockSet(by: .seconds(-3600))
        #expect(gate.hours.look(at: Self.at(2801)) != nil)
        #expect(gate.verdict(at: Self.at(2801)) == CreateHold(.outsideWindow, until: Self.at(6400)))
    }

    @Test func anAcceptedCreateEndsEveryWait() {
        var random = SeededGenerator(seed: 1)
        var gate = Self.gate()
        for second in 0..<3 { gate.backOff(using: &random, at: Self.at(Double(second) * 100)) }
        #expect(gate.isUnreachable)
        #expect(gate.refusalsInARow == 3)
        let end = gate.accepted(nil, wasUnreachable: true, at: Self.at(201))
        #expect(end.isResumed)
        #expect(!gate.isUnreachable)
        #expect(gate.verdict(at: Self.at(201)) == nil)
        #expect(!gate.accepted(nil, wasUnreachable: false, at: Self.at(202)).isResumed)
    }

    @Test func manyFailuresTogetherAreAnsweredByOneWait() {
        var random = SeededGenerator(seed: 1)
        var gate = Self.gate()
        gate.backOff(using: &random, at: Self.start)
        let until = gate.pausedUntil
        gate.backOff(using: &random, at: Self.start)
        #expect(gate.pausedUntil == until)
        #expect(gate.refusalsInARow == 1)
    }

    @Test func oneLostAnswerIsNoReasonToWait() {
        var random = SeededGenerator(seed: 1)
        var gate = Self.gate()
        gate.lost(alwaysWaits: false, using: &random, at: Self.start)
        gate.lost(alwaysWaits: false, using: &random, at: Self.start)
        #expect(gate.verdict(at: Self.start) == nil)
        gate.lost(alwaysWaits: false, using: &random, at: Self.start)
        #expect(gate.verdict(at: Self.start)?.reason == .unreachable)
        var local = Self.gate()
        local.lost(alwaysWaits: true, using: &random, at: Self.start)
        #expect(local.verdict(at: Self.start)?.reason == .unreachable)
    }

    @Test func aPauseIsNewsOnce() {
        var random = SeededGenerator(seed: 1)
        var gate = Self.gate()
        #expect(gate.pauseForAccount(Self.refused, at: Self.start) == true)
        #expect(gate.pauseForAccount(Self.refused, at: Self.at(300)) == false)
        #expect(gate.pauseForGateway(ProviderError(.foreignRefusal, "403"), using: &random, at: Self.at(601)))
        #expect(gate.pause?.message == "403")
    }

    @Test func aGatewayIsAskedMoreOftenThanAnAccountAndLessAndLessOften() {
        var random = SeededGenerator(seed: 1)
        var gate = Self.gate()
        var waits: [Duration] = []
        var now = Self.start
        for _ in 0..<8 {
            gate.closeForGateway(using: &random, at: now)
            guard let until = gate.rate.gate.closedUntil else { break }
            waits.append(now.duration(to: until))
            now = until
        }
        #expect(waits.first == .seconds(1))
        #expect(waits.last == .seconds(60))
        #expect(waits == waits.sorted())
    }

    @Test func everyHoldSurvivesTheWire() throws {
        let reasons: [CreateHold.Reason] = [
            .canceling, .ending(.budget(.predictions(3, limit: 3))), .paused, .refused("402"), .missingPredictions,
            .outsideWindow,
            .canary, .earlierSession, .throttled, .unreachable, .rate,
        ]
        for reason in reasons {
            for until in [nil, Self.at(5)] {
                let hold = CreateHold(reason, until: until)
                #expect(CreateHold(json: try JSONValue(parsing: hold.json.jsonString())) == hold)
            }
        }
        #expect(CreateHold(json: ["reason": "later"]) == nil)
        #expect(Set(reasons.map { CreateHold($0).code }).count == reasons.count)
    }

    /// The answer of the account ends the wait, and nobody knows when it comes.
    @Test func whileTheAccountIsAskedNobodyKnowsUntilWhen() {
        var gate = Self.gate {
            $0.creates = RateLimit(count: 60, per: .seconds(60))
            $0.sharesAccount = true
        }
        #expect(gate.rate.take(at: Self.start) == false)
        _ = gate.rate.claim(at: Self.start)
        gate.rate.beginClaim()
        #expect(gate.verdict(at: Self.start) == CreateHold(.rate))
        gate.rate.granted(
            AccountGrant.Part(count: 0, nextAt: Self.at(3), closedUntil: nil), at: Self.start)
        #expect(gate.verdict(at: Self.start) == CreateHold(.rate, until: Self.at(3)))
    }
}
