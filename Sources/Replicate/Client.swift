import Foundation
public import Logging
public import LosslessJSON
public import ReplicateAPI

/// A client of Replicate's HTTP API, or of any server that speaks it.
///
/// ```swift
/// let client = try Client()
/// let output = try await client.run("black-forest-labs/flux-schnell", input: ["prompt": "a lighthouse"])
/// ```
///
/// All failures are ``ReplicateError``. Canceling the task of a call cancels the call, not the prediction.
public struct Client: Sendable {
    let session: Session

    init(session: Session) {
        self.session = session
    }

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - token: the API token; by default the environment's `REPLICATE_API_TOKEN`. Without one, no credentials are
    ///     sent.
    ///   - baseURL: where the API is; by default the environment's `REPLICATE_BASE_URL`, else
    ///     `https://api.replicate.com`. It may be given with or without `/v1` and a slash at the end. Plain http is
    ///     only taken for this machine.
    ///   - userAgent: the `User-Agent` to send.
    ///   - transport: what carries the requests; by default ``defaultTransport``.
    ///   - middleware: what sees each request before the transport does, the first in the list first.
    ///   - retry: whether and when failed calls are sent again.
    ///   - timeout: how long the API may take to answer a call; a create that asks for a wait may take the wait and 15 s, if that
    ///     is longer.
    ///   - files: how files in inputs are sent.
    ///   - logger: told each answer (`debug`) and each failed attempt (`info`), by method and path; never a token or an input.
    ///     Nothing is logged without one.
    /// - Throws: ``ReplicateError`` with the code `invalidArgument` for a token, user agent or base URL that cannot be used,
    ///   `insecureURL` for plain http to another machine.
    ///
    /// API: "Ground rules".
    public init(
        token: String? = nil,
        baseURL: String? = nil,
        userAgent: String = Client.defaultUserAgent,
        transport: any Transport = Client.defaultTransport,
        middleware: [any Middleware] = [],
        retry: RequestRetry = RequestRetry(),
        timeout: Duration = .seconds(30),
        files: FileEncodingStrategy = .automatic,
        logger: Logger? = nil
    ) throws(ReplicateError) {
        let environment = ClientEnvironment(ProcessInfo.processInfo.environment)
        let token = token ?? environment.token
        guard userAgent.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw ReplicateError(
                .invalidArgument,
                "the user agent contains a line break or a character that cannot be sent; expected "
                    + "plain text such as my-app/1.0")
        }
        session = Session(
            base: try APIBase(baseURL ?? environment.baseURL ?? "https://api.replicate.com/v1"),
            token: try token.flatMap { token throws(ReplicateError) in try Token(checking: token) },
            userAgent: userAgent,
            transport: middleware.isEmpty
                ? transport : MiddlewareTransport(middleware: middleware, transport: transport),
            retry: retry,
            timeout: timeout,
            fileEncoding: files,
            secrets: environment.token.map { [$0] } ?? [],
            logger: logger
        )
    }

    /// The `User-Agent` of clients that are given none.
    public static let defaultUserAgent = "replicate-swift-nightshift/\(version)"

    /// What carries the requests of clients that are given nothing else, shared by the whole process: a ``HTTPClientTransport``,
    /// or a ``URLSessionTransport`` where the package's trait `HTTPClient` is not enabled.
    public static var defaultTransport: any Transport {
        #if HTTPClient
        HTTPClientTransport.shared
        #else
        URLSessionTransport.shared
        #endif
    }

    /// The address of the API, with `/v1` and without a slash at the end.
    public var baseURL: String { session.base.text }

    /// What carries the requests, middleware included.
    public var transport: any Transport { session.transport }

    /// How far the API's clock is ahead of this machine's, by the `Date` of its newest answer: exact to about a second.
    /// `nil` before the first answer.
    public var clockOffset: Duration? { session.clockOffset }

    /// The same, for those who have a clock of their own.
    package var clockReading: ClockReading? { session.clockReading }

    /// The API's own count of creates that may follow, by its newest answer to one; `nil` before the first.
    public var createLimit: RateLimitStatus? { session.createLimit }

    /// Takes the secrets of this client out of texts that came by another way than as its answers.
    package var redaction: Redaction { session.redaction }

    /// Whether the client has a token to send.
    public var hasToken: Bool { session.token != nil }
}

// MARK: - The groups of calls

extension Client {
    /// The calls for predictions.
    public var predictions: Predictions { Predictions(session: session) }
    /// The calls for models and their versions.
    public var models: Models { Models(session: session) }
    /// The calls for trainings.
    public var trainings: Trainings { Trainings(session: session) }
    /// The calls for deployments.
    public var deployments: Deployments { Deployments(session: session) }
    /// The calls for collections of models.
    public var collections: Collections { Collections(session: session) }
    /// The calls for kinds of machines.
    public var hardware: HardwareTypes { HardwareTypes(session: session) }
    /// The calls for the account of the token.
    public var account: AccountCalls { AccountCalls(session: session) }
    /// The calls for uploaded files.
    public var files: Files { Files(session: session) }
    /// The calls for webhooks; deliveries are checked by ``Webhook``.
    public var webhooks: Webhooks { Webhooks(session: session) }

    /// Searches models, collections and the documentation: `GET /search`, a beta of the API.
    ///
    /// - Parameters:
    ///   - text: what to look for.
    ///   - limit: how many models at most, from 1 to 50; 20 where it is not given.
    /// - Throws: ``ReplicateError``, with the code `invalidArgument` for an empty text or a limit that the API does not take.
    public func search(_ text: String, limit: Int? = nil) async throws(ReplicateError) -> SearchResults {
        guard !text.isEmpty, limit.map({ (1...50).contains($0) }) ?? true else {
            throw ReplicateError(
                .invalidArgument, "a search takes a text and a limit from 1 to 50, not '\(text)' and \(limit ?? 20)")
        }
        var query = [(name: "query", value: text)]
        if let limit { query.append((name: "limit", value: "\(limit)")) }
        return try await session.resource(Call("GET", "/search", query: query))
    }

    /// Any call of the API, also one that has no method here.
    ///
    /// ```swift
    /// let answer = try await client.request("GET", "/models/stability-ai/sdxl/versions")
    /// print(answer.status, try answer.json)
    /// ```
    ///
    /// - Parameters:
    ///   - method: such as `GET`, in capital letters.
    ///   - route: a path below the base, such as `/hardware`, or a whole URL of the API, as answers give it.
    ///   - query: what is added to the route, in this order.
    ///   - body: sent as JSON.
    ///   - headers: sent besides the client's own; they win, but for the credentials.
    ///   - isIdempotent: whether sending it twice does the same as sending it once; by default all but POST and PATCH.
    /// - Throws: ``ReplicateError``, for every status outside of 200 to 299 too; with the code `foreignURL` if the route
    ///   leads to another host than the API's: nothing is sent there.
    public func request(
        _ method: String, _ route: String, query: [(name: String, value: String)] = [], body: JSONValue? = nil,
        headers: HeaderFields = [:], isIdempotent: Bool? = nil
    ) async throws(ReplicateError) -> RawResponse {
        guard !method.isEmpty, method.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) else {
            throw ReplicateError(.invalidArgument, "'\(method)' is no method of HTTP; expected one such as GET")
        }
        var call: Call
        if route.contains("://") {
            guard query.isEmpty else {
                throw ReplicateError(.invalidArgument, "a whole URL takes no query besides its own")
            }
            call = Call(method, url: try session.base.link(route))
        } else {
            call = Call(method, route.hasPrefix("/") ? route : "/" + route, query: query)
        }
        call.headers = headers
        if let body { call.setJSON(body) }
        if let isIdempotent { call.isIdempotent = isIdempotent }
        return try await session.cleanResponse(to: call)
    }
}

/// The documented defaults, read from the environment here and nowhere else. An empty value counts as none.
struct ClientEnvironment {
    var token: String?
    var baseURL: String?

    init(_ variables: [String: String]) {
        func value(_ name: String) -> String? {
            variables[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        token = value("REPLICATE_API_TOKEN")
        baseURL = value("REPLICATE_BASE_URL")
    }
}

extension Token {
    /// A token that can stand in a header; an empty one is none.
    fileprivate init?(checking text: String) throws(ReplicateError) {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else { return nil }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw ReplicateError(
                .invalidArgument,
                "the API token contains a space or a character that cannot be sent; "
                    + "expected letters and digits"
            )
        }
        self.init(text)
    }
}
