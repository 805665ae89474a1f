package import ReplicateAPI

/// When a prediction was taken in, begun and done, by the provider's clock.
package struct PredictionTimes: Hashable, Sendable {
    package var createdAt: Timestamp?
    package var startedAt: Timestamp?
    package var completedAt: Timestamp?

    package init(_ prediction: Prediction) {
        createdAt = prediction.createdAt.map(Timestamp.init)
        startedAt = prediction.startedAt.map(Timestamp.init)
        completedAt = prediction.completedAt.map(Timestamp.init)
    }

    /// Seconds before it began: in the queue, and while the model was started.
    package var waitTime: Double? { Self.seconds(from: createdAt, to: startedAt) }
    /// Seconds in which it was computed.
    package var runTime: Double? { Self.seconds(from: startedAt, to: completedAt) }

    /// - Returns: `nil` where a time is missing, or the second is before the first, so that one of them is wrong.
    private static func seconds(from first: Timestamp?, to second: Timestamp?) -> Double? {
        guard let first, let second, second >= first else { return nil }
        return first.duration(to: second).inSeconds
    }
}
