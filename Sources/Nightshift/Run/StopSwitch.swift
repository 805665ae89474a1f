package import NightshiftCore
import Synchronization

/// Leads requests to stop to where the run is: while it is prepared they end the preparation, since nothing was sent that
/// could be finished; after that they are the session's.
package final class StopSwitch: Sendable {
    private struct State {
        /// Ends the preparation that goes on.
        var cancel: (@Sendable () -> Void)?
        var hasStopped = false
    }

    private let requests: AsyncStream<StopRequest>
    private let state = Mutex(State())
    private let continuation: AsyncStream<StopRequest>.Continuation
    /// What has come outside of a preparation.
    package let stops: AsyncStream<StopRequest>

    package init(_ requests: AsyncStream<StopRequest>) {
        self.requests = requests
        (stops, continuation) = AsyncStream.makeStream()
    }

    /// Hears the requests while `body` runs.
    package func whileHearing<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for await request in self.requests { self.take(request) } }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    private func take(_ request: StopRequest) {
        let cancel = state.withLock { state in
            if state.cancel != nil { state.hasStopped = true }
            return state.cancel
        }
        if let cancel { cancel() } else { continuation.yield(request) }
    }

    /// Whether a request to stop has ended a preparation.
    package var hasStopped: Bool { state.withLock { $0.hasStopped } }

    /// From now on something has been sent that can be finished: requests to stop are the session's.
    package func begin() {
        state.withLock { $0.cancel = nil }
    }

    /// - Returns: what `body` returns, or `nil` if a request to stop came before it did.
    package func preparing<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value?
    {
        // A task of its own, because a child could be canceled with all its siblings only.
        let task = Task { try await body() }
        state.withLock { $0.cancel = { task.cancel() } }
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        let hasStopped = state.withLock { state in
            state.cancel = nil
            return state.hasStopped
        }
        return hasStopped ? nil : try result.get()
    }
}
