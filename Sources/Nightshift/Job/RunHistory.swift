public import NightshiftCore

/// What a run has taken, over all its sessions.
public struct RunHistory: Hashable, Sendable {
    /// In order; none is known of runs of older versions.
    public var sessions: [SessionSummary]
    /// When the first session began, and when the last one ended or was heard of last; the end is `nil` while one is under way.
    public var beganAt: Timestamp?
    public var endedAt: Timestamp?
    /// Seconds of all sessions together; `nil` if none is known.
    public var sessionTime: Double?
    /// What was spent by the manifest's prices; `nil` where it gives none.
    public var cost: Double?
    public var statistics: RunStatistics

    /// - Parameter statistics: without any, nothing has ended yet.
    package init(
        sessions: [SessionSummary] = [], isAlive: Bool, cost: Double? = nil,
        statistics: RunStatistics = RunStatistics(slowest: []), at now: Timestamp = .distantPast
    ) {
        self.sessions = sessions
        self.cost = cost
        self.statistics = statistics
        beganAt = sessions.first?.beganAt
        endedAt = isAlive ? nil : sessions.compactMap { $0.endedAt ?? $0.seenAt }.max()
        guard !sessions.isEmpty else { return }
        sessionTime = sessions.reduce(0) { sum, session in
            let isLast = session.id == sessions.last?.id
            let end = session.endedAt ?? (isLast && isAlive ? now : session.seenAt)
            return sum + max(0, session.beganAt.duration(to: end).inSeconds)
        }
    }
}

extension Reports {
    /// - Parameter manifest: whose prices count.
    package func history(
        of run: RunRecord, totals: RunTotals, _ manifest: Manifest, isAlive: Bool, at now: Timestamp
    ) async throws(StoreError) -> RunHistory {
        RunHistory(
            sessions: try await sessions(of: run), isAlive: isAlive, cost: totals.cost(manifest),
            statistics: try await statistics(of: run), at: now)
    }
}

extension RunTotals {
    /// What was spent by a manifest's prices; `nil` where it gives none.
    package func cost(_ manifest: Manifest) -> Double? {
        let steps = manifest.steps.map { ($0.name, $0.price ?? PriceSettings(), 0.0) }
        guard steps.contains(where: { $0.1 != PriceSettings() }) else { return nil }
        return cost(steps)
    }
}
