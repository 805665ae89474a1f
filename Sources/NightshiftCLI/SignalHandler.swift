import Dispatch
import Foundation
import Nightshift
import NightshiftCore
import Synchronization

/// Turns signals into requests to stop: Ctrl-C once, drain; twice, leave; three times, exit at once.
///
/// SIGTERM counts as two, because who sends it waits for the process to end. So does SIGHUP, since the terminal that could
/// tell more is gone; but where the process was started with SIGHUP ignored, as by `nohup`, it stays ignored.
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
        let handlers = [(SIGINT, 1), (SIGTERM, 2), (SIGHUP, 2)].compactMap {
            number, least -> (Int32, Disposition, any DispatchSourceSignal)? in
            // The source sees the signal first; the process itself must not die of it.
            let previous = signal(number, SIG_IGN)
            if number == SIGHUP, Self.isIgnoring(previous) { return nil }
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

    /// Runs a body that has nothing to finish: the first signal cancels it.
    /// - Throws: `CancellationError` then.
    func whileRunningUntilStopped<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let result = try await whileRunning {
            let requests = StopSwitch(stops)
            return try await requests.whileHearing { try await requests.preparing(body) }
        }
        guard let result else { throw CancellationError() }
        return result
    }

    private typealias Disposition = (@convention(c) (Int32) -> Void)?

    private static func isIgnoring(_ disposition: Disposition) -> Bool {
        unsafeBitCast(disposition, to: Int.self) == unsafeBitCast(SIG_IGN as Disposition, to: Int.self)
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
