import HTTPTypes
import Hummingbird
import LosslessJSON
import NIOCore
import ReplicateAPI
import Synchronization

/// What a handler knows of the connection it answers.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// Cuts the connection. Whatever is answered after that reaches nobody.
    func cutConnection() -> Response {
        channel.close(mode: .all, promise: nil)
        return Response(status: .internalServerError, headers: [.connection: "close"])
    }
}

/// Answers every request: who asks, how often, what goes wrong on purpose, and then the handler of the route.
struct APIResponder: HTTPResponder {
    let server: ServerState

    func respond(to request: Request, context: ServerContext) async throws -> Response {
        let response = try await answerOrProblem(request, context)
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answerOrProblem(_ request: Request, _ context: ServerContext) async throws -> Response {
        do {
            return try await answer(request, context)
        } catch let problem as Problem {
            var response = problem.response
            if problem.status == 429 {
                response.headers[.rateLimitRemaining] = "0"
                response.headers[.rateLimitReset] = "1"
                if server.configuration.sendsRetryAfter, let wait = problem.retryAfter {
                    response.headers[.retryAfter] = "\(wait)"
                }
            }
            return response
        }
    }

    private func answer(_ request: Request, _ context: ServerContext) async throws -> Response {
        guard let route = Route(request.method, path: request.uri.path) else {
            return try answerUnrouted(request)
        }
        server.count(route.kind)
        switch route {
        case .about: return about(request)
        case .eventStream(let prediction): return eventStream(prediction, request, context)
        case .page(let prediction): return try page(prediction)
        case .delivery(let prediction, let index):
            return try await slowly { try await deliver(prediction, index, request, context) }
        case .downloadFile(let id): return try await downloadFile(id, request, context)
        default: break
        }
        try authorize(request)
        let remaining: Int
        do throws(Problem) {
            remaining = try server.takeFromBucket(route.kind)
        } catch {
            if route.kind == .create { server.counts.withLock { $0.throttled += 1 } }
            throw error
        }
        var response: Response
        do {
            if case .createPrediction(let target) = route {
                response = try await createPrediction(target, request, context)
            } else {
                if let error = server.draw({ $0.read() }, otherwise: nil) { return error.response }
                response = try await slowly { try await read(route, request) }
            }
        } catch let problem as Problem where problem.status != 429 {
            // A request that was wrong was taken from the bucket like any other.
            response = problem.response
        }
        if route.kind != .file {
            response.headers[.rateLimitRemaining] = "\(remaining)"
            response.headers[.rateLimitReset] = "1"
        }
        return response
    }

    /// Answers a path that is unknown, or that the method does not go with, which the real API was seen to refuse in these
    /// words. What it answers to `OPTIONS` nobody wrote down, but that it lets no scripts of other sites in: so the methods
    /// are told to who has a token, and that is all.
    private func answerUnrouted(_ request: Request) throws(Problem) -> Response {
        // Strangers do not learn which paths exist.
        try authorize(request)
        let methods = Route.methods(at: request.uri.path)
        guard !methods.isEmpty else { throw .notFound }
        let isQuestion = request.method == .options
        var response =
            isQuestion ? Response(status: .noContent) : Problem.methodNotAllowed(request.method.rawValue).response
        response.headers[.allow] = methods.map(\.rawValue).joined(separator: ", ")
        return response
    }

    private func read(_ route: Route, _ request: Request) async throws -> Response {
        switch route {
        case .listPredictions: try listPredictions(request)
        case .prediction(let id): try prediction(id, request)
        case .cancelPrediction(let id): try cancelPrediction(id, request)
        case .listModels: try listModels(request)
        case .createModel: try await createModel(request)
        case .searchModels: try await searchModels(request)
        case .model(let owner, let name): try model(owner, name, request)
        case .updateModel(let owner, let name): try await updateModel(owner, name, request)
        case .deleteModel(let owner, let name): try deleteModel(owner, name)
        case .listExamples(let owner, let name): try listExamples(owner, name, request)
        case .readme(let owner, let name): try readme(owner, name)
        case .listVersions(let owner, let name): try listVersions(owner, name, request)
        case .version(let owner, let name, let id): try version(owner, name, id)
        case .deleteVersion(let owner, let name, let id): try deleteVersion(owner, name, id)
        case .createTraining(let owner, let name, let version):
            try await createTraining(owner, name, version, request)
        case .listTrainings: try listTrainings(request)
        case .training(let id): try training(id, request)
        case .cancelTraining(let id): try cancelTraining(id, request)
        case .listDeployments: try listDeployments(request)
        case .createDeployment: try await createDeployment(request)
        case .deployment(let owner, let name): try deployment(owner, name)
        case .updateDeployment(let owner, let name): try await updateDeployment(owner, name, request)
        case .deleteDeployment(let owner, let name): try deleteDeployment(owner, name)
        case .search: try search(request)
        case .listCollections: try listCollections(request)
        case .collection(let slug): try collection(slug, request)
        case .createFile: try await createFile(request)
        case .listFiles: listFiles(request)
        case .file(let id): try file(id, request)
        case .deleteFile(let id): try deleteFile(id)
        case .account: account()
        case .hardware: hardware()
        case .webhookSecret: webhookSecret()
        case .about, .page, .eventStream, .delivery, .downloadFile, .createPrediction:
            preconditionFailure("\(route) is answered before")
        }
    }

    /// Answers late, if the faults say so.
    func slowly(_ answer: () async throws -> Response) async throws -> Response {
        let response = try await answer()
        if let delay = server.draw({ $0.delay() }, otherwise: nil) { try await Task.sleep(for: delay) }
        return response
    }

    func authorize(_ request: Request) throws(Problem) {
        guard let header = request.headers[.authorization] else { throw .noToken }
        // `Token` is the word that clients of 2023 use.
        let words = header.split(separator: " ", maxSplits: 1)
        guard words.count == 2, ["bearer", "token"].contains(words[0].lowercased()), !words[1].isEmpty else {
            throw .noToken
        }
        if let token = server.configuration.token, words[1] != token { throw .badToken }
        let now = server.clock.now
        if server.draw({ $0.isRevoked(at: now) }, otherwise: false) { throw .badToken }
    }

    /// Where the API is for this client, such as `http://localhost:8080`: by the name it was called by, as long as that
    /// is a name of this machine.
    func base(for request: Request) -> String {
        let scheme = server.configuration.usesTLS ? "https" : "http"
        if let authority = request.head.authority {
            let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
            if Loopback.contains(host: String(host)) { return "\(scheme)://\(authority)" }
        }
        return "\(scheme)://127.0.0.1:\(server.port.withLock { $0 })"
    }
}

extension HTTPField.Name {
    static let rateLimitRemaining = HTTPField.Name(known: "ratelimit-remaining")
    static let rateLimitReset = HTTPField.Name(known: "ratelimit-reset")
    static let allow = HTTPField.Name(known: "Allow")
    static let prefer = HTTPField.Name(known: "Prefer")
    static let preferenceApplied = HTTPField.Name(known: "Preference-Applied")
    static let cancelAfter = HTTPField.Name(known: "Cancel-After")
    static let lastEventID = HTTPField.Name(known: "Last-Event-ID")

    private init(known name: String) {
        guard let field = HTTPField.Name(name) else { preconditionFailure("'\(name)' is no name of a header") }
        self = field
    }
}

extension Response {
    /// JSON as the API sends it.
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        json(value.jsonBytes(), status: status)
    }

    static func json(_ bytes: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
