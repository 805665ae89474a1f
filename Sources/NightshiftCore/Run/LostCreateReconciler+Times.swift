import ReplicateAPI

/// Which predictions may answer a lost create, by when they were made.
extension LostCreateReconciler {
    /// When the provider may have accepted the create, by the provider's clock. The clock that stamps answers may not be the
    /// one that stamps predictions, so there may be several answers.
    ///
    /// - Parameter isOpen: it may have been accepted at any time until now.
    func acceptanceTimes(
        of lost: LostCreate, isOpen: Bool = false, _ clock: ProviderClock, at now: Timestamp
    ) -> [Range<Timestamp>] {
        let intent = lost.intent
        let skew = reconciling.skew
        var offsets: Set<Duration> = [.zero]
        if let offset = intent.clockOffset { offsets.insert(offset) }
        if !intent.isEarlier { offsets.insert(clock.offset) }
        let latestEver = clock.providerTime(for: now).advanced(by: skew)
        // What waits in a queue of the provider may be taken up much later than what was answered with a failure.
        let wait: Duration =
            lost.loss == .timedOut || isOpen
            ? .seconds(3600)
            : Swift.max(.seconds(300), .seconds(120) + reconciling.patience(after: lost.loss))
        var times = offsets.map { offset in
            let sent = intent.at.advanced(by: offset)
            let from = sent.advanced(by: .zero - skew)
            let until = isOpen ? Swift.max(sent.advanced(by: skew + wait), latestEver) : sent.advanced(by: skew + wait)
            return from..<until.advanced(by: .milliseconds(1))
        }
        if intent.clockOffset == nil, !clock.isKnown {
            // Neither clock is known to be right, so no time tells anything: the input alone does.
            let longest = Duration.seconds(3650 * 86_400)
            times.append(now.advanced(by: .zero - longest)..<now.advanced(by: longest))
        } else if intent.clockOffset == nil, intent.isEarlier {
            // Nobody knows how wrong the clock was by which it was sent: most that are wrong are so by a day at most.
            let theirs = clock.providerTime(for: now)
            let earliest = Swift.min(intent.at, theirs).advanced(by: .seconds(-26 * 3600))
            let from = Swift.max(earliest, theirs.advanced(by: .seconds(-14 * 86_400)))
            times.append(from..<latestEver.advanced(by: .milliseconds(1)))
        }
        return times
    }

    func matches(_ prediction: Prediction, _ times: [Range<Timestamp>], step: Int) -> Bool {
        guard prediction.source != "web", !isOfAnotherStep(prediction, step) else { return false }
        guard let createdAt = prediction.createdAt.map(Timestamp.init) else { return true }
        return times.contains { $0.contains(createdAt) }
    }

    /// A model's name may come back as another one, so it only tells steps of this run apart.
    private func isOfAnotherStep(_ prediction: Prediction, _ step: Int) -> Bool {
        guard models.count > 1, let model = prediction.model, models[step] != model else { return false }
        return models.contains(model)
    }
}
