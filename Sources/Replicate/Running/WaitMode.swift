/// How a run learns that its prediction has finished.
///
/// API: "Ways to learn that a prediction finished".
public enum WaitMode: Hashable, Sendable {
    /// The create is held for the result for up to `timeout`, at most 60 seconds; what takes longer is polled.
    case block(timeout: Duration = .seconds(60))
    /// The prediction is asked for at an interval.
    case poll(interval: Duration = .milliseconds(500))
}
