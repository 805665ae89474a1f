public import Foundation
public import JSON

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

extension Training: APIResource {
    /// "training".
    public static var resourceName: String { "training" }

    /// Reads a training, which has the keys of a prediction.
    public init(json: JSONValue) throws(ResourceDecodingError) {
        let reader = try ResourceReader(json, as: Self.resourceName)
        self.init(
            id: try reader.requiredString("id"),
            model: reader.string("model"),
            version: reader.string("version"),
            input: reader.object("input").map(JSONValue.object) ?? [:],
            output: reader.object("output").map {
                TrainingOutput(version: $0["version"]?.stringValue, weights: $0["weights"]?.stringValue)
            },
            logs: reader.string("logs"),
            error: reader.errorText,
            status: PredictionStatus(rawValue: try reader.requiredString("status")),
            createdAt: reader.date("created_at"),
            startedAt: reader.date("started_at"),
            completedAt: reader.date("completed_at"),
            metrics: reader.object("metrics") ?? [:],
            urls: PredictionURLs(members: reader.object("urls") ?? [:])
        )
    }

    /// The training as the API would send it.
    public var json: JSONValue {
        var members: [String: JSONValue] = [
            "id": .string(id), "input": input, "status": .string(status.rawValue), "metrics": .object(metrics),
            "urls": urls.json, "error": error.map(JSONValue.string) ?? .null, "output": .null,
        ]
        if let output {
            var made: [String: JSONValue] = [:]
            made.set("version", output.version)
            made.set("weights", output.weights)
            members["output"] = .object(made)
        }
        members.set("model", model)
        members.set("version", version)
        members.set("logs", logs)
        members.set("created_at", createdAt)
        members.set("started_at", startedAt)
        members.set("completed_at", completedAt)
        return .object(members)
    }
}
