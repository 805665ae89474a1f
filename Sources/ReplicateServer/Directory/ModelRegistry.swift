import ReplicateAPI

/// A version that can be run.
struct ServedVersion: Sendable {
    var model: ServedModel
    var createdAt: ServerTime
}

/// A model with what its page says.
struct RegisteredModel: Sendable {
    enum Visibility: String, CaseIterable, Sendable {
        case `public`, `private`
    }

    /// The pages that a model's page can lead to, by the API's names.
    enum Link: String, CaseIterable, Sendable {
        case github = "github_url"
        case paper = "paper_url"
        case weights = "weights_url"
        case license = "license_url"
        case cover = "cover_image_url"
    }

    let owner: String
    let name: String
    /// Whether it came with the server, so that nobody can change it.
    var isBuiltIn = false
    var isOfficial = false
    var visibility: Visibility
    var description: String?
    var readme: String?
    var links: [Link: String] = [:]
    var createdAt: ServerTime
    /// Newest first.
    var versions: [ServedVersion] = []

    var fullName: String { "\(owner)/\(name)" }
    var latestVersion: ServedVersion? { versions.first }

    func version(_ id: String) -> ServedVersion? {
        versions.first { $0.model.version == id }
    }
}

/// The models that users of a server made. A value: it is told what has happened and does nothing by itself.
struct ModelRegistry: Sendable {
    /// A version that is there once its training has succeeded.
    private struct Expected {
        var destination: String
        var model: ServedModel
    }

    private var byName: [String: RegisteredModel] = [:]
    private var modelsByVersion: [String: String] = [:]
    private var expected: [PredictionID: Expected] = [:]

    var models: [RegisteredModel] { Array(byName.values) }

    /// The trainings whose end is not known yet.
    var openTrainings: [PredictionID] { Array(expected.keys) }

    func model(_ fullName: String) -> RegisteredModel? {
        byName[fullName]
    }

    /// What runs under a version's id.
    func served(version: String) -> ServedModel? {
        modelsByVersion[version].flatMap { byName[$0]?.version(version)?.model }
    }

    /// - Returns: whether the name was free.
    mutating func insert(_ model: RegisteredModel) -> Bool {
        guard byName[model.fullName] == nil else { return false }
        byName[model.fullName] = model
        return true
    }

    /// Changes the page of a model.
    mutating func update(_ fullName: String, _ change: (inout RegisteredModel) -> Void) -> RegisteredModel? {
        guard var model = byName[fullName] else { return nil }
        change(&model)
        byName[fullName] = model
        return model
    }

    mutating func delete(_ fullName: String) throws(Problem) {
        guard let model = byName[fullName] else { throw .notFound }
        guard model.visibility == .private else { throw .forbidden("Only private models can be deleted") }
        guard model.versions.isEmpty else {
            throw .forbidden("Only models without versions can be deleted; delete the versions of \(fullName) first")
        }
        guard !expected.values.contains(where: { $0.destination == fullName }) else {
            throw .forbidden("A training for \(fullName) is under way; cancel it or wait for its end")
        }
        byName[fullName] = nil
    }

    mutating func deleteVersion(_ id: String, of fullName: String) throws(Problem) {
        guard var model = byName[fullName], model.version(id) != nil else { throw .notFound }
        guard model.visibility == .private else {
            throw .forbidden("Only versions of private models can be deleted")
        }
        model.versions.removeAll { $0.model.version == id }
        byName[fullName] = model
        modelsByVersion[id] = nil
    }

    // MARK: - Trainings

    mutating func expect(_ model: ServedModel, from training: PredictionID) {
        expected[training] = Expected(destination: model.fullName, model: model)
    }

    /// Takes note of how a training stands; the version of one that has succeeded is there from its end on.
    /// - Parameter snapshot: `nil` for a training that nobody knows any more.
    mutating func settle(_ training: PredictionID, _ snapshot: PredictionLifecycle.Snapshot?) {
        guard let version = expected[training], snapshot?.status.isTerminal ?? true else { return }
        expected[training] = nil
        guard let snapshot, snapshot.status == .succeeded, let completedAt = snapshot.completedAt,
            var model = byName[version.destination]
        else { return }
        // Trainings are settled in any order, whichever ended first.
        let index = model.versions.firstIndex { $0.createdAt <= completedAt } ?? model.versions.count
        model.versions.insert(ServedVersion(model: version.model, createdAt: completedAt), at: index)
        byName[version.destination] = model
        modelsByVersion[version.model.version] = version.destination
    }
}

extension Problem {
    static func forbidden(_ detail: String) -> Problem {
        Problem(status: 403, title: "Forbidden", detail: detail)
    }

    static func conflict(_ detail: String) -> Problem {
        Problem(status: 409, title: "Conflict", detail: detail)
    }
}
