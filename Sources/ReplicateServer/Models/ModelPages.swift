import DemoModels
import LosslessJSON
import ReplicateAPI

extension ServedModel {
    /// What a person should know who means to run this model.
    var readme: String? {
        guard case .builtIn(let model) = engine else { return nil }
        var text = "# \(fullName)\n\nThis model \(summary).\n"
        if !schema.inputs.isEmpty { text += "\n## Inputs\n\n" }
        for input in schema.inputs {
            text += "- `\(input.name)`"
            if let type = input.type { text += " (\(type.rawValue))" }
            if let description = input.description { text += ": \(description)" }
            if input.isRequired { text += "; required" }
            if let value = input.defaultValue { text += "; by default `\(value.jsonString())`" }
            text += "\n"
        }
        if let example = model.exampleInput { text += "\n## Example\n\n```json\n\(example.jsonString())\n```\n" }
        return text
    }

    /// The id of this model's example: the same on every start.
    var exampleID: PredictionID? {
        guard case .builtIn(let model) = engine, model.exampleInput != nil else { return nil }
        var random = SeededGenerator(text: "the example of \(fullName)")
        return PredictionID(using: &random)
    }

    /// A prediction that succeeded on the day the server's models were made. Its data is never removed.
    func example(base: String) -> PredictionRecord? {
        guard case .builtIn(let model) = engine, let input = model.exampleInput, let id = exampleID else { return nil }
        let plan = model.plan(input)
        var record = PredictionRecord(
            id: id, model: fullName, version: version, deployment: nil,
            lifecycle: PredictionLifecycle(createdAt: Catalogue.birthday),
            data: PredictionData(input: input.jsonBytes()))
        record.lifecycle.plan(startAfter: .milliseconds(5), runFor: plan.runTime, ending: .succeeded)
        record.take(plan, base: base)
        return record
    }
}

extension Catalogue {
    /// The server's first day, when its models were made.
    static let birthday = ServerTime(nanoseconds: 1_793_491_200_000_000_000)

    /// The server's models with their pages.
    var registered: [RegisteredModel] {
        models.enumerated().map { registered($1, number: $0) }
    }

    func registered(_ fullName: String) -> RegisteredModel? {
        models.lastIndex { $0.fullName == fullName }.map { registered(models[$0], number: $0) }
    }

    private func registered(_ model: ServedModel, number: Int) -> RegisteredModel {
        // In lists the newest model is first, so the first of the catalogue is the youngest.
        let createdAt = Self.birthday.advanced(by: .seconds(-number))
        return RegisteredModel(
            owner: model.owner, name: model.name, isBuiltIn: true, isOfficial: model.isOfficial, visibility: .public,
            description: model.summary, readme: model.readme, createdAt: createdAt,
            versions: [ServedVersion(model: model, createdAt: createdAt)])
    }

    func example(_ id: PredictionID, base: String) -> PredictionRecord? {
        models.first { $0.exampleID == id }?.example(base: base)
    }
}
