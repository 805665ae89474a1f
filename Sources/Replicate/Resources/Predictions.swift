public import Foundation
import LosslessJSON
public import ReplicateAPI

/// The calls for predictions.
///
/// API: "Predictions".
public struct Predictions: Sendable {
    let session: Session

    /// Starts a prediction and returns it as it stands, mostly `starting`: `POST /predictions`, or the route of the official
    /// model or the deployment.
    ///
    /// With `PredictionOptions.wait` the answer is held until the prediction has finished or the time is up; its
    /// status says which. If this throws, ``ReplicateError/isCertainlyNotAccepted`` says whether it is safe to call
    /// it again: the API knows no idempotency key, so a blind repetition can make, and bill, a second prediction.
    ///
    /// - Parameters:
    ///   - target: a version, an official model or a deployment.
    ///   - input: the model's inputs by name; files may stand anywhere in it.
    ///   - options: what is asked for besides the output.
    ///   - files: how files are sent; by default as the client was told.
    /// - Throws: ``ReplicateError`` with the code `invalidArgument` or `unreadableFile` before anything is sent,
    ///   `notFound` or `invalidInput` if the API does not know the model or refuses the input.
    public func create(
        _ target: PredictionTarget, input: InputValue, options: PredictionOptions = PredictionOptions(),
        files: FileEncodingStrategy? = nil
    ) async throws(ReplicateError) -> Prediction {
        if let problem = options.problem { throw ReplicateError(.invalidArgument, problem) }
        let json = try await session.json(of: input, files: files)
        return try await create(PredictionRequest(target: target, input: json, options: options))
    }

    /// Starts a prediction with any encodable input.
    ///
    /// - Throws: what the call with an ``InputValue`` does, and `invalidArgument` if the input cannot be encoded.
    public func create(
        _ target: PredictionTarget, input: some Encodable, options: PredictionOptions = PredictionOptions(),
        files: FileEncodingStrategy? = nil
    ) async throws(ReplicateError) -> Prediction {
        try await create(target, input: try InputValue(encoding: input), options: options, files: files)
    }

    /// Starts a prediction with inputs of any types.
    ///
    /// - Throws: what the call with an ``InputValue`` does, and `invalidArgument` if an input cannot be encoded.
    @_disfavoredOverload
    public func create(
        _ target: PredictionTarget, input: [String: (any Encodable)?], options: PredictionOptions = PredictionOptions(),
        files: FileEncodingStrategy? = nil
    ) async throws(ReplicateError) -> Prediction {
        try await create(target, input: try InputValue(members: input), options: options, files: files)
    }

    /// Starts a prediction that is described by a value.
    ///
    /// - Throws: ``ReplicateError``, as the call with an ``InputValue`` does.
    public func create(_ request: PredictionRequest) async throws(ReplicateError) -> Prediction {
        try await create(request, outlivesCancellation: false)
    }

    @concurrent
    func create(
        _ request: PredictionRequest, outlivesCancellation: Bool
    ) async throws(ReplicateError) -> Prediction {
        if let problem = request.options.problem { throw ReplicateError(.invalidArgument, problem) }
        var call = Call("POST", request.path)
        call.setJSON(request.body)
        call.headers["Prefer"] = request.options.preferHeader
        call.headers["Cancel-After"] = request.options.cancelAfterHeader
        call.hold = request.options.wait ?? .zero
        call.outlivesCancellation = outlivesCancellation
        call.isCreate = true
        let prediction: Prediction = try await session.resource(call)
        session.abandonedRuns.update { $0.note(prediction.id) }
        return prediction
    }

    /// One prediction as it stands now: `GET /predictions/{id}`.
    ///
    /// - Throws: ``ReplicateError``, with the code `notFound` if the account has no such prediction.
    public func get(_ id: String) async throws(ReplicateError) -> Prediction {
        try await session.resource(Call("GET", "/predictions/\(try segment(id, "the id of a prediction"))"))
    }

    /// The newest predictions of the account, made by the API or on the website: one page, usually of 100:
    /// `GET /predictions`.
    ///
    /// - Parameters:
    ///   - createdAfter: only those created at this time or later.
    ///   - createdBefore: only those created before this time.
    ///   - source: `web` for those made on the website in the last 14 days; the API takes no other value.
    /// - Throws: ``ReplicateError``.
    public func list(
        createdAfter: Date? = nil, createdBefore: Date? = nil, source: String? = nil
    ) async throws(ReplicateError) -> Page<Prediction> {
        var query: [(name: String, value: String)] = []
        if let createdAfter { query.append(("created_after", APITime.format(createdAfter))) }
        if let createdBefore { query.append(("created_before", APITime.format(createdBefore))) }
        if let source { query.append(("source", source)) }
        return try await session.resource(Call("GET", "/predictions", query: query))
    }

    /// Asks for a prediction to be canceled: `POST /predictions/{id}/cancel`. One that finishes first keeps its result, so
    /// read it afterwards.
    ///
    /// - Throws: ``ReplicateError``, with the code `notFound` if the account has no such prediction.
    @discardableResult
    public func cancel(_ id: String) async throws(ReplicateError) -> Prediction {
        var call = Call("POST", "/predictions/\(try segment(id, "the id of a prediction"))/cancel")
        call.isIdempotent = true
        return try await session.resource(call)
    }
}
