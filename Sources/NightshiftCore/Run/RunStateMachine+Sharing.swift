import JSON
import ReplicateAPI

/// Items with equal inputs: one is computed, the others take its result.
extension RunStateMachine {
    /// Gives an item what became of the one with the same input.
    mutating func share(_ id: ItemID, _ result: SharedResult, at now: Timestamp) {
        guard let item = window[id] else { return }
        record(.sharing(result, name: item.name), for: id, at: now)
        switch result.outcome {
        case .succeeded(let predictionID, _, let outputs):
            var fetching = Fetching(predictionID: predictionID, output: .null, since: now)
            fetching.shared = SharedFiles(outputs: outputs, directory: result.directory)
            enter(.fetching(fetching), for: id)
            fetchQueue.insert(id, at: 0)
        case .failed:
            ended(id)
            stopOnFailedCount()
        case .held: ended(id)
        }
    }

    /// - Parameter outputs: `nil` if the other item's files are not there any more.
    mutating func shared(_ id: ItemID, _ outputs: [StoredOutput]?, at now: Timestamp) {
        fetchesUnderWay -= 1
        guard case .fetching(let fetching) = window[id]?.phase, fetching.shared != nil else { return }
        if let outputs {
            record(.succeeded(outputs), for: id, at: now)
            ended(id)
        } else {
            record(.unshared(due: now), for: id, at: now)
            expect(now, in: window[id]?.step ?? 0)
            leave(id)
        }
    }
}

/// What a webhook tells.
extension RunStateMachine {
    private static let keptNews = 1000

    /// The provider has called. Its word counts as much as the answer to a read.
    mutating func notified(_ prediction: Prediction, at now: Timestamp) {
        let item = window.first { _, item in
            if case .running(let running) = item.phase { running.predictionID == prediction.id } else { false }
        }
        if let item {
            update(item.key, prediction, mayBePartial: true, at: now)
        } else if prediction.status.isTerminal, isWaitingForIDs, early.count < Self.keptNews {
            // It ended before the answer to its create came.
            early[prediction.id] = prediction
        }
        if item == nil { noticeUnknown(prediction, at: now) }
    }
}
