import LosslessJSON
public import ReplicateAPI

/// The same call for other ways to name what runs and to write its input.
extension Client {
    /// Starts a prediction and gives its events as they happen.
    ///
    /// - Parameters:
    ///   - reference: `owner/name`, `owner/name:version` or a version's id.
    ///   - input: the model's inputs by name; files may stand anywhere in it.
    ///   - webhook: where the platform posts updates to: https, or http to this machine.
    ///   - webhookEvents: which updates it posts; without a choice, changes of the output and the end.
    ///   - cancelAfter: after how long the platform ends the prediction by itself: 5 seconds to 24 hours.
    ///   - files: how files are sent; by default as the client was told.
    /// - Throws: ``ReplicateError``: what ``stream(_:input:webhook:webhookEvents:cancelAfter:files:)-(PredictionTarget,InputValue,_,_,_,_)``
    ///   throws, and `invalidArgument` for a reference that names no model.
    public func stream(
        _ reference: String, input: InputValue = [:], webhook: String? = nil, webhookEvents: [WebhookEvent]? = nil,
        cancelAfter: Duration? = nil, files: FileEncodingStrategy? = nil
    ) async throws(ReplicateError) -> PredictionStream {
        try await stream(
            try PredictionTarget(naming: reference), input: input, webhook: webhook,
            webhookEvents: webhookEvents, cancelAfter: cancelAfter, files: files)
    }

    /// Starts a prediction with any encodable input and gives its events as they happen.
    ///
    /// - Parameters:
    ///   - reference: `owner/name`, `owner/name:version` or a version's id.
    ///   - input: a value that encodes as an object, ``InputFile`` and `Data` in it as files.
    ///   - webhook: where the platform posts updates to: https, or http to this machine.
    ///   - webhookEvents: which updates it posts; without a choice, changes of the output and the end.
    ///   - cancelAfter: after how long the platform ends the prediction by itself: 5 seconds to 24 hours.
    ///   - files: how files are sent; by default as the client was told.
    /// - Throws: ``ReplicateError``: what ``stream(_:input:webhook:webhookEvents:cancelAfter:files:)-(PredictionTarget,InputValue,_,_,_,_)``
    ///   throws, and `invalidArgument` for a reference that names no model or an input that cannot be encoded.
    public func stream(
        _ reference: String, input: some Encodable, webhook: String? = nil, webhookEvents: [WebhookEvent]? = nil,
        cancelAfter: Duration? = nil, files: FileEncodingStrategy? = nil
    ) async throws(ReplicateError) -> PredictionStream {
        try await stream(
            try PredictionTarget(naming: reference), input: try InputValue(encoding: input), webhook: webhook,
            webhookEvents: webhookEvents, cancelAfter: cancelAfter, files: files)
    }

    /// Starts a prediction with inputs of any types and gives its events as they happen.
    ///
    /// - Parameters:
    ///   - reference: `owner/name`, `owner/name:version` or a version's id.
    ///   - input: the model's inputs by name, of any types, as ``InputValue/init(members:)`` takes them.
    ///   - webhook: where the platform posts updates to: https, or http to this machine.
    ///   - webhookEvents: which updates it posts; without a choice, changes of the output and the end.
    ///   - cancelAfter: after how long the platform ends the prediction by itself: 5 seconds to 24 hours.
    ///   - files: how files are sent; by default as the client was told.
    /// - Throws: ``ReplicateError``: what ``stream(_:input:webhook:webhookEvents:cancelAfter:files:)-(PredictionTarget,InputValue,_,_,_,_)``
    ///   throws, and `invalidArgument` for a reference that names no model or an input that cannot be encoded.
    @_disfavoredOverload
    public func stream(
        _ reference: String, input: [String: (any Encodable)?], webhook: String? = nil,
        webhookEvents: [WebhookEvent]? = nil,
        cancelAfter: Duration? = nil, files: FileEncodingStrategy? = nil
    ) async throws(ReplicateError) -> PredictionStream {
        try await stream(
            try PredictionTarget(naming: reference), input: try InputValue(members: input), webhook: webhook,
            webhookEvents: webhookEvents, cancelAfter: cancelAfter, files: files)
    }

    /// Starts a prediction with any encodable input and gives its events as they happen.
    ///
    /// - Parameters:
    ///   - target: an official model, a version, or a deployment.
    ///   - input: a value that encodes as an object, ``InputFile`` and `Data` in it as files.
    ///   - webhook: where the platform posts updates to: https, or http to this machine.
    ///   - webhookEvents: which updates it posts; without a choice, changes of the output and the end.
    ///   - cancelAfter: after how long the platform ends the prediction by itself: 5 seconds to 24 hours.
    ///   - files: how files are sent; by default as the client was told.
    /// - Throws: ``ReplicateError``: what ``stream(_:input:webhook:webhookEvents:cancelAfter:files:)-(PredictionTarget,InputValue,_,_,_,_)``
    ///   throws, and `invalidArgument` if the input cannot be encoded.
    public func stream(
        _ target: PredictionTarget, input: some Encodable, webhook: String? = nil, webhookEvents: [WebhookEvent]? = nil,
        cancelAfter: Duration? = nil, files: FileEncodingStrategy? = nil
    ) async throws(ReplicateError) -> PredictionStream {
        try await stream(
            target, input: try InputValue(encoding: input), webhook: webhook,
            webhookEvents: webhookEvents, cancelAfter: cancelAfter, files: files)
    }

    /// Starts a prediction with inputs of any types and gives its events as they happen.
    ///
    /// - Parameters:
    ///   - target: an official model, a version, or a deployment.
    ///   - input: the model's inputs by name, of any types, as ``InputValue/init(members:)`` takes them.
    ///   - webhook: where the platform posts updates to: https, or http to this machine.
    ///   - webhookEvents: which updates it posts; without a choice, changes of the output and the end.
    ///   - cancelAfter: after how long the platform ends the prediction by itself: 5 seconds to 24 hours.
    ///   - files: how files are sent; by default as the client was told.
    /// - Throws: ``ReplicateError``: what ``stream(_:input:webhook:webhookEvents:cancelAfter:files:)-(PredictionTarget,InputValue,_,_,_,_)``
    ///   throws, and `invalidArgument` if the input cannot be encoded.
    @_disfavoredOverload
    public func stream(
        _ target: PredictionTarget, input: [String: (any Encodable)?], webhook: String? = nil,
        webhookEvents: [WebhookEvent]? = nil,
        cancelAfter: Duration? = nil, files: FileEncodingStrategy? = nil
    ) async throws(ReplicateError) -> PredictionStream {
        try await stream(
            target, input: try InputValue(members: input), webhook: webhook,
            webhookEvents: webhookEvents, cancelAfter: cancelAfter, files: files)
    }
}
