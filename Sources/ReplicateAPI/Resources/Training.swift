public import Foundation
public import LosslessJSON

/// One training of a model, as the API tells it: it ends as a prediction does, and a successful one has made a new version.
///
/// API: "Trainings, collections, hardware, account, webhooks, files".
public struct Training: Hashable, Identifiable, Sendable {
    /// The training's opaque id.
    public var id: String
    /// `owner/name` of the model that is trained.
    public var model: String?
    /// The id of the version that is trained.
    public var version: String?
    /// The input as it was sent.
    public var input: JSONValue
    /// What it made; `nil` as long as it has not succeeded.
    public var output: TrainingOutput?
    /// What the training printed.
    public var logs: String?
    /// Why it failed.
    public var error: String?
    /// How it stands; this alone decides whether it has finished.
    public var status: PredictionStatus
    /// When it was accepted.
    public var createdAt: Date?
    /// When an instance began with it.
    public var startedAt: Date?
    /// When it ended, however it did.
    public var completedAt: Date?
    /// `predict_time` in seconds, and what the trainer adds.
    public var metrics: [String: JSONValue]
    /// Where it can be read and canceled.
    public var urls: PredictionURLs

    /// Makes the value; a client reads it from answers.
    public init(
        id: String, model: String? = nil, version: String? = nil, input: JSONValue = [:],
        output: TrainingOutput? = nil, logs: String? = nil, error: String? = nil, status: PredictionStatus,
        createdAt: Date? = nil, startedAt: Date? = nil, completedAt: Date? = nil,
        metrics: [String: JSONValue] = [:], urls: PredictionURLs = PredictionURLs()
    ) {
        self.id = id
        self.model = model
        self.version = version
        self.input = input
        self.output = output
        self.logs = logs
        self.error = error
        self.status = status
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.completedAt = completedAt
        self.metrics = metrics
        self.urls = urls
    }
}

/// What a successful training made.
public struct TrainingOutput: Hashable, Sendable {
    /// The new version: its id, or `owner/name:id`.
    public var version: String?
    /// The address of the trained weights.
    public var weights: String?

    /// Makes the value; a client reads it from answers.
    public init(version: String? = nil, weights: String? = nil) {
        self.version = version
        self.weights = weights
    }
}

extension TrainingOutput {
    fileprivate init?(_ json: JSONValue?) {
        guard let members = json?.objectValue else { return nil }
        self.init(version: members["version"]?.stringValue, weights: members["weights"]?.stringValue)
    }

    fileprivate var json: JSONValue {
        var members: [String: JSONValue] = [:]
        members.set("version", version)
        members.set("weights", weights)
        return .object(members)
    }
}

extension Training: APIResource {
    /// "training".
    public static var resourceName: String { "training" }

    /// Reads a training, which has the keys of a prediction.
    public init(json: JSONValue) throws(ResourceDecodingError) {
        let run = try Prediction(json: json, as: Self.resourceName)
        self.init(
            id: run.id, model: run.model, version: run.version, input: run.input, output: TrainingOutput(run.output),
            logs: run.logs, error: run.error, status: run.status, createdAt: run.createdAt, startedAt: run.startedAt,
            completedAt: run.completedAt, metrics: run.metrics, urls: run.urls)
    }

    /// The training as the API would send it.
    public var json: JSONValue {
        Prediction(
            id: id, model: model, version: version, input: input, output: output?.json, logs: logs, error: error,
            status: status, createdAt: createdAt, startedAt: startedAt, completedAt: completedAt, metrics: metrics,
            urls: urls
        ).json
    }
}
