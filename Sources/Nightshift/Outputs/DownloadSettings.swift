/// How patiently and from where outputs are fetched.
package struct DownloadSettings: Hashable, Sendable {
    /// Whether plain http to this machine is allowed, because the provider itself is there.
    package var allowsLoopback: Bool
    /// How many tries in a row may bring nothing new before the download is given up.
    package var attempts: Int
    /// The wait after the first fruitless try; it doubles with every further one.
    package var initialBackoff: Duration
    package var maximumBackoff: Duration
    /// How long the head of an answer may take.
    package var timeout: Duration

    package init(
        allowsLoopback: Bool = false, attempts: Int = 6, initialBackoff: Duration = .milliseconds(300),
        maximumBackoff: Duration = .seconds(15), timeout: Duration = .seconds(60)
    ) {
        self.allowsLoopback = allowsLoopback
        self.attempts = attempts
        self.initialBackoff = initialBackoff
        self.maximumBackoff = maximumBackoff
        self.timeout = timeout
    }

    /// The wait before the next try, drawn from the upper half of the span so that many downloads spread.
    func backoff(afterFailures failures: Int) -> Duration {
        var span = initialBackoff
        for _ in 1..<max(failures, 1) where span < maximumBackoff { span *= 2 }
        return min(span, maximumBackoff) * Double.random(in: 0.5...1)
    }
}
