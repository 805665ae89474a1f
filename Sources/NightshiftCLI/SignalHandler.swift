import Dispatch
import Foundation
import NightshiftCore
import Synchronization

/// Turns Ctrl-C and SIGTERM into requests to stop: once, drain; twice, leave; three times, exit at once.
///
/// SIGTERM counts as two, because who sends it waits for the process to end. SIGHUP keeps the disposition that the
/// process was given, so `nohup` works.
final class SignalHandler: Sendable {
    private let level = Mutex(0)
    private let requests: AsyncStream<StopRequest>.Continuation
    private let notice: @Sendable (StopRequest) -> Void
    /// The requests in their order; ends never.
    let stops: AsyncStream<StopRequest>

    /// - Parameter notice: told each request before it is acted upon.
    init(notice: @escaping @Sendable (StopRequest) -> Void = { _ in }) {
        self.notice = notice
        (stops, requests) = AsyncStream.makeStream()
    }

    /// Handles signals while `body` runs; before and after, they do what they did before.
    func whileRunning<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        let handlers = [(SIGINT, 1), (SIGTERM, 2)].map { number, least in
            // The source sees the signal first; the process itself must not die of it.
            let previous = signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [self] in raise(to: least) }
            source.resume()
            return (number, previous, source)
        }
        defer {
            for (number, previous, source) in handlers {
                source.cancel()
                signal(number, previous)
            }
        }
        return try await body()
    }

    private func raise(to least: Int) {
        let level = level.withLock { level in
            level = max(level + 1, least)
            return level
        }
        // `_exit`, because other threads are in the middle of things and everything that counts is on disk.
        guard let request = StopRequest(rawValue: level) else { _exit(ExitStatus.interrupted.rawValue) }
        notice(request)
        requests.yield(request)
    }
}
