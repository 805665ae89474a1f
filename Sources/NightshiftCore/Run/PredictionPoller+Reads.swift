import ReplicateAPI

/// What single reads, and everything else that is told of a prediction, say of it.
extension PredictionPoller {
    /// A prediction was read for an item.
    /// - Returns: whether the answer is to be observed; else it is asked for again.
    mutating func wasRead(_ id: ItemID, _ prediction: Prediction, at now: Timestamp) -> Bool {
        guard var watch = watches[id] else { return false }
        watch.isBeingRead = false
        defer { self.watch(id, watch) }
        guard watch.predictionID == prediction.id else {
            // Of another attempt, or the provider has mixed something up.
            watch.nextPollAt = now.advanced(by: .seconds(2))
            return false
        }
        (watch.misses, watch.missingSince, watch.refusedSince) = (0, nil, nil)
        guard prediction.leavesOpen, watch.partialReads < Self.mostPartialReads else { return true }
        // Half an answer is no answer: it is asked once more.
        watch.partialReads += 1
        watch.nextPollAt = now.advanced(by: .seconds(2))
        return false
    }

    /// A read failed otherwise than by "not found".
    ///
    /// - Parameter wait: until it is tried again.
    /// - Returns: whether the prediction cannot be read for too long, while others can.
    mutating func readFailed(_ id: ItemID, _ error: ProviderError, wait: Duration, at now: Timestamp) -> Bool {
        guard var watch = watches[id] else { return false }
        watch.isBeingRead = false
        watch.nextPollAt = now.advanced(by: wait)
        defer { self.watch(id, watch) }
        guard [.unauthorized, .foreignRefusal, .rejected].contains(error.code) else { return false }
        let since = watch.refusedSince ?? now
        watch.refusedSince = since
        guard since.duration(to: now) >= retention, let passed = lastReadPassed else { return false }
        return passed.duration(to: now) < retention / 4
    }

    mutating func readSucceeded(at now: Timestamp) {
        pollSoon()
        failuresInARow = 0
        lastReadPassed = now
        refusals.passed()
        reads.passed(at: now)
    }

    /// How long a failed read waits, and whether it is one of many.
    mutating func readBackoff(
        using random: inout SeededGenerator, at now: Timestamp
    ) -> (wait: Duration, isOutage: Bool) {
        pollSoon()
        reads.probeLost(at: now)
        failuresInARow += 1
        return (
            Self.backoff.delay(afterFailure: failuresInARow, using: &random), failuresInARow >= Self.failuresBeforeTold
        )
    }

    /// Takes in what is known of a prediction, whatever the source.
    ///
    /// - Parameter mayBePartial: it is no answer to a read, and may say less than a read would.
    /// - Returns: `nil` if it says nothing of what the item has now.
    mutating func observe(
        _ id: ItemID, _ prediction: Prediction, mayBePartial: Bool, _ pace: Pace, at now: Timestamp
    ) -> Observation? {
        guard var watch = watches[id], watch.predictionID == prediction.id else { return nil }
        absence.found(prediction.id)
        guard prediction.status.isTerminal else {
            if prediction.status == .processing, watch.processingSince == nil { watch.processingSince = now }
            (watch.misses, watch.missingSince, watch.refusedSince) = (0, nil, nil)
            watch.isUnlisted = false
            watch.nextPollAt = nextPoll(since: watch.since, of: watch.step, pace, at: now)
            self.watch(id, watch)
            if case .other(let status) = prediction.status { return .goesOn(unknownStatus: status) }
            return .goesOn(unknownStatus: nil)
        }
        if mayBePartial, prediction.leavesOpen {
            watch.isUnlisted = true
            watch.nextPollAt = now
            self.watch(id, watch)
            return .mustBeRead
        }
        return .ended(watch)
    }
}

extension Prediction {
    /// Whether it tells that it has ended and leaves out what came of it.
    fileprivate var leavesOpen: Bool {
        switch status {
        case .succeeded: !dataRemoved && absentKeys.contains("output")
        case .failed: absentKeys.contains("error")
        case .starting, .processing, .canceled, .aborted, .other: false
        }
    }
}
