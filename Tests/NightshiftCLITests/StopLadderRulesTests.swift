import NightshiftCore
import Testing

@testable import NightshiftCLI

/// What each signal means, moment by moment.
@Suite struct StopLadderRulesTests {
    private let start = ContinuousClock.now

    private func steps(_ signals: (StopLadder.Signal, Double)...) -> [StopLadder.Step?] {
        var ladder = StopLadder()
        return signals.map { ladder.take($0.0, at: start + .seconds($0.1)) }
    }

    @Test func ctrlCDrainsThenLeavesThenExits() {
        #expect(
            steps((.interrupt, 0), (.interrupt, 0.1), (.interrupt, 0.2))
                == [.stop(.drain), .stop(.detach), .exitAtOnce])
    }

    @Test func hangUpsNeverExitAtOnce() {
        #expect(
            steps((.hangUp, 0), (.hangUp, 0.001), (.hangUp, 60), (.hangUp, 120)) == [.stop(.detach), nil, nil, nil])
        #expect(steps((.interrupt, 0), (.hangUp, 1), (.hangUp, 2)) == [.stop(.drain), .stop(.detach), nil])
    }

    @Test func aTerminationThatIsRepeatedWithinASecondIsOne() {
        #expect(steps((.terminate, 0), (.terminate, 0.5), (.terminate, 0.9)) == [.stop(.detach), nil, nil])
        #expect(steps((.terminate, 0), (.terminate, 1.5)) == [.stop(.detach), .exitAtOnce])
    }

    @Test func aClosingTerminalSendsBoth() {
        #expect(steps((.hangUp, 0), (.terminate, 0.1), (.hangUp, 0.2)) == [.stop(.detach), nil, nil])
        #expect(steps((.terminate, 0), (.hangUp, 0.1), (.terminate, 0.2)) == [.stop(.detach), nil, nil])
    }

    @Test func ctrlCCountsWhateverCameBefore() {
        #expect(steps((.terminate, 0), (.interrupt, 0.1)) == [.stop(.detach), .exitAtOnce])
        #expect(steps((.hangUp, 0), (.interrupt, 0.1)) == [.stop(.detach), .exitAtOnce])
        #expect(steps((.interrupt, 0), (.terminate, 0.1)) == [.stop(.drain), .stop(.detach)])
    }
}
