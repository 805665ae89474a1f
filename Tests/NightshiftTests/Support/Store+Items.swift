import Nightshift
import NightshiftCore

extension Store {
    /// Makes these the items of the run, as reading its manifest would.
    func synchronize(
        _ run: RunRecord, _ items: [Item]
    ) async throws -> (run: RunRecord, report: SynchronizationReport) {
        try await synchronize(run, with: items, at: Timestamp(milliseconds: 1))
    }
}
