/// What a request asks for.
enum Route: Hashable, Sendable {
    enum CreateTarget: Hashable, Sendable {
        case version
        case model(owner: String, name: String)
        case deployment(owner: String, name: String)
    }

    case createPrediction(CreateTarget)
    case listPredictions
    case prediction(id: String)
    case cancelPrediction(id: String)
    case listModels
    case createModel
    case searchModels
    case model(owner: String, name: String)
    case updateModel(owner: String, name: String)
    case deleteModel(owner: String, name: String)
    case listExamples(owner: String, name: String)
    case readme(owner: String, name: String)
    case listVersions(owner: String, name: String)
    case version(owner: String, name: String, id: String)
    case deleteVersion(owner: String, name: String, id: String)
    case createTraining(owner: String, name: String, version: String)
    case listTrainings
    case training(id: String)
    case cancelTraining(id: String)
    case listDeployments
    case createDeployment
    case deployment(owner: String, name: String)
    case updateDeployment(owner: String, name: String)
    case deleteDeployment(owner: String, name: String)
    case search
    case listCollections
    case collection(slug: String)
    case createFile
    case listFiles
    case file(id: String)
    case deleteFile(id: String)
    case downloadFile(id: String)
    case account
    case hardware
    case webhookSecret
    /// A file that a prediction put out.
    case delivery(prediction: String, index: Int)
    /// The events of a prediction as they happen.
    case eventStream(prediction: String)
    /// A page about a prediction, for people.
    case page(prediction: String)
    /// A page about the server itself.
    case about
}

extension Route {
    /// The groups that requests are counted and limited by.
    enum Kind: Hashable, Sendable {
        case create, get, list, cancel, file, download, other
    }

    var kind: Kind {
        switch self {
        case .createPrediction: .create
        case .prediction: .get
        case .listPredictions: .list
        case .cancelPrediction: .cancel
        case .createFile, .listFiles, .file, .deleteFile: .file
        case .downloadFile, .delivery: .download
        default: .other
        }
    }
}
