import Dispatch
import Foundation
import NightshiftCore
import Synchronization

/// Turns Ctrl-C and SIGTERM into requests to stop: once, drain; twice, leave; three times, exit at once.
final class SignalHandler: Sendable {
    private let level = Mutex(0)
    private let requests: AsyncStream<StopRequest>.Continuation
    private let tell: @Sendable (String) -> Void
    let stops: AsyncStream<StopRequest>

    init(tell: @escaping @Sendable (String) -> Void) {
        self.tell = tell
        (stops, requests) = AsyncStream.makeStream()
    }

    /// Handles signals while `body` runs; before and after, they do what the system does by itself.
    func whileRunning<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        let sources = [(SIGINT, 1), (SIGTERM, 2)].map { number, steps in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [self] in raise(by: steps) }
            source.resume()
            return source
        }
        defer {
            for source in sources { source.cancel() }
            signal(SIGINT, SIG_DFL)
            signal(SIGTERM, SIG_DFL)
        }
        return try await body()
    }

    private func raise(by steps: Int) {
        let level = level.withLock { level in
            level += steps
            return level
        }
        switch level {
        case 1:
            tell("finishing what runs and creating nothing more; press Ctrl-C again to leave it to the provider")
            requests.yield(.drain)
        case 2:
            tell("leaving what runs to the provider; the next run adopts it; press Ctrl-C again to exit at once")
            requests.yield(.leave)
        default: exit(ExitStatus.interrupted.rawValue)
        }
    }
}
