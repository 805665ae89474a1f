package import LosslessJSON

/// An item as it is exported; the store fills it, the writers only arrange it.
package struct ExportItem: Hashable, Sendable {
    /// A file that the item's prediction produced.
    package struct File: Hashable, Sendable {
        /// Relative to the output directory, and so to the export.
        package var path: String
        package var size: Int64
        package var sha256: String
        package var mediaType: String?

        package init(path: String, size: Int64, sha256: String, mediaType: String?) {
            self.path = path
            self.size = size
            self.sha256 = sha256
            self.mediaType = mediaType
        }
    }

    /// The prediction that gave the result, or the last one that was tried.
    package struct Prediction: Hashable, Sendable {
        package var id: String
        package var model: String?
        package var version: String?

        package init(id: String, model: String?, version: String?) {
            self.id = id
            self.model = model
            self.version = version
        }
    }

    /// The item's place in the input set; paging goes on by it.
    package var position: Int
    package var key: String
    /// The step that it belongs to; empty in a job without `steps`.
    package var step = ""
    package var name: String
    /// Where the row stands, such as `prompts.csv:12`.
    package var origin: String
    /// The item's state by its word, such as `succeeded`.
    package var state: String
    /// Whether the item's row belongs into `failed.jsonl`.
    package var isFailed: Bool
    /// The fields of the row that the item was made of.
    package var row: JSONValue
    package var input: JSONValue
    package var output: JSONValue?
    package var files: [File]
    package var prediction: Prediction?
    package var attempts: Int
    package var metrics: [String: JSONValue]
    package var error: String?

    package init(
        position: Int, key: String, name: String, origin: String, state: String, isFailed: Bool, row: JSONValue,
        input: JSONValue, output: JSONValue? = nil, files: [File] = [], prediction: Prediction? = nil,
        attempts: Int = 0, metrics: [String: JSONValue] = [:], error: String? = nil
    ) {
        self.position = position
        self.key = key
        self.name = name
        self.origin = origin
        self.state = state
        self.isFailed = isFailed
        self.row = row
        self.input = input
        self.output = output
        self.files = files
        self.prediction = prediction
        self.attempts = attempts
        self.metrics = metrics
        self.error = error
    }
}

extension ExportItem {
    /// The item as an object of `results.jsonl`. What is not there is null, so that every line has the same keys.
    /// - Parameter missing: paths of files that could not be exported.
    func result(missing: [String]) -> JSONValue {
        let present = files.map(\.path).filter { !missing.contains($0) }
        var result: [String: JSONValue] = [
            "key": .string(key),
            "index": .number(JSONNumber(position)),
            "name": .string(name),
            "origin": .string(origin),
            "state": .string(state),
            "input": input,
            "output": output ?? .null,
            "files": .array(present.map(JSONValue.string)),
            "prediction": prediction?.json ?? .null,
            "attempts": .number(JSONNumber(attempts)),
            "metrics": .object(metrics),
            "error": error.map(JSONValue.string) ?? .null,
        ]
        if !step.isEmpty { result["step"] = .string(step) }
        if !missing.isEmpty { result["missing_files"] = .array(missing.map(JSONValue.string)) }
        return .object(result)
    }
}

extension ExportItem.Prediction {
    var json: JSONValue {
        [
            "id": .string(id),
            "model": model.map(JSONValue.string) ?? .null,
            "version": version.map(JSONValue.string) ?? .null,
        ]
    }
}
