import Crypto
import DemoModels
import LosslessJSON
import ReplicateAPI

/// A model that can be asked for, with what the API says about it.
struct ServedModel: Sendable {
    enum Engine: Sendable {
        case builtIn(any DemoModel)
        /// A shell command that is given the input.
        case command(String)
    }

    let owner: String
    let name: String
    let summary: String
    let isOfficial: Bool
    /// The same on every start: given, or following from the name and what runs.
    let version: String
    let openAPI: JSONValue
    let schema: ModelSchema
    let engine: Engine

    var fullName: String { "\(owner)/\(name)" }

    init(_ model: any DemoModel) {
        self.init(
            owner: "nightshift", name: model.name, summary: model.summary, isOfficial: model.isOfficial,
            schemas: model.schemas, engine: .builtIn(model), content: "built in")
    }

    /// What a training made of a model, as a version of another model.
    init(trained model: any DemoModel, owner: String, name: String, training: PredictionID) {
        // Every training makes a version of its own, even from the same input.
        self.init(
            owner: owner, name: name, summary: model.summary, isOfficial: false, schemas: model.schemas,
            engine: .builtIn(model), content: "trained by \(training.text)")
    }

    /// A command as a model, which runs by its name. A name without an owner belongs to `local`.
    /// - Parameter version: the id of its version; by default one of its own.
    init(command: String, name fullName: String, version: String? = nil) {
        let parts = fullName.split(separator: "/", maxSplits: 1).map(String.init)
        // What a command takes and gives is not known, so the schema says nothing about it.
        self.init(
            owner: parts.count == 2 ? parts[0] : "local", name: parts.last ?? fullName, summary: "runs: \(command)",
            isOfficial: true,
            schemas: ["Input": ["type": "object", "title": "Input"], "Output": ["title": "Output"]],
            engine: .command(command), content: command, version: version)
    }

    private init(
        owner: String, name: String, summary: String, isOfficial: Bool, schemas: [String: JSONValue], engine: Engine,
        content: String, version givenVersion: String? = nil
    ) {
        self.owner = owner
        self.name = name
        self.summary = summary
        self.isOfficial = isOfficial
        self.engine = engine
        openAPI = [
            "openapi": "3.0.2", "info": ["title": "Cog", "version": "0.1.0"], "paths": [:],
            "components": ["schemas": .object(schemas)],
        ]
        schema = ModelSchema(openAPI: openAPI)
        let identity: JSONValue = [.string(owner), .string(name), .string(content), openAPI]
        version = givenVersion ?? SHA256.hash(data: identity.canonicalBytes()).hexText
    }
}

/// All models of a server.
struct Catalogue: Sendable {
    /// In the order of the list.
    let models: [ServedModel]
    private let byName: [String: ServedModel]
    private let byVersion: [String: ServedModel]

    /// - Parameter versions: the ids of versions of commands, by the names of the commands.
    init(commands: [String: String], versions: [String: String]) {
        models =
            DemoModels.all.map { ServedModel($0) }
            + commands.sorted { $0.key < $1.key }.map {
                ServedModel(command: $0.value, name: $0.key, version: versions[$0.key])
            }
        // A command may take the place of a built-in model of the same name.
        byName = Dictionary(models.map { ($0.fullName, $0) }, uniquingKeysWith: { $1 })
        byVersion = Dictionary(models.map { ($0.version, $0) }, uniquingKeysWith: { $1 })
    }

    func model(_ owner: String, _ name: String) -> ServedModel? {
        byName["\(owner)/\(name)"]
    }

    /// The model that the `version` of a create names: a version's id, `owner/name:id`, or an official `owner/name`.
    func model(forVersion text: String) -> ServedModel? {
        if let model = byVersion[text] { return model }
        guard let reference = try? ModelReference(parsing: text),
            let model = model(reference.owner, reference.name)
        else { return nil }
        guard let version = reference.version else { return model.isOfficial ? model : nil }
        return version == model.version ? model : nil
    }
}
