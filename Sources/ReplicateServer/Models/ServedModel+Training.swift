import DemoModels
import LosslessJSON
import ReplicateAPI

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
