import LosslessJSON
public import ReplicateAPI

/// The calls for deployments: private endpoints for a model, with instances of their own.
///
/// API: "Deployments".
public struct Deployments: Sendable {
    /// How many instances may be kept running all the time.
    public static let minInstancesRange = 0...5
    /// How many instances may run at most.
    public static let maxInstancesRange = 0...20

    let session: Session

    /// The calls for predictions by deployments.
    public var predictions: DeploymentPredictions { DeploymentPredictions(session: session) }

    /// A deployment and the release that it runs now: `GET /deployments/{owner}/{name}`.
    ///
    /// - Throws: ``ReplicateError``, with the code `notFound` if there is no such deployment.
    public func get(_ owner: String, _ name: String) async throws(ReplicateError) -> Deployment {
        try await session.resource(Call("GET", try path(owner, name)))
    }

    /// The account's deployments: `GET /deployments`.
    ///
    /// - Throws: ``ReplicateError``.
    public func list() async throws(ReplicateError) -> Page<Deployment> {
        try await session.resource(Call("GET", "/deployments"))
    }

    /// Makes a deployment: `POST /deployments`.
    ///
    /// - Parameters:
    ///   - name: unique among the account's deployments.
    ///   - model: `owner/name`.
    ///   - version: the id of the version to run.
    ///   - hardware: the `Hardware.sku` of the machines.
    ///   - minInstances: how many run all the time, from 0 to 5; they are billed all the time.
    ///   - maxInstances: how many run at most, from 0 to 20.
    /// - Throws: ``ReplicateError``, with the code `invalidArgument` for numbers that the API does not take.
    @discardableResult
    public func create(
        name: String, model: String, version: String, hardware: String, minInstances: Int = 0, maxInstances: Int = 1
    ) async throws(ReplicateError) -> Deployment {
        try Self.check(minInstances, maxInstances)
        guard !name.isEmpty, let reference = try? ModelReference(parsing: model), reference.version == nil else {
            throw ReplicateError(
                .invalidArgument, "a deployment takes a name and a model as owner/name, not '\(name)' and '\(model)'")
        }
        var call = Call("POST", "/deployments")
        call.setJSON([
            "name": .string(name), "model": .string(model), "version": .string(version),
            "hardware": .string(hardware), "min_instances": .number(JSONNumber(minInstances)),
            "max_instances": .number(JSONNumber(maxInstances)),
        ])
        return try await session.resource(call)
    }

    /// Changes a deployment: `PATCH /deployments/{owner}/{name}`. What is `nil` stays as it is. Each change makes a new
    /// release.
    ///
    /// - Parameters:
    ///   - owner: the owner of the deployment.
    ///   - name: its name.
    ///   - model: `owner/name` of the model to run, with one of its versions.
    ///   - version: the id of the version to run.
    ///   - hardware: the `Hardware.sku` of the machines.
    ///   - minInstances: how many run all the time, from 0 to 5; they are billed all the time.
    ///   - maxInstances: how many run at most, from 0 to 20.
    /// - Throws: ``ReplicateError``, with the code `invalidArgument` for numbers that the API does not take, or if nothing
    ///   is to be changed. A change whose answer was lost is not sent again.
    @discardableResult
    public func update(
        _ owner: String, _ name: String, model: String? = nil, version: String? = nil, hardware: String? = nil,
        minInstances: Int? = nil, maxInstances: Int? = nil
    ) async throws(ReplicateError) -> Deployment {
        try Self.check(minInstances, maxInstances)
        var changes =
            JSONValue.object([:]).adding(["model": model, "version": version, "hardware": hardware]).objectValue ?? [:]
        if let minInstances { changes["min_instances"] = .number(JSONNumber(minInstances)) }
        if let maxInstances { changes["max_instances"] = .number(JSONNumber(maxInstances)) }
        guard !changes.isEmpty else {
            throw ReplicateError(.invalidArgument, "an update of deployment \(owner)/\(name) changes nothing")
        }
        var call = Call("PATCH", try path(owner, name))
        call.setJSON(.object(changes))
        return try await session.resource(call)
    }

    /// Deletes a deployment: `DELETE /deployments/{owner}/{name}`. It must have been offline and unused for 15 minutes.
    ///
    /// - Throws: ``ReplicateError``, with a code for the API's refusal if it is in use.
    public func delete(_ owner: String, _ name: String) async throws(ReplicateError) {
        _ = try await session.bytes(Call("DELETE", try path(owner, name)))
    }

    private func path(_ owner: String, _ name: String) throws(ReplicateError) -> String {
        "/deployments/\(try segment(owner, "the owner of a deployment"))/"
            + (try segment(name, "the name of a deployment"))
    }

    private static func check(_ min: Int?, _ max: Int?) throws(ReplicateError) {
        if let min, !minInstancesRange.contains(min) {
            throw ReplicateError(.invalidArgument, "the least number of instances is \(min); expected 0 to 5")
        }
        if let max, !maxInstancesRange.contains(max) {
            throw ReplicateError(.invalidArgument, "the greatest number of instances is \(max); expected 0 to 20")
        }
        if let min, let max, min > max {
            throw ReplicateError(
                .invalidArgument, "the least number of instances, \(min), is more than the greatest, \(max)")
        }
    }
}

/// The calls for predictions by deployments.
///
/// API: "Predictions".
public struct DeploymentPredictions: Sendable {
    let session: Session

    /// Starts a prediction with a deployment: `POST /deployments/{owner}/{name}/predictions`.
    ///
    /// - Throws: ``ReplicateError``, as ``Predictions/create(_:input:options:files:)-(_,InputValue,_,_)`` does.
    public func create(
        _ owner: String, _ name: String, input: InputValue, options: PredictionOptions = PredictionOptions(),
        files: FileEncodingStrategy? = nil
    ) async throws(ReplicateError) -> Prediction {
        _ = (try segment(owner, "the owner of a deployment"), try segment(name, "the name of a deployment"))
        return try await Predictions(session: session).create(
            .deployment(owner: owner, name: name), input: input, options: options, files: files)
    }

    /// Starts a prediction with a deployment and any encodable input.
    ///
    /// - Throws: what the call with an ``InputValue`` does, and `invalidArgument` if the input cannot be encoded.
    public func create(
        _ owner: String, _ name: String, input: some Encodable, options: PredictionOptions = PredictionOptions(),
        files: FileEncodingStrategy? = nil
    ) async throws(ReplicateError) -> Prediction {
        try await create(owner, name, input: try InputValue(encoding: input), options: options, files: files)
    }

    /// Starts a prediction with a deployment and inputs of any types.
    ///
    /// - Throws: what the call with an ``InputValue`` does, and `invalidArgument` if an input cannot be encoded.
    @_disfavoredOverload
    public func create(
        _ owner: String, _ name: String, input: [String: (any Encodable)?],
        options: PredictionOptions = PredictionOptions(), files: FileEncodingStrategy? = nil
    ) async throws(ReplicateError) -> Prediction {
        try await create(owner, name, input: try InputValue(members: input), options: options, files: files)
    }
}
