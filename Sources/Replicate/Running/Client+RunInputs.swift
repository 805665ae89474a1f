import LosslessJSON
public import ReplicateAPI

/// The same call for other ways to name what runs and to write its input.
///
/// The overloads for dictionaries are the last choice, so that literals stay ``InputValue``.
extension Client {
    /// Runs a model and returns its output.
    ///
    /// - Parameters:
    ///   - reference: `owner/name`, `owner/name:version` or a version's id.
    ///   - input: the model's inputs by name; files may stand anywhere in it.
    ///   - wait: how the end is learned of.
    ///   - webhook: where the platform posts updates to: https, or http to this machine.
    ///   - webhookEvents: which updates it posts; without a choice, changes of the output and the end.
    ///   - cancelAfter: after how long the platform ends the prediction by itself: 5 seconds to 24 hours.
    ///   - files: how files are sent; by default as the client was told.
    ///   - progress: called with every state that was seen, the first and last included.
    /// - Throws: ``ReplicateError``: what ``run(_:input:wait:webhook:webhookEvents:cancelAfter:files:progress:)-(PredictionTarget,InputValue,_,_,_,_,_,_)``
    ///   throws, and `invalidArgument` for a reference that names no model.
    @discardableResult
    public func run(
        _ reference: String, input: InputValue = [:], wait: WaitMode = .block(), webhook: String? = nil,
        webhookEvents: [WebhookEvent]? = nil, cancelAfter: Duration? = nil, files: FileEncodingStrategy? = nil,
        progress: (Prediction) -> Void = { _ in }
    ) async throws(ReplicateError) -> ModelOutput {
        try await run(
            try PredictionTarget(naming: reference), input: input, wait: wait, webhook: webhook,
            webhookEvents: webhookEvents, cancelAfter: cancelAfter, files: files, progress: progress)
    }

    /// Runs a model with any encodable input and returns its output.
    ///
    /// - Parameters:
    ///   - reference: `owner/name`, `owner/name:version` or a version's id.
    ///   - input: a value that encodes as an object, ``InputFile`` and `Data` in it as files.
    ///   - wait: how the end is learned of.
    ///   - webhook: where the platform posts updates to: https, or http to this machine.
    ///   - webhookEvents: which updates it posts; without a choice, changes of the output and the end.
    ///   - cancelAfter: after how long the platform ends the prediction by itself: 5 seconds to 24 hours.
    ///   - files: how files are sent; by default as the client was told.
    ///   - progress: called with every state that was seen, the first and last included.
    /// - Throws: ``ReplicateError``: what ``run(_:input:wait:webhook:webhookEvents:cancelAfter:files:progress:)-(PredictionTarget,InputValue,_,_,_,_,_,_)``
    ///   throws, and `invalidArgument` for a reference that names no model or an input that cannot be encoded.
    @discardableResult
    public func run(
        _ reference: String, input: some Encodable, wait: WaitMode = .block(), webhook: String? = nil,
        webhookEvents: [WebhookEvent]? = nil, cancelAfter: Duration? = nil, files: FileEncodingStrategy? = nil,
        progress: (Prediction) -> Void = { _ in }
    ) async throws(ReplicateError) -> ModelOutput {
        try await run(
            try PredictionTarget(naming: reference), input: try InputValue(encoding: input), wait: wait,
            webhook: webhook,
            webhookEvents: webhookEvents, cancelAfter: cancelAfter, files: files, progress: progress)
    }

    /// Runs a model with inputs of any types and returns its output.
    ///
    /// - Parameters:
    ///   - reference: `owner/name`, `owner/name:version` or a version's id.
    ///   - input: the model's inputs by name, of any types, as ``InputValue/init(members:)`` takes them.
    ///   - wait: how the end is learned of.
    ///   - webhook: where the platform posts updates to: https, or http to this machine.
    ///   - webhookEvents: which updates it posts; without a choice, changes of the output and the end.
    ///   - cancelAfter: after how long the platform ends the prediction by itself: 5 seconds to 24 hours.
    ///   - files: how files are sent; by default as the client was told.
    ///   - progress: called with every state that was seen, the first and last included.
    /// - Throws: ``ReplicateError``: what ``run(_:input:wait:webhook:webhookEvents:cancelAfter:files:progress:)-(PredictionTarget,InputValue,_,_,_,_,_,_)``
    ///   throws, and `invalidArgument` for a reference that names no model or an input that cannot be encoded.
    @discardableResult
    @_disfavoredOverload
    public func run(
        _ reference: String, input: [String: (any Encodable)?], wait: WaitMode = .block(), webhook: String? = nil,
        webhookEvents: [WebhookEvent]? = nil, cancelAfter: Duration? = nil, files: FileEncodingStrategy? = nil,
        progress: (Prediction) -> Void = { _ in }
    ) async throws(ReplicateError) -> ModelOutput {
        try await run(
            try PredictionTarget(naming: reference), input: try InputValue(members: input), wait: wait,
            webhook: webhook,
            webhookEvents: webhookEvents, cancelAfter: cancelAfter, files: files, progress: progress)
    }

    /// Runs a model with any encodable input and returns its output.
    ///
    /// - Parameters:
    ///   - target: an official model, a version, or a deployment.
    ///   - input: a value that encodes as an object, ``InputFile`` and `Data` in it as files.
    ///   - wait: how the end is learned of.
    ///   - webhook: where the platform posts updates to: https, or http to this machine.
    ///   - webhookEvents: which updates it posts; without a choice, changes of the output and the end.
    ///   - cancelAfter: after how long the platform ends the prediction by itself: 5 seconds to 24 hours.
    ///   - files: how files are sent; by default as the client was told.
    ///   - progress: called with every state that was seen, the first and last included.
    /// - Throws: ``ReplicateError``: what ``run(_:input:wait:webhook:webhookEvents:cancelAfter:files:progress:)-(PredictionTarget,InputValue,_,_,_,_,_,_)``
    ///   throws, and `invalidArgument` if the input cannot be encoded.
    @discardableResult
    public func run(
        _ target: PredictionTarget, input: some Encodable, wait: WaitMode = .block(), webhook: String? = nil,
        webhookEvents: [WebhookEvent]? = nil, cancelAfter: Duration? = nil, files: FileEncodingStrategy? = nil,
        progress: (Prediction) -> Void = { _ in }
    ) async throws(ReplicateError) -> ModelOutput {
        try await run(
            target, input: try InputValue(encoding: input), wait: wait, webhook: webhook,
            webhookEvents: webhookEvents, cancelAfter: cancelAfter, files: files, progress: progress)
    }

    /// Runs a model with inputs of any types and returns its output.
    ///
    /// - Parameters:
    ///   - target: an official model, a version, or a deployment.
    ///   - input: the model's inputs by name, of any types, as ``InputValue/init(members:)`` takes them.
    ///   - wait: how the end is learned of.
    ///   - webhook: where the platform posts updates to: https, or http to this machine.
    ///   - webhookEvents: which updates it posts; without a choice, changes of the output and the end.
    ///   - cancelAfter: after how long the platform ends the prediction by itself: 5 seconds to 24 hours.
    ///   - files: how files are sent; by default as the client was told.
    ///   - progress: called with every state that was seen, the first and last included.
    /// - Throws: ``ReplicateError``: what ``run(_:input:wait:webhook:webhookEvents:cancelAfter:files:progress:)-(PredictionTarget,InputValue,_,_,_,_,_,_)``
    ///   throws, and `invalidArgument` if the input cannot be encoded.
    @discardableResult
    @_disfavoredOverload
    public func run(
        _ target: PredictionTarget, input: [String: (any Encodable)?], wait: WaitMode = .block(),
        webhook: String? = nil,
        webhookEvents: [WebhookEvent]? = nil, cancelAfter: Duration? = nil, files: FileEncodingStrategy? = nil,
        progress: (Prediction) -> Void = { _ in }
    ) async throws(ReplicateError) -> ModelOutput {
        try await run(
            target, input: try InputValue(members: input), wait: wait, webhook: webhook,
            webhookEvents: webhookEvents, cancelAfter: cancelAfter, files: files, progress: progress)
    }
}
