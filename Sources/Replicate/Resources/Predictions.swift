public import Foundation
public import JSON
public import ReplicateAPI

/// The calls for predictions.
public struct Predictions: Sendable {
    let session: Session

    /// Starts a prediction and returns it as it stands, mostly `starting`: `POST /predictions`, or the route of the official
    /// model or the deployment.
    ///
    /// With ``PredictionOptions/wait`` the answer is held until the prediction has finished or the time is up; its
    /// status says which. If this throws, ``ReplicateError/isCertainlyNotAccepted`` says whether it is safe to call
    /// it again: the API knows no idempotency key, so a blind repetition can make, and bill, a second prediction.
    public func create(
        _ target: PredictionTarget, input: JSONValue, options: PredictionOptions = PredictionOptions()
    ) async throws(ReplicateError) -> Prediction {
        try await create(PredictionRequest(target: target, input: input, options: options))
    }

    /// Starts a prediction that is described by a value.
    public func create(_ request: PredictionRequest) async throws(ReplicateError) -> Prediction {
        if let problem = request.options.problem { throw ReplicateError(.invalidArgument, problem) }
        var call = Call("POST", request.path)
        call.setJSON(request.body)
        call.headers["Prefer"] = request.options.preferHeader
        call.headers["Cancel-After"] = request.options.cancelAfterHeader
        call.hold = request.options.wait ?? .zero
        return try await session.resource(call)
    }

    /// One prediction as it stands now: `GET /predictions/{id}`.
    ///
    /// - Throws: ``ReplicateError``, with the code `notFound` if the account has no such prediction.
    public func get(_ id: String) async throws(ReplicateError) -> Prediction {
        try await session.resource(Call("GET", "/predictions/\(PathSegment.encode(id))"))
    }

    /// The newest predictions of the account, made by the API or on the website: one page, usually of 100:
    /// `GET /predictions`.
    ///
    /// - Parameters:
    ///   - createdAfter: only those created at this time or later.
    ///   - createdBefore: only those created before this time.
    ///   - source: `web` for those made on the website in the last 14 days; the API takes no other value.
    public func list(
        createdAfter: Date? = nil, createdBefore: Date? = nil, source: String? = nil
    ) async throws(ReplicateError) -> Page<Prediction> {
        var query: [(name: String, value: String)] = []
        if let createdAfter { query.append(("created_after", APITime.format(createdAfter))) }
        if let createdBefore { query.append(("created_before", APITime.format(createdBefore))) }
        if let source { query.append(("source", source)) }
        return try await session.resource(Call("GET", "/predictions", query: query))
    }

    /// Asks for a prediction to be canceled: `POST /predictions/{id}/cancel`. One that finishes first keeps its result, so read it afterwards.
    @discardableResult
    public func cancel(_ id: String) async throws(ReplicateError) -> Prediction {
        var call = Call("POST", "/predictions/\(PathSegment.encode(id))/cancel")
        call.isIdempotent = true
        return try await session.resource(call)
    }
}
