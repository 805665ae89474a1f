/// When a prediction is looked at: not before it can have ended, and soon after.
extension PredictionPoller {
    /// No look before the earliest plausible end.
    func firstPoll(since: Timestamp, of step: Int, _ pace: Pace, at now: Timestamp) -> Timestamp {
        let runTimes = pace.runTimes[step]
        if isNotified {
            let late = Swift.max(.seconds(30), (runTimes.typical ?? .zero) * 2)
            return alignedToPollTick(Swift.max(now, since.advanced(by: late)), waited: late, pace)
        }
        // Results expire, however long earlier ones have taken.
        let wait = Swift.min(runTimes.earliestPlausible ?? .milliseconds(100), retention / 2)
        return alignedToPollTick(Swift.max(now, since.advanced(by: wait)), waited: .zero, pace)
    }

    /// A look that found nothing is followed by another after an eighth of the time already waited, or at once if the end
    /// must be near: the delay stays in proportion to the run, and few looks are spent on long ones.
    func nextPoll(since: Timestamp, of step: Int, _ pace: Pace, at now: Timestamp) -> Timestamp {
        let waited = since.duration(to: now)
        let runTimes = pace.runTimes[step]
        // With webhooks, polling is only for calls that never came.
        if isNotified {
            let wait = Swift.max(.seconds(30), runTimes.typical ?? .zero)
            return alignedToPollTick(now.advanced(by: wait), waited: waited, pace)
        }
        var pause = Swift.min(15000, Swift.max(25, waited.milliseconds / 8))
        if let typical = runTimes.typical, let earliest = runTimes.earliestPlausible, waited < typical * 9 / 8 {
            // Where all take about the same time, the end is near.
            let spread = typical - earliest
            pause = Swift.min(pause, Swift.max(Self.tick(pace), spread / 2).milliseconds)
        }
        return alignedToPollTick(now.advanced(by: .milliseconds(pause)), waited: waited, pace)
    }

    /// With many in flight looks fall on common ticks, so that one sweep serves them all.
    ///
    /// Ticks are as far apart as the time already waited allows: a power of two of milliseconds, so that the ticks of
    /// those who wait longer are ticks of the others too.
    private func alignedToPollTick(_ instant: Timestamp, waited: Duration, _ pace: Pace) -> Timestamp {
        guard pace.inFlight > 16 else { return instant }
        var tick = Self.tick(pace).milliseconds
        if pace.shortestRunTime == nil {
            let longest = waited.milliseconds / 16
            while tick * 2 <= longest { tick *= 2 }
        }
        return Self.firstTick(from: instant, every: tick)
    }

    /// One sweep a tick: what comes due meanwhile is due by the next one.
    func nextPollTick(_ pace: Pace, after now: Timestamp) -> Timestamp {
        Self.firstTick(from: now.advanced(by: .milliseconds(1)), every: Self.tick(pace).milliseconds)
    }

    private static func firstTick(from instant: Timestamp, every tick: Int64) -> Timestamp {
        Timestamp(milliseconds: (instant.milliseconds + tick - 1) / tick * tick)
    }

    private static func tick(_ pace: Pace) -> Duration {
        guard let typical = pace.shortestRunTime else { return .milliseconds(32) }
        return .milliseconds(Swift.min(5000, Swift.max(8, typical.milliseconds / 25)))
    }
}
