import LosslessJSON
public import ReplicateAPI

extension Client {
    /// Runs a model and returns its output.
    ///
    /// A model without version is run as an official model; if it is none, its latest version is run, which is looked up once a
    /// client. Canceling the task cancels the prediction at the server.
    ///
    /// - Parameters:
    ///   - target: an official model, a version, or a deployment.
    ///   - input: the model's inputs by name; files may stand anywhere in it.
    ///   - wait: how the end is learned of.
    ///   - webhook: where the platform posts updates to: https, or http to this machine.
    ///   - webhookEvents: which updates it posts; without a choice, changes of the output and the end.
    ///   - cancelAfter: after how long the platform ends the prediction by itself: 5 seconds to 24 hours.
    ///   - files: how files are sent; by default as the client was told.
    ///   - progress: called with every state that was seen, the first and last included.
    /// - Throws: ``ReplicateError`` with the code `predictionFailed`, `predictionCanceled` or `predictionAborted` if the
    ///   prediction ended without success, each with the prediction.
    ///
    /// API: "Predictions" and "Ways to learn that a prediction finished".
    @discardableResult
    public func run(
        _ target: PredictionTarget, input: InputValue = [:], wait: WaitMode = .block(),
        webhook: String? = nil, webhookEvents: [WebhookEvent]? = nil, cancelAfter: Duration? = nil,
        files: FileEncodingStrategy? = nil,
        progress: (Prediction) -> Void = { _ in }
    ) async throws(ReplicateError) -> ModelOutput {
        var options = PredictionOptions(webhook: webhook, webhookEvents: webhookEvents, cancelAfter: cancelAfter)
        var interval = Duration.milliseconds(500)
        switch wait {
        case .block(let timeout): options.wait = min(max(timeout, .seconds(1)), .seconds(60))
        case .poll(let every): interval = every
        }
        if let problem = options.problem { throw ReplicateError(.invalidArgument, problem) }
        let json = try await session.json(of: input, files: files)
        let created = try await RunningCreate(client: self, target: target, input: json, options: options).prediction()
        let prediction: Prediction
        do throws(ReplicateError) {
            let pauses = PollPauses(interval: interval, isFresh: options.wait == nil || created.output == nil)
            prediction = try await self.wait(for: created, pauses: pauses, progress: progress)
        } catch {
            if error.code == .canceled { await cancelUnaffected(created.id) }
            throw error
        }
        if let failure = ReplicateError(ending: prediction) { throw failure }
        return output(of: prediction)
    }

    /// The output of a prediction, with its files ready to be read; null as long as there is none.
    public func output(of prediction: Prediction) -> ModelOutput {
        ModelOutput(of: prediction, session: session)
    }

    /// Cancels a prediction although the task is canceled, and passes over a failure to do so: the cancellation is
    /// what is to be told.
    func cancelUnaffected(_ id: String) async {
        // Not a child of this task, whose calls all fail by now; it is waited for all the same.
        let canceling = Task { _ = try? await predictions.cancel(id) }
        await canceling.value
    }
}

extension PredictionTarget {
    /// The target that a text names, or the error of a call with it.
    init(naming text: String) throws(ReplicateError) {
        do throws(ModelReferenceError) {
            try self.init(parsing: text)
        } catch {
            throw ReplicateError(.invalidArgument, "\(error), or the id of a version")
        }
    }
}

extension ReplicateError {
    /// What a prediction that ended without success is told by; `nil` for all others.
    init?(ending prediction: Prediction) {
        let code: Code
        switch prediction.status {
        case .failed: code = .predictionFailed
        case .canceled: code = .predictionCanceled
        case .aborted: code = .predictionAborted
        case .succeeded, .starting, .processing, .other: return nil
        }
        // One sentence; the whole is in the prediction.
        let reason = prediction.error.map { ": \(BoundedText.line($0))" } ?? ""
        self.init(code, "prediction \(prediction.id) ended as \(prediction.status)\(reason)", delivery: .unknown)
        self.prediction = prediction
    }
}
