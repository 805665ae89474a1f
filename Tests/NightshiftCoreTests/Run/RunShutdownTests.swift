import Testing

@testable import NightshiftCore

/// How a run ends, and what it waits for until then.
struct RunShutdownTests {
    private static let start = RunPolicyTests.start
    private static func at(_ seconds: Double) -> Timestamp { start.advanced(by: .seconds(seconds)) }

    private static func left(
        ids: Bool = false, work: Bool = false, lost: Int = 0, quiet: Int = 0, exhausted: Bool = false
    ) -> RunShutdown.Remainder {
        RunShutdown.Remainder(
            isWaitingForIDs: ids, hasWorkInFlight: work, lost: lost, quiet: quiet, isExhausted: exhausted)
    }

    @Test func aRunIsCompleteWhenNothingIsLeftAnywhere() {
        let shutdown = RunShutdown()
        #expect(shutdown.shouldFinish(Self.left()) == nil)
        #expect(shutdown.shouldFinish(Self.left(exhausted: true)) == .completed)
        #expect(shutdown.wake == .distantFuture)
    }

    @Test func theFirstReasonStaysExceptForTheDisk() {
        var shutdown = RunShutdown()
        shutdown.end(.budget(.predictions(3, limit: 3)))
        shutdown.end(.interrupted)
        #expect(shutdown.ending == .budget(.predictions(3, limit: 3)))
        shutdown.breakOff(.refused("no"))
        #expect(shutdown.ending == .refused("no"))
        shutdown.breakOff(.disk("full"))
        shutdown.breakOff(.refused("no"))
        #expect(shutdown.ending == .disk("full"))
    }

    @Test func whatRunsIsWaitedFor() {
        var shutdown = RunShutdown()
        shutdown.end(.budget(.predictions(3, limit: 3)))
        #expect(shutdown.shouldFinish(Self.left(work: true)) == nil)
        #expect(shutdown.shouldFinish(Self.left(lost: 1)) == nil)
        // What most likely is not there is waited for as long as nobody wants to leave.
        #expect(shutdown.shouldFinish(Self.left(lost: 1, quiet: 1)) == nil)
        #expect(shutdown.shouldFinish(Self.left()) == .budget(.predictions(3, limit: 3)))
        var stopped = RunShutdown()
        stopped.stop(.drain, grace: nil, at: Self.start)
        #expect(stopped.shouldFinish(Self.left(lost: 1, quiet: 1)) == .interrupted)
        #expect(stopped.shouldFinish(Self.left(lost: 2, quiet: 1)) == nil)
    }

    @Test func graceLeavesWhatRunsToTheProvider() {
        var shutdown = RunShutdown()
        shutdown.stop(.drain, grace: .seconds(30), at: Self.start)
        #expect(shutdown.wake == Self.at(30))
        shutdown.stop(.drain, grace: .seconds(30), at: Self.at(10))
        #expect(shutdown.wake == Self.at(30))
        shutdown.endGrace(at: Self.at(29))
        #expect(shutdown.detachBy == nil)
        shutdown.endGrace(at: Self.at(30))
        #expect(shutdown.wake == Self.at(35))
        // Ids that are about to come are waited for, but not for ever.
        #expect(!shutdown.shouldDetach(Self.left(ids: true), at: Self.at(34)))
        #expect(shutdown.shouldDetach(Self.left(ids: true), at: Self.at(35)))
        #expect(shutdown.shouldDetach(Self.left(), at: Self.at(30)))
        shutdown.endGrace(at: Self.at(33))
        #expect(shutdown.detachBy == Self.at(35))
    }

    @Test func theSecondRequestDetachesAtOnce() {
        var shutdown = RunShutdown()
        shutdown.stop(.drain, grace: nil, at: Self.start)
        #expect(!shutdown.shouldDetach(Self.left(), at: Self.at(3600)))
        shutdown.stop(.detach, grace: nil, at: Self.at(1))
        #expect(shutdown.shouldDetach(Self.left(), at: Self.at(1)))
        #expect(shutdown.ending == .interrupted)
    }

    @Test func everybodyWhoCanceledIsAnswered() {
        var shutdown = RunShutdown()
        #expect(shutdown.cancel(ControlTicket(1)) == true)
        #expect(shutdown.cancel(ControlTicket(2)) == false)
        shutdown.countCanceled()
        shutdown.countFinished()
        #expect(shutdown.ending == .canceled)
        let complete = shutdown.finish(Self.left())
        #expect(complete?.tickets == [ControlTicket(1), ControlTicket(2)])
        #expect(complete?.1.canceled == 1 && complete?.1.finished == 1 && complete?.1.isComplete == true)
        #expect(shutdown.hasFinished)
        var broken = shutdown
        #expect(broken.finish(Self.left(work: true))?.1.isComplete == false)
    }

    @Test func contradictionsAreSeen() {
        var shutdown = RunShutdown()
        #expect(shutdown.contradictions.isEmpty)
        shutdown.detach(at: Self.start)
        #expect(shutdown.contradictions.count == 1)
        #expect(shutdown.dump == "not ending")
    }
}
