package import LosslessJSON

/// A model that needs no GPU. Its runs are planned when they are asked for, and take no processor until somebody reads
/// a result.
package protocol DemoModel: Sendable {
    var name: String { get }
    var summary: String { get }
    /// Whether it runs by name alone, as official models do.
    var isOfficial: Bool { get }
    /// The input of the run that its page shows, if there is one.
    var exampleInput: JSONValue? { get }
    /// The members `Input` and `Output` of its schema, and those they refer to.
    var schemas: [String: JSONValue] { get }

    /// The run of an input that fits the schema.
    func plan(_ input: JSONValue) -> PredictionPlan
}

/// A model that other models can be made from. Its schemas have a member `TrainingInput`.
package protocol TrainableModel: DemoModel {
    /// The training by an input that fits the schema.
    func planTraining(_ input: JSONValue) -> TrainingPlan
}

/// All demo models, in the order of their names.
package enum DemoModels {
    package static let all: [any DemoModel] = [HelloWorld(), Poster(), Sleeper(), Storyteller(), Tuner()]
}
