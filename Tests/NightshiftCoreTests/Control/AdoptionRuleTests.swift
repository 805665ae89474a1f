import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Testing

@Suite struct AdoptionRuleTests {
    private static let item = LoadedItem(
        id: ItemID(1), key: "ada", name: "ada", input: ["text": "Ada"], files: [], attempt: 1,
        failures: FailureCounts(), checkpoint: .pending)

    private func judge(
        _ prediction: Prediction, state: ItemState = .held, requestDigest: String? = nil, holders: Set<String> = []
    ) throws(ControlError) -> Adoption {
        try AdoptionRule.judge(
            prediction, for: Self.item, in: state, requestDigest: requestDigest, holders: holders)
    }

    private static func prediction(_ status: PredictionStatus, input: JSONValue = ["text": "Ada"]) -> Prediction {
        var prediction = Prediction(id: "p", input: input, status: status)
        if status == .succeeded { prediction.output = "done" }
        return prediction
    }

    @Test(arguments: [PredictionStatus.starting, .processing, .succeeded], [ItemState.held, .failed, .canceled])
    func aPredictionOfTheSameInputIsTaken(status: PredictionStatus, state: ItemState) throws {
        let adoption = try judge(Self.prediction(status), state: state, holders: ["ada"])
        #expect(adoption.isCounted)
        #expect(adoption.state == state)
    }

    @Test func whatWasSentLastDecidesBeforeWhatTheManifestSays() throws {
        let sent: JSONValue = ["text": "Ada", "seed": 3]
        _ = try judge(Self.prediction(.processing, input: sent), requestDigest: RequestDigest.of(sent))
    }

    @Test(arguments: [PredictionStatus.failed, .canceled, .aborted])
    func whatHasNothingToGiveIsRefused(status: PredictionStatus) throws {
        let mistake = #expect(throws: ControlError.self) { try judge(Self.prediction(status)) }
        #expect(try #require(mistake).message.contains("has nothing to give"))
    }

    @Test func anotherInputIsRefused() throws {
        let mistake = #expect(throws: ControlError.self) {
            try judge(Self.prediction(.processing, input: ["text": "Alan"]))
        }
        #expect(try #require(mistake).message == "the input of prediction p is not that of item 'ada'")
    }

    @Test func whatBelongsToAnotherItemIsRefused() throws {
        let mistake = #expect(throws: ControlError.self) {
            try judge(Self.prediction(.processing), holders: ["alan"])
        }
        #expect(try #require(mistake).message == "prediction p belongs to item 'alan' already")
    }

    @Test(arguments: [ItemState.pending, .running, .succeeded, .unknown])
    func itemsThatNeedNoPersonAreRefused(state: ItemState) throws {
        let mistake = #expect(throws: ControlError.self) { try judge(Self.prediction(.processing), state: state) }
        #expect(try #require(mistake).message.contains("only held, failed and canceled items can adopt"))
    }
}
