import ReplicateAPI

/// What an earlier session has left in flight.
extension RunStateMachine {
    /// Takes up an item where its checkpoint left it.
    mutating func resume(_ item: LoadedItem, at now: Timestamp) {
        let mayStillRun = settings.traits.remembersPredictions && settings.traits.survivesRestart
        switch item.checkpoint {
        case .pending:
            admit(item, phase: .ready(input: item.input, files: item.files))
            changeStep(of: item.id) { $0.readyQueue.append(item.id) }
        case .submitting(let intentAt, let digest):
            // The process died after the intent, so the create was sent before now at the latest.
            admit(item, phase: .unknown(Intent(at: intentAt, requestDigest: digest), lostAt: now))
            if mayStillRun {
                lost(
                    item.id, Intent(at: intentAt, requestDigest: digest),
                    "the last session ended while it was being sent",
                    at: now)
            } else {
                returnToStore(item.id, due: now, at: now)
            }
        case .unknown(let intentAt, _, let digest):
            // The clock may have been set since it was lost, so the list gets its time again.
            admit(item, phase: .unknown(Intent(at: intentAt, requestDigest: digest), lostAt: now))
            if !mayStillRun { returnToStore(item.id, due: now, at: now) }
        case .running(let predictionID, let since):
            if mayStillRun, since.advanced(by: settings.reconciling.retention) < now { resumed.watch(item.id) }
            admit(item, phase: .running(Running(item, predictionID: predictionID, since: since, at: now)))
            if !mayStillRun { returnToStore(item.id, due: now, at: now) }
        case .fetching(let predictionID, let output, let since):
            if mayStillRun, since.advanced(by: settings.reconciling.retention) < now { resumed.watch(item.id) }
            if let shared = item.shared {
                admit(item, phase: .ready(input: item.input, files: item.files))
                share(item.id, shared, at: now)
            } else if let output {
                admit(item, phase: .fetching(Fetching(predictionID: predictionID, output: output, since: now)))
                fetchQueue.insert(item.id, at: 0)
            } else {
                admit(item, phase: .running(Running(item, predictionID: predictionID, since: now, at: now)))
                if !mayStillRun { returnToStore(item.id, due: now, at: now) }
            }
        }
    }
}

extension RunStateMachine.Running {
    /// A prediction that an earlier session has made.
    fileprivate init(_ item: LoadedItem, predictionID: String, since: Timestamp, at now: Timestamp) {
        self.init(predictionID: predictionID, since: since, nextLook: now)
        isCounted = item.isCounted
    }
}
