import LosslessJSON
public import ReplicateAPI

/// The calls for trainings, which make new versions of models.
///
/// API: "Trainings, collections, hardware, account, webhooks, files".
public struct Trainings: Sendable {
    let session: Session

    /// Starts a training: `POST /models/{owner}/{name}/versions/{id}/trainings`.
    ///
    /// - Parameters:
    ///   - owner: the owner of the model to train.
    ///   - name: its name.
    ///   - version: the id of the version to train.
    ///   - destination: the model that gets the new version: `owner/name`, which must exist.
    ///   - input: the training's inputs by name; files may stand anywhere in it.
    ///   - options: webhook and its events; a training takes no wait and no deadline.
    ///   - files: how files are sent; by default as the client was told.
    /// - Throws: ``ReplicateError``, with the code `notFound` if there is no such destination, `badRequest` if the version
    ///   cannot be trained. As with a prediction, a create whose answer was lost is not sent again.
    public func create(
        _ owner: String, _ name: String, version: String, destination: String, input: InputValue,
        options: PredictionOptions = PredictionOptions(), files: FileEncodingStrategy? = nil
    ) async throws(ReplicateError) -> Training {
        if let problem = options.problem { throw ReplicateError(.invalidArgument, problem) }
        guard options.wait == nil, options.cancelAfter == nil else {
            throw ReplicateError(.invalidArgument, "a training takes neither a wait nor a time to cancel after")
        }
        guard let target = try? ModelReference(parsing: destination), target.version == nil else {
            throw ReplicateError(
                .invalidArgument, "the destination '\(destination)' names no model; expected owner/name")
        }
        var members: [String: JSONValue] = [
            "destination": .string(target.fullName), "input": try await session.json(of: input, files: files),
        ]
        if let webhook = options.webhook { members["webhook"] = .string(webhook) }
        if let events = options.webhookEvents {
            members["webhook_events_filter"] = .array(events.map { .string($0.rawValue) })
        }
        let path = try Models.path(owner, name) + "/versions/\(try segment(version, "the id of a version"))/trainings"
        var call = Call("POST", path)
        call.setJSON(.object(members))
        return try await session.resource(call)
    }

    /// Starts a training with any encodable input.
    ///
    /// - Throws: what the call with an ``InputValue`` does, and `invalidArgument` if the input cannot be encoded.
    public func create(
        _ owner: String, _ name: String, version: String, destination: String, input: some Encodable,
        options: PredictionOptions = PredictionOptions(), files: FileEncodingStrategy? = nil
    ) async throws(ReplicateError) -> Training {
        try await create(
            owner, name, version: version, destination: destination, input: try InputValue(encoding: input),
            options: options, files: files)
    }

    /// Starts a training with inputs of any types.
    ///
    /// - Throws: what the call with an ``InputValue`` does, and `invalidArgument` if an input cannot be encoded.
    @_disfavoredOverload
    @discardableResult
    public func create(
        _ owner: String, _ name: String, version: String, destination: String, input: [String: (any Encodable)?],
        options: PredictionOptions = PredictionOptions(), files: FileEncodingStrategy? = nil
    ) async throws(ReplicateError) -> Training {
        try await create(
            owner, name, version: version, destination: destination, input: try InputValue(members: input),
            options: options, files: files)
    }

    /// One training as it stands now: `GET /trainings/{id}`.
    ///
    /// - Throws: ``ReplicateError``, with the code `notFound` if the account has no such training.
    public func get(_ id: String) async throws(ReplicateError) -> Training {
        try await session.resource(Call("GET", "/trainings/\(try segment(id, "the id of a training"))"))
    }

    /// The account's trainings, newest first: `GET /trainings`.
    ///
    /// - Throws: ``ReplicateError``.
    public func list() async throws(ReplicateError) -> Page<Training> {
        try await session.resource(Call("GET", "/trainings"))
    }

    /// Asks for a training to be canceled: `POST /trainings/{id}/cancel`. One that finishes first keeps its result.
    ///
    /// - Throws: ``ReplicateError``, with the code `notFound` if the account has no such training.
    @discardableResult
    public func cancel(_ id: String) async throws(ReplicateError) -> Training {
        var call = Call("POST", "/trainings/\(try segment(id, "the id of a training"))/cancel")
        call.isIdempotent = true
        return try await session.resource(call)
    }
}
