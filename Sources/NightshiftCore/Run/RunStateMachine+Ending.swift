/// When a run is over, and when it looks up next until then.
extension RunStateMachine {
    func isDone(at now: Timestamp) -> Bool {
        if ending != nil {
            return !window.values.contains { item in
                switch item.phase {
                case .submitting, .running, .fetching, .preparing: true
                // A person does not wait for what most likely is not there; the next session looks for it again.
                case .unknown(let lost): !lost.isQuiet || (ending != .interrupted && ending != .canceled)
                case .ready, .prepared: false
                }
            }
        }
        return window.isEmpty && steps.allSatisfy(\.isExhausted)
    }

    /// A create was sent whose answer will tell an id that the next run would have to look for.
    var isWaitingForIDs: Bool {
        settings.traits.remembersPredictions
            && window.values.contains { if case .submitting = $0.phase { true } else { false } }
    }

    mutating func finish(_ end: RunEnd, at now: Timestamp) {
        hasFinished = true
        answerCanceled(isComplete: isDone(at: now))
        decision.finish = end
        decision.load = nil
    }

    func nextWake(after now: Timestamp) -> Timestamp? {
        var wake = Swift.min(lookWake, fetchWake, leaveBy ?? control.graceEnd ?? .distantFuture)
        if ending == nil {
            if let wallTimeEnd, wallTimeEnd > now { wake = Swift.min(wake, wallTimeEnd) }
            for step in steps {
                guard let nextDue = step.nextDue, !step.isLoading else { continue }
                // What is due among the first items and was not loaded waits for something else.
                let isAwaited = canary == nil ? step.isRunningShort : nextDue > now
                if isAwaited { wake = Swift.min(wake, nextDue) }
            }
            if let change = dailyWindow.wake { wake = Swift.min(wake, change) }
            if !control.orders.isPaused, mayCreate(at: now), !preparedQueue.isEmpty || hasWorkAndRoom {
                wake = Swift.min(wake, Swift.max(createsPausedUntil, createOpening(after: now)))
            }
        }
        wake = Swift.min(wake, checkWake(after: now))
        if let opening = searching.opening { wake = Swift.min(wake, Swift.max(opening, readOpening(after: now))) }
        guard wake < .distantFuture else { return nil }
        return Swift.max(wake, now.advanced(by: .milliseconds(1)))
    }
}
