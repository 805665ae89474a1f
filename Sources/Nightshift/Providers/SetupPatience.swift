import Foundation
import NightshiftCore
import ReplicateAPI

/// How long a provider is waited for that cannot be asked before a session's first create. Nothing is under way yet, so there
/// is an end to it; until then it is met as later on.
struct SetupPatience: Sendable {
    /// How often it is asked at least before it counts as out of reach.
    var attempts = 6
    /// How long it is asked at least.
    var time = Duration.zero
    /// Told once what is waited for, when that takes more than a moment.
    var observe: @Sendable (Announcement) -> Void = { _ in }

    /// After so many failures in a row people are told.
    private static let failuresBeforeTelling = 3
    private static let longestWait = Duration.seconds(15)

    /// Asks until there is an answer, or a failure that will not pass.
    func asking<Value>(
        _ body: () async throws(ProviderError) -> Value
    ) async throws(ProviderError) -> Value {
        let start = ContinuousClock.now
        let backoff = Backoff(initial: .milliseconds(500), factor: 2, max: Self.longestWait)
        var random = SystemRandomNumberGenerator()
        var failures = 0
        while true {
            do throws(ProviderError) {
                return try await body()
            } catch {
                failures += 1
                let elapsed = ContinuousClock.now - start
                guard error.mayPass, failures < attempts || elapsed < time else { throw error }
                var wait = backoff.delay(afterFailure: failures, using: &random)
                if let asked = error.retryAfter { wait = max(wait, min(asked, max(time - elapsed, Self.longestWait))) }
                if failures == Self.failuresBeforeTelling || (failures == 1 && wait > Self.longestWait) {
                    tell(error, left: time - elapsed)
                }
                guard (try? await Task.sleep(for: wait)) != nil else { throw error }
            }
        }
    }

    private func tell(_ error: ProviderError, left: Duration) {
        guard left > .zero else { return }
        observe(Announcement(.setupFails(message: error.message), until: WallClock().now.advanced(by: left)))
    }
}

extension ProviderError {
    /// Whether the same request may be answered otherwise a little later.
    fileprivate var mayPass: Bool {
        switch code {
        case .unavailable, .throttled, .foreignRefusal, .busy, .notSent, .unknownOutcome: true
        default: false
        }
    }
}
