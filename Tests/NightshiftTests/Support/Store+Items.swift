import Nightshift
import NightshiftCore

extension Store {
    /// Makes these the items of the run, as reading its manifest would.
    func synchronize(
        _ run: RunRecord, _ items: [Item]
    ) async throws -> (run: RunRecord, report: SynchronizationReport) {
        try await synchronize(run, at: Timestamp(milliseconds: 1)) { emit in
            for item in items { _ = try emit(item) }
        }
    }
}
