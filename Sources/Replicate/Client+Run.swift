public import JSON
public import ReplicateAPI

extension Client {
    /// How ``run(_:input:options:mode:progress:)`` learns that a prediction has finished.
    public enum WaitMode: Hashable, Sendable {
        /// The create is held for the result, up to 60 seconds; what takes longer is asked for at an interval.
        case block
        /// The prediction is asked for at an interval.
        case poll(every: Duration)
    }

    /// Runs a model and returns its output; null if it has none.
    ///
    /// A model that is named without version is run as an official model; if it is none, its latest version is run.
    ///
    /// - Parameters:
    ///   - reference: `owner/name`, `owner/name:version` or a version's id.
    ///   - progress: called with every state that was seen, the first and last included.
    /// - Throws: ``ReplicateError`` with the code `predictionFailed` if the prediction ended without success.
    public func run(
        _ reference: String, input: JSONValue, options: PredictionOptions = PredictionOptions(),
        mode: WaitMode = .block, progress: (Prediction) -> Void = { _ in }
    ) async throws(ReplicateError) -> JSONValue {
        let target: PredictionTarget
        do throws(ModelReferenceError) {
            target = try PredictionTarget(parsing: reference)
        } catch {
            throw ReplicateError(.invalidArgument, "\(error)")
        }
        var options = options
        var interval = Duration.milliseconds(500)
        switch mode {
        case .block: options.wait = options.wait ?? .seconds(60)
        case .poll(let every): interval = every
        }
        let created = try await createResolving(target, input: input, options: options)
        let prediction = try await wait(for: created, every: interval, progress: progress)
        guard prediction.status == .succeeded else {
            let reason = prediction.error.map { ": \($0)" } ?? ""
            var failure = ReplicateError(
                .predictionFailed, "prediction \(prediction.id) ended as \(prediction.status)\(reason)",
                delivery: .unknown
            )
            failure.prediction = prediction
            throw failure
        }
        return prediction.output ?? .null
    }

    /// Waits until a prediction has finished, and returns it however it ended.
    ///
    /// - Parameters:
    ///   - interval: the time between two looks at it.
    ///   - progress: called with every state that was seen, the first and last included.
    public func wait(
        for prediction: Prediction, every interval: Duration = .milliseconds(500),
        progress: (Prediction) -> Void = { _ in }
    ) async throws(ReplicateError) -> Prediction {
        var prediction = prediction
        progress(prediction)
        while !prediction.status.isTerminal {
            try await session.pause(interval)
            prediction = try await predictions.get(prediction.id)
            progress(prediction)
        }
        return prediction
    }

    /// Community models are not found by their name; their latest version is.
    private func createResolving(
        _ target: PredictionTarget, input: JSONValue, options: PredictionOptions
    ) async throws(ReplicateError) -> Prediction {
        do throws(ReplicateError) {
            return try await predictions.create(target, input: input, options: options)
        } catch {
            guard error.code == .notFound, case .model(let owner, let name) = target else { throw error }
            guard let version = try await models.get(owner, name).latestVersion else { throw error }
            return try await predictions.create(.version(version.id), input: input, options: options)
        }
    }
}
