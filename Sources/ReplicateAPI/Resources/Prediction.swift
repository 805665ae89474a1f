public import Foundation
public import LosslessJSON

/// One run of a model on one input, as the API tells it.
///
/// Model and version may differ from what was asked for, and a read may say `processing` with the complete output
/// already there: only ``status`` decides whether a prediction has finished.
public struct Prediction: Hashable, Identifiable, Sendable {
    public var id: String
    /// `owner/name` of the model that ran.
    public var model: String?
    /// The version that ran; the word "hidden" for official models.
    public var version: String?
    /// The input as it was sent, defaults not filled in; empty after the data was removed.
    public var input: JSONValue
    /// The output so far, or `nil` while there is none and after the data was removed.
    public var output: JSONValue?
    /// What the model printed; rows of a list have none.
    public var logs: String?
    /// Why the prediction failed. An error that was not sent as a string is kept as its JSON text.
    public var error: String?
    /// How it stands; this alone decides whether it has finished.
    public var status: PredictionStatus
    /// `api` or `web`.
    public var source: String?
    /// When it was accepted.
    public var createdAt: Date?
    /// When an instance began to run it.
    public var startedAt: Date?
    /// When it ended, however it did.
    public var completedAt: Date?
    /// When the platform ends the prediction by itself, if a `Cancel-After` was asked for.
    public var deadline: Date?
    /// The name of the deployment that ran it.
    public var deployment: String?
    /// Whether input, output, logs and files were deleted, about an hour after the end.
    public var dataRemoved: Bool
    /// `predict_time`, `total_time` and what the model adds, such as token counts.
    public var metrics: [String: JSONValue]
    /// Where it can be read, canceled and listened to.
    public var urls: PredictionURLs
    /// Keys that the answer did not have at all: a row of a list may say less than a read.
    package var absentKeys = AbsentKeys()

    /// Makes the value; a client reads it from answers.
    public init(
        id: String,
        model: String? = nil,
        version: String? = nil,
        input: JSONValue = [:],
        output: JSONValue? = nil,
        logs: String? = nil,
        error: String? = nil,
        status: PredictionStatus,
        source: String? = nil,
        createdAt: Date? = nil,
        startedAt: Date? = nil,
        completedAt: Date? = nil,
        deadline: Date? = nil,
        deployment: String? = nil,
        dataRemoved: Bool = false,
        metrics: [String: JSONValue] = [:],
        urls: PredictionURLs = PredictionURLs()
    ) {
        self.id = id
        self.model = model
        self.version = version
        self.input = input
        self.output = output
        self.logs = logs
        self.error = error
        self.status = status
        self.source = source
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.completedAt = completedAt
        self.deadline = deadline
        self.deployment = deployment
        self.dataRemoved = dataRemoved
        self.metrics = metrics
        self.urls = urls
    }

    /// Seconds the model ran, as the platform measured and bills them; `nil` for what is no time, and at most some 31 years,
    /// so that sums of it stay numbers.
    public var predictTime: Double? {
        guard let seconds = metrics["predict_time"]?.doubleValue, seconds >= 0 else { return nil }
        return min(seconds, 1e9)
    }
}

extension Prediction: APIResource {
    public static var resourceName: String { "prediction" }

    public init(json: JSONValue) throws(ResourceDecodingError) {
        try self.init(json: json, as: Self.resourceName)
    }

    /// Reads what has the keys of a prediction, and is called otherwise in messages.
    init(json: JSONValue, as name: String) throws(ResourceDecodingError) {
        let reader = try ResourceReader(json, as: name)
        self.init(
            id: try reader.requiredString("id"),
            model: reader.string("model"),
            version: reader.string("version"),
            input: reader.object("input").map(JSONValue.object) ?? [:],
            output: reader.value("output"),
            logs: reader.string("logs"),
            error: reader.errorText,
            status: PredictionStatus(rawValue: try reader.requiredString("status")),
            source: reader.string("source"),
            createdAt: reader.date("created_at"),
            startedAt: reader.date("started_at"),
            completedAt: reader.date("completed_at"),
            deadline: reader.date("deadline"),
            deployment: reader.string("deployment"),
            dataRemoved: reader.bool("data_removed") ?? false,
            metrics: reader.object("metrics") ?? [:],
            urls: PredictionURLs(members: reader.object("urls") ?? [:])
        )
        absentKeys = AbsentKeys(of: reader.members)
    }

    public var json: JSONValue {
        var members: [String: JSONValue] = [
            "id": .string(id),
            "input": input,
            "output": output ?? .null,
            "error": error.map(JSONValue.string) ?? .null,
            "status": .string(status.rawValue),
            "data_removed": .bool(dataRemoved),
            "metrics": .object(metrics),
            "urls": urls.json,
        ]
        members.set("model", model)
        members.set("version", version)
        members.set("logs", logs)
        members.set("source", source)
        members.set("created_at", createdAt)
        members.set("started_at", startedAt)
        members.set("completed_at", completedAt)
        members.set("deadline", deadline)
        members.set("deployment", deployment)
        return .object(members)
    }
}

/// The keys of a prediction that an answer left out. Absent is not null: what an answer does not say is not decided by it.
///
/// It says how much of a prediction is known and nothing about the prediction, so it takes no part in comparisons.
package struct AbsentKeys: Hashable, Sendable {
    private var names: Set<String> = []

    package init() {}

    init(of members: [String: JSONValue]) {
        names = Set(["input", "output", "error", "metrics"].filter { members[$0] == nil })
    }

    package func contains(_ name: String) -> Bool { names.contains(name) }

    package static func == (left: AbsentKeys, right: AbsentKeys) -> Bool { true }

    package func hash(into hasher: inout Hasher) {}
}
