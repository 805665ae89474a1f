import Foundation
import HTTPTypes
import Hummingbird
import JSON
import ReplicateAPI
import Synchronization

/// All routes of the server.
struct Routes: Sendable {
    /// The port, known once the server listens.
    final class Port: Sendable {
        private let value = Atomic(0)

        func set(_ port: Int) { value.store(port, ordering: .relaxed) }
        var number: Int { value.load(ordering: .relaxed) }
    }

    let state: ServerState
    let work: AsyncStream<RunningPrediction>.Continuation
    let port = Port()

    var baseURL: String { "http://127.0.0.1:\(port.number)" }

    func router() -> Router<ServerContext> {
        let router = Router(context: ServerContext.self)
        router.add(middleware: NotFoundMiddleware())
        addDeliveryRoutes(to: router)
        let api = router.group("v1").add(middleware: AuthorizationMiddleware(token: state.configuration.token))
        addPredictionRoutes(to: api)
        addModelRoutes(to: api)
        addFileRoutes(to: api)
        api.get("account") { _, _ in
            Answer.json(["type": "user", "username": "nightshift", "name": "Nightshift"])
        }
        api.get("hardware") { _, _ in Answer.json([["name": "CPU", "sku": "cpu"]]) }
        return router
    }

    /// Passes a read through its rate bucket and faults, then answers it.
    func read(_ context: ServerContext, _ answer: () async throws -> Response) async throws -> Response {
        if state.happens(state.configuration.faults.slow) { try await Task.sleep(for: .seconds(1)) }
        if state.happens(state.configuration.faults.readErrors) { return serverError() }
        let verdict = state.contents.withLock { $0.reads.take(at: Date()) }
        switch verdict {
        case .throttled(let seconds):
            return Answer.throttled(seconds: seconds, sendsHeader: state.configuration.sendsRetryAfter)
        case .allowed(let remaining):
            var response = try await answer()
            response.headers.setRateLimit(remaining: remaining)
            return response
        }
    }

    /// One of the errors that stand for a platform in trouble, some with a body that is no JSON.
    func serverError() -> Response {
        let choice = state.contents.withLock { Int.random(in: 0..<3, using: &$0.random) }
        switch choice {
        case 0: return Answer.problem(.internalServerError, detail: "Internal server error")
        case 1: return Answer.bytes(Array("<html>502 Bad Gateway</html>".utf8), type: "text/html", status: .badGateway)
        default: return Response(status: .serviceUnavailable, headers: [.contentLength: "0"])
        }
    }

    /// A page in the API's form.
    func page(_ results: [JSONValue], next: String?) -> JSONValue {
        ["previous": .null, "next": next.map(JSONValue.string) ?? .null, "results": .array(results)]
    }
}

extension HTTPFields {
    mutating func setRateLimit(remaining: Int) {
        if let name = HTTPField.Name("ratelimit-remaining") { self[name] = String(remaining) }
        if let name = HTTPField.Name("ratelimit-reset") { self[name] = "1" }
    }
}

/// Refuses what comes without a token, or with another one than configured.
private struct AuthorizationMiddleware: RouterMiddleware {
    let token: String?

    func handle(
        _ request: Request, context: ServerContext,
        next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let header = request.headers[.authorization] ?? ""
        // 2023's clients wrote "Token".
        let given = ["Bearer ", "Token "].first(where: header.hasPrefix).map { header.dropFirst($0.count) } ?? ""
        guard !given.isEmpty, token == nil || given[...] == token?[...] else { return Answer.unauthenticated }
        return try await next(request, context)
    }
}

/// Answers unknown paths as the API does.
private struct NotFoundMiddleware: RouterMiddleware {
    func handle(
        _ request: Request, context: ServerContext,
        next: @concurrent (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            return Answer.notFound
        }
    }
}
