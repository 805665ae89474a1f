import Foundation
import ReplicateAPI
import Synchronization

/// Cancels what a client's canceled runs have left running.
final class AbandonedRuns: Sendable {
    /// The time between two looks: a new prediction may take a moment to show up in the list.
    private static let pause = Duration.milliseconds(240)
    /// How often the list is looked at after the last run was abandoned. What is not found by then is canceled when its create
    /// is answered.
    private static let looks = 40
    /// More pages than this are not read at a look.
    private static let mostPages = 50
    /// How far the two clocks may be apart beyond what is known of it.
    private static let clockTolerance: TimeInterval = 3

    private struct State {
        var creates = PendingCreates()
        var looksLeft = 0
        var isLooking = false
    }

    private let state = Mutex(State())

    func update<Value: Sendable>(_ body: (inout PendingCreates) -> Value) -> Value {
        state.withLock { body(&$0.creates) }
    }

    /// Whether the list is looked at from time to time.
    var isLooking: Bool { state.withLock { $0.isLooking } }

    /// Begins to look for what was abandoned, for all runs of the client together.
    func look(by client: Client) {
        let isFirst = state.withLock { state in
            state.looksLeft = Self.looks
            defer { state.isLooking = true }
            return !state.isLooking
        }
        // Not a child of the caller's task, which is canceled.
        if isFirst { Task { await lookAround(client) } }
    }

    private func lookAround(_ client: Client) async {
        while let since = nextLook() {
            let rows = await rows(of: client, since: since)
            let found = update { $0.abandoned(in: rows) }
            await withTaskGroup { group in
                for id in found { group.addTask { _ = try? await client.predictions.cancel(id) } }
            }
            try? await Task.sleep(for: Self.pause)
        }
    }

    private func nextLook() -> Date? {
        state.withLock { state in
            if state.looksLeft > 0, let since = state.creates.abandonedSince {
                state.looksLeft -= 1
                return since
            }
            state.isLooking = false
            return nil
        }
    }

    private func rows(of client: Client, since start: Date) async -> [Prediction] {
        let offset = TimeInterval((client.clockOffset ?? .zero).components.seconds)
        let earliest = start.addingTimeInterval(offset - Self.clockTolerance)
        var rows: [Prediction] = []
        do throws(ReplicateError) {
            var page = try await client.predictions.list(createdAfter: earliest)
            rows = page.results
            for _ in 1..<Self.mostPages {
                guard let next = try await client.nextPage(of: page) else { break }
                page = next
                rows += page.results
            }
        } catch {
            // Half a list would make some of the predictions look like all of them.
            return []
        }
        return rows
    }
}
