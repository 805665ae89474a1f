public import LosslessJSON
public import ReplicateAPI

/// A model whose input and output have types.
///
/// ```swift
/// struct FluxInput: Encodable, Sendable {
///     var prompt: String
///     var numOutputs = 1
/// }
///
/// let flux = TypedModel<FluxInput, [FileOutput]>("black-forest-labs/flux-schnell", keys: .snakeCase)
/// let images = try await client.run(flux, FluxInput(prompt: "a lighthouse"))
/// ```
///
/// In the input, ``InputFile`` and `Data` become files; in the output, ``FileOutput`` stands for files. An output of `String` is
/// also made of the pieces that language models give.
public struct TypedModel<Input: Encodable, Output: Decodable>: Sendable {
    /// How the names of properties are written in the model's input and output.
    public enum Keys: Hashable, Sendable {
        /// As they are.
        case asWritten
        /// `numOutputs` is `num_outputs`.
        case snakeCase
    }

    private enum Name: Sendable {
        case reference(String)
        case target(PredictionTarget)
    }

    private var name: Name
    /// How the names of properties are written.
    public var keys: Keys
    /// How dates are written in the output.
    public var dates: JSONValueDecoder.DateStrategy

    /// A model by its name.
    ///
    /// - Parameters:
    ///   - reference: `owner/name`, `owner/name:version` or a version's id; what is none of these is told by the first run.
    ///   - keys: how the names of properties are written.
    ///   - dates: how dates are written in the output.
    public init(_ reference: String, keys: Keys = .asWritten, dates: JSONValueDecoder.DateStrategy = .rfc3339) {
        name = .reference(reference)
        self.keys = keys
        self.dates = dates
    }

    /// A model by what runs it.
    ///
    /// - Parameters:
    ///   - target: an official model, a version, or a deployment.
    ///   - keys: how the names of properties are written.
    ///   - dates: how dates are written in the output.
    public init(_ target: PredictionTarget, keys: Keys = .asWritten, dates: JSONValueDecoder.DateStrategy = .rfc3339) {
        name = .target(target)
        self.keys = keys
        self.dates = dates
    }

    fileprivate var target: PredictionTarget {
        get throws(ReplicateError) {
            switch name {
            case .reference(let reference): try PredictionTarget(naming: reference)
            case .target(let target): target
            }
        }
    }

    /// The input as it is sent.
    ///
    /// - Throws: ``ReplicateError`` with the code `invalidArgument` if it cannot be encoded.
    public func value(of input: Input) throws(ReplicateError) -> InputValue {
        try InputValue(encoding: input, at: [], snakeCase: keys == .snakeCase)
    }

    /// An output as the model's type.
    ///
    /// - Throws: ``ReplicateError`` with the code `unexpectedAnswer`, which says where it does not fit.
    public func output(_ output: ModelOutput) throws(ReplicateError) -> Output {
        // Not in one step: a missing text casts to every optional type.
        if let text = output.text, let value = text as? Output { return value }
        return try output.decode(dates: dates, keys: keys == .snakeCase ? .fromSnakeCase : .asWritten)
    }
}

extension Client {
    /// Runs a model and returns its output as the model's type.
    ///
    /// - Parameters:
    ///   - model: the model and its types.
    ///   - input: the model's inputs.
    ///   - wait: how the end is learned of.
    ///   - webhook: where the platform posts updates to: https, or http to this machine.
    ///   - webhookEvents: which updates it posts; without a choice, changes of the output and the end.
    ///   - cancelAfter: after how long the platform ends the prediction by itself: 5 seconds to 24 hours.
    ///   - files: how files are sent; by default as the client was told.
    ///   - progress: called with every state that was seen, the first and last included.
    /// - Throws: ``ReplicateError``: what a run without types throws, `invalidArgument` if the input cannot be encoded, and
    ///   `unexpectedAnswer`, with the prediction, if the output is not of the type.
    public func run<Input: Encodable, Output: Decodable>(
        _ model: TypedModel<Input, Output>, _ input: Input, wait: WaitMode = .block(), webhook: String? = nil,
        webhookEvents: [WebhookEvent]? = nil, cancelAfter: Duration? = nil, files: FileEncodingStrategy? = nil,
        progress: (Prediction) -> Void = { _ in }
    ) async throws(ReplicateError) -> Output {
        let output = try await run(
            try model.target, input: try model.value(of: input), wait: wait, webhook: webhook,
            webhookEvents: webhookEvents, cancelAfter: cancelAfter, files: files, progress: progress)
        do throws(ReplicateError) {
            return try model.output(output)
        } catch {
            var failure = error
            failure.prediction = output.prediction
            throw failure
        }
    }
}
