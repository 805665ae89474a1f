package import LosslessJSON

/// How a run ends by itself.
package enum RunEnding: Hashable, Sendable {
    case succeeded
    case failed(String)
    case canceled
    case aborted
}

/// What a run logs.
package enum RunLogs: Hashable, Sendable {
    case text(String)
    /// A text, followed by a progress bar that fills during the run.
    case steps(String, count: Int)
}

/// A file whose content follows from the input: made when somebody asks for it, the same bytes each time.
package struct GeneratedFile: Sendable {
    /// The last part of its URL.
    package var name: String
    package var contentType: String
    package var content: @Sendable () -> [UInt8]
}

/// How a model means to run one input.
package struct PredictionPlan: Sendable {
    package enum Output: Sendable {
        case none
        case json(JSONValue)
        /// Elements of a list that appear one by one during the run.
        case pieces([String])
        case file(GeneratedFile)
    }

    package var runTime: Duration
    package var ending = RunEnding.succeeded
    package var output = Output.none
    package var logs = RunLogs.text("")
}

/// How a model means to be trained.
package struct TrainingPlan: Sendable {
    package var runTime: Duration
    package var ending = RunEnding.succeeded
    package var logs: RunLogs
    /// What runs under the new version.
    package var result: any DemoModel
    /// What the result has learned, as a file.
    package var weights: GeneratedFile
}
