import LosslessJSON
import ReplicateAPI

/// A model that other models can be made from. Its schemas have a member `TrainingInput`.
protocol TrainableModel: BuiltInModel {
    /// The training by an input that fits the schema.
    func planTraining(_ input: JSONValue) -> TrainingPlan
}

/// How a model means to be trained.
struct TrainingPlan: Sendable {
    var runTime: Duration
    var ending = PredictionLifecycle.Ending.succeeded
    var logs: PredictionData.Logs
    /// What runs under the new version.
    var result: any BuiltInModel
    /// What the result has learned, as a file.
    var weights: OutputFile
}

extension ServedModel {
    /// What can be trained, if anything can.
    var trainable: (any TrainableModel)? {
        guard case .builtIn(let model) = engine else { return nil }
        return model as? any TrainableModel
    }

    /// The rules for the input of a training. A schema knows one input, so this one takes its place.
    var trainingSchema: ModelSchema {
        let input = openAPI["components"]?["schemas"]?["TrainingInput"] ?? [:]
        return ModelSchema(openAPI: ["components": ["schemas": ["Input": input]]])
    }
}
