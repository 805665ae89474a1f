public import ReplicateAPI

extension Client {
    /// Starts a prediction and gives its events as they happen.
    ///
    /// Canceling the task that reads the events cancels the prediction; ending the loop early does not.
    ///
    /// - Parameters:
    ///   - target: an official model, a version, or a deployment.
    ///   - input: the model's inputs by name; files may stand anywhere in it.
    ///   - webhook: where the platform posts updates to: https, or http to this machine.
    ///   - webhookEvents: which updates it posts; without a choice, changes of the output and the end.
    ///   - cancelAfter: after how long the platform ends the prediction by itself: 5 seconds to 24 hours.
    ///   - files: how files are sent; by default as the client was told.
    /// - Throws: ``ReplicateError``, as a create does; with the code `unexpectedAnswer` and the prediction if the
    ///   model has no stream.
    ///
    /// API: "Server-sent events".
    public func stream(
        _ target: PredictionTarget, input: InputValue = [:], webhook: String? = nil,
        webhookEvents: [WebhookEvent]? = nil, cancelAfter: Duration? = nil, files: FileEncodingStrategy? = nil
    ) async throws(ReplicateError) -> PredictionStream {
        let options = PredictionOptions(webhook: webhook, webhookEvents: webhookEvents, cancelAfter: cancelAfter)
        if let problem = options.problem { throw ReplicateError(.invalidArgument, problem) }
        let json = try await session.json(of: input, files: files)
        let created = try await RunningCreate(client: self, target: target, input: json, options: options).prediction()
        return try stream(of: created, isOwner: true)
    }

    /// The events of a prediction that was made before. It is left alone when the reader's task is canceled.
    ///
    /// - Parameters:
    ///   - prediction: as a create, a read or a list gave it.
    ///   - id: begins after the event of this ``StreamedEvent/id``, as another program or an earlier run of this one has read it;
    ///     `nil` begins at the first event. If the stream is over by then, and the server keeps its events no longer, reading throws
    ///     `connectionLost` with the finished prediction.
    /// - Throws: ``ReplicateError`` with the code `unexpectedAnswer` if the prediction has no stream.
    public func stream(of prediction: Prediction, after id: String? = nil) throws(ReplicateError) -> PredictionStream {
        var stream = try stream(of: prediction, isOwner: false)
        stream.startID = id
        return stream
    }

    private func stream(of prediction: Prediction, isOwner: Bool) throws(ReplicateError) -> PredictionStream {
        guard let address = prediction.urls.stream else {
            var failure = ReplicateError(
                .unexpectedAnswer,
                "prediction \(prediction.id) has no stream; wait for it instead", delivery: .unknown)
            failure.prediction = prediction
            throw failure
        }
        return PredictionStream(prediction: prediction, client: self, address: address, isOwner: isOwner)
    }
}
