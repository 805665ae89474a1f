import GRDB
import NightshiftCore

/// What a run does in ten seconds, for the course of a night.
struct Activity {
    /// The beginning of the ten seconds, in milliseconds since 1970.
    private var since: Int64
    private var at: Timestamp
    private var sent = 0
    private var succeeded = 0
    private var failed = 0
    private var retried = 0
    private let throttles: Int
    private let inFlight: Int

    /// - Parameters:
    ///   - transitions: made at one moment; not empty.
    ///   - totals: as they are after that.
    init(_ transitions: [Transition], _ totals: RunTotals) {
        at = transitions.last?.at ?? .distantPast
        since = at.milliseconds - at.milliseconds % Int64(RunActivity.length * 1000)
        for transition in transitions {
            switch transition.change {
            case .submitting: sent += 1
            case .succeeded: succeeded += 1
            case .failed, .unmet: failed += 1
            case .waiting: retried += 1
            default: break
            }
        }
        throttles = totals.throttles
        inFlight = totals[.submitting] + totals[.unknown] + totals[.running]
    }

    /// Adds it to what the run did before in these ten seconds; the run's own totals are those of before.
    func add(to run: RunRecord, _ database: Database) throws {
        try database.cachedStatement(
            sql: """
                INSERT INTO activity (run_id, since, sent, succeeded, failed, retried, throttled, in_flight)
                SELECT id, ?2, ?3, ?4, ?5, ?6, ?7 - throttles, ?8 FROM run WHERE id = ?1
                ON CONFLICT (run_id, since) DO UPDATE SET
                    sent = sent + excluded.sent, succeeded = succeeded + excluded.succeeded,
                    failed = failed + excluded.failed, retried = retried + excluded.retried,
                    throttled = throttled + excluded.throttled, in_flight = MAX(in_flight, excluded.in_flight)
                """
        ).execute(arguments: [run.id, since, sent, succeeded, failed, retried, throttles, inFlight])
        guard let session = run.session else { return }
        try database.cachedStatement(sql: "UPDATE session SET seen_at = MAX(seen_at, ?) WHERE id = ?")
            .execute(arguments: [at.milliseconds, session])
    }
}
