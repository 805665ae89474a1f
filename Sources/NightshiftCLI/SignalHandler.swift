import Dispatch
import Foundation
import Nightshift
import NightshiftCore
import Synchronization

/// Turns signals into requests to stop, as ``StopLadder`` says.
///
/// A signal that the process was started to ignore stays ignored: SIGHUP by `nohup`, SIGINT where a shell's script starts it in
/// the background.
final class SignalHandler: Sendable {
    private let ladder = Mutex(StopLadder())
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
        let signals: [(Int32, StopLadder.Signal)] = [(SIGINT, .interrupt), (SIGTERM, .terminate), (SIGHUP, .hangUp)]
        let handlers = signals.compactMap { number, meaning -> (Int32, Disposition, any DispatchSourceSignal)? in
            // The source sees the signal first; the process itself must not die of it.
            let previous = signal(number, SIG_IGN)
            if Self.isIgnoring(previous) { return nil }
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [self] in take(meaning) }
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

    /// Runs a server until a signal comes, or the server ends by an error.
    /// - Parameter serve: given what it has to tell if its address cannot be printed, without which nobody finds it.
    func serveUntilStopped(
        _ serve: @escaping @Sendable (_ fail: @escaping @Sendable (OutputError) -> Void) async throws -> Void
    ) async throws {
        let (failures, failed) = AsyncStream.makeStream(of: OutputError.self)
        try await whileRunning {
            // What ends first ends the others.
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await serve { failed.yield($0) } }
                group.addTask { for await failure in failures { throw failure } }
                group.addTask { [stops] in for await _ in stops { return } }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    private typealias Disposition = (@convention(c) (Int32) -> Void)?

    private static func isIgnoring(_ disposition: Disposition) -> Bool {
        unsafeBitCast(disposition, to: Int.self) == unsafeBitCast(SIG_IGN as Disposition, to: Int.self)
    }

    private func take(_ signal: StopLadder.Signal) {
        switch ladder.withLock({ $0.take(signal, at: .now) }) {
        case .stop(let request):
            notice(request)
            requests.yield(request)
        // `_exit`, because other threads are in the middle of things and everything that counts is on disk.
        case .exitAtOnce: _exit(ExitStatus.interrupted.rawValue)
        case nil: break
        }
    }
}
