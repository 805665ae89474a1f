import LosslessJSON
import NightshiftCore
import Testing

@Suite struct ControlWireTests {
    static let change: OrderChange = {
        var change = OrderChange()
        change.concurrency = .to(8)
        change.rate = .to(.limit(RateLimit(count: 60, per: .seconds(60))))
        return change
    }()

    static let back: OrderChange = {
        var change = OrderChange()
        (change.concurrency, change.rate) = (.asInManifest, .to(.unlimited))
        return change
    }()

    @Test(
        arguments: [
            ControlCommand.status, .pause, .resume, .cancel, .set(change), .set(back), .retry(keys: ["a", "b c"]),
            .adopt(key: "a", predictionID: "p"),
        ])
    func aCommandIsReadAsItWasWritten(command: ControlCommand) throws {
        let line = command.json.jsonString()
        #expect(!line.contains("\n"))
        #expect(try ControlCommand(json: try JSONValue(parsing: line)) == command)
    }

    static let status: LiveStatus = {
        var totals = RunTotals()
        (totals[.succeeded], totals[.canceled], totals.predictions, totals.predictTime) = (3, 2, 7, 1.25)
        return LiveStatus(
            totals: totals, startedAt: Timestamp(milliseconds: 1_700_000_000_123), endedBefore: 1, inFlight: 2,
            concurrency: 4, rate: "60/min", isPaused: true, isThrottled: false, hold: CreateHold(.paused), ending: nil)
    }()

    static let retried: RetryOutcome = {
        var outcome = RetryOutcome()
        outcome.retried = [.failed: 2, .held: 1]
        outcome.unchanged = ["x": .succeeded]
        outcome.unknown = ["y"]
        return outcome
    }()

    static let canceled: CancelOutcome = {
        var outcome = CancelOutcome()
        (outcome.canceled, outcome.finished, outcome.isComplete) = (4, 1, false)
        return outcome
    }()

    @Test(
        arguments: [
            ControlAnswer.status(status), .retried(retried), .canceled(canceled), .adopted("processing"),
            .refused("no"), .overrides(RunOverrides()),
            .overrides(
                RunOverrides(isPaused: true, concurrency: 3, rate: .limit(RateLimit(count: 1, per: .seconds(1))))),
        ])
    func anAnswerIsReadAsItWasWritten(answer: ControlAnswer) throws {
        let line = answer.json.jsonString()
        #expect(!line.contains("\n"))
        #expect(ControlAnswer(json: try JSONValue(parsing: line)) == answer)
    }

    @Test(
        arguments: [
            (#"{"command":"cancle"}"#, "did you mean 'cancel'?"), ("{}", "'command' is missing"),
            (#"{"command":"retry"}"#, "must be a list of item keys"),
            (#"{"command":"retry","items":[1]}"#, "must be a list of item keys"),
            (#"{"command":"adopt","item":"a"}"#, "'adopt' needs 'item'"),
            (#"{"command":"set","concurrency":0}"#, "concurrency is '0'; expected 1 to 10000"),
            (#"{"command":"set","rate":"9"}"#, "rate is '9'; expected a rate such as 600/min"),
        ])
    func whatMakesNoSenseIsRefusedInOneSentence(request: String, sentence: String) throws {
        let json = try JSONValue(parsing: request)
        let mistake = #expect(throws: ControlError.self) { try ControlCommand(json: json) }
        #expect(try #require(mistake).message.contains(sentence))
    }

    @Test(
        arguments: [
            (["concurrency"], "'concurrency' is no setting"), (["concurency=3"], "did you mean 'concurrency'?"),
            (["rate=fast"], "rate is 'fast'"), (["concurrency=x"], "concurrency is 'x'"),
        ])
    func wrongSettingsAreTold(settings: [String], sentence: String) throws {
        let mistake = #expect(throws: ControlError.self) { try OrderChange(parsing: settings) }
        #expect(try #require(mistake).message.contains(sentence))
    }

    @Test func theLastWordOnASettingCounts() throws {
        var orders = RunOverrides(isPaused: true)
        orders.take(.set(try OrderChange(parsing: ["concurrency=3", "rate=10/s"])))
        #expect(orders.creates(otherwise: nil) == RateLimit(count: 10, per: .seconds(1)))
        orders.take(.set(try OrderChange(parsing: ["rate=unlimited"])))
        #expect(orders.creates(otherwise: RateLimit(count: 1, per: .seconds(1))) == nil)
        orders.take(.set(try OrderChange(parsing: ["rate=manifest", "concurrency=manifest"])))
        #expect(orders == RunOverrides(isPaused: true))
    }

    @Test(
        arguments: [
            RunEnd.completed, .interrupted, .canceled, .refused("402: no credit"), .disk("full"), .canary(items: 5),
            .budget(.failures(3, limit: 2)), .budget(.predictions(7, limit: 7)),
            .budget(.predictTime(61.5, limit: .seconds(60))), .budget(.cost(1.25, limit: 1)),
            .budget(.wallTime(.seconds(3600))), .budget(.other("a: b")), .breaker(.refused("404: no such model")),
            .breaker(.sameFailure(count: 4, step: "", reason: "no file: x", areFirst: true)),
            .breaker(.nothingStored(count: 20, step: "paint", reason: "\"gone\"")),
        ])
    func theEndOfARunIsReadAsItWasRecorded(end: RunEnd) {
        #expect(RunEnd(recorded: end.recorded) == end)
    }
}
