/// What an answer says of the API's count of calls of its kind: `ratelimit-remaining` and `ratelimit-reset`.
///
/// API: "Ground rules".
public struct RateLimitStatus: Hashable, Sendable {
    /// How many calls may follow at once.
    public var remaining: Int
    /// After how long there are more.
    public var reset: Duration

    /// More calls than any account may make at once; a larger number means as many as anybody likes.
    private static let most = 1_000_000_000
    /// A day, in seconds: the API counts by seconds and minutes, so what is longer is a mistake.
    private static let longestReset = 86_400

    /// Makes the value; a client reads it from answers.
    public init(remaining: Int, reset: Duration) {
        self.remaining = remaining
        self.reset = reset
    }

    /// Reads the two headers, or returns `nil` if they are not there or no whole numbers. Numbers beyond anything the API
    /// could mean are brought within it.
    ///
    /// Without a reset, one second is taken, which is what the API has always been seen to say.
    public init?(remaining: String?, reset: String?) {
        guard let remaining = remaining.flatMap(Int.init), remaining >= 0 else { return nil }
        let seconds = reset.flatMap(Int.init) ?? 1
        self.init(
            remaining: min(remaining, Self.most), reset: .seconds(min(max(0, seconds), Self.longestReset)))
    }
}
