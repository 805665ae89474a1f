import Foundation
public import JSON
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

    /// Makes a client.
    ///
    /// - Parameters:
    ///   - token: the API token; by default the environment's `REPLICATE_API_TOKEN`. Without one, no credentials are
    ///     sent.
    ///   - baseURL: where the API is; by default the environment's `REPLICATE_BASE_URL`, else
    ///     `https://api.replicate.com`. It may be given with or without `/v1` and a slash at the end. Plain http is
    ///     only taken for this machine.
    ///   - userAgent: the `User-Agent` to send.
    ///   - transport: what carries the requests; by default one that the whole process shares.
    ///   - retry: whether and when failed calls are sent again.
    ///   - timeout: how long the API may take to answer a call; a wait asked for in a create is added.
    public init(
        token: String? = nil,
        baseURL: String? = nil,
        userAgent: String = Client.defaultUserAgent,
        transport: any Transport = HTTPClientTransport.shared,
        retry: RequestRetry = RequestRetry(),
        timeout: Duration = .seconds(30)
    ) throws(ReplicateError) {
        let environment = ClientEnvironment(ProcessInfo.processInfo.environment)
        let token = token ?? environment.token
        session = Session(
            base: try APIBase(baseURL ?? environment.baseURL ?? "https://api.replicate.com/v1"),
            token: try token.flatMap { token throws(ReplicateError) in try Token(checking: token) },
            userAgent: userAgent,
            transport: transport,
            retry: retry,
            timeout: timeout
        )
    }

    /// The `User-Agent` of clients that are given none.
    public static let defaultUserAgent = "replicate-swift-nightshift/1.0"

    /// The address of the API, with `/v1` and without a slash at the end.
    public var baseURL: String { session.base.text }

    /// What carries the requests; use it to fetch files that predictions made, as ``TransportRequest`` shows.
    public var transport: any Transport { session.transport }

    /// How far the API's clock is ahead of this machine's, by the `Date` of its newest answer: exact to about a second.
    /// `nil` before the first answer.
    public var clockOffset: Duration? { session.clockOffset }

    /// Whether the client has a token to send.
    public var hasToken: Bool { session.token != nil }

    /// The calls for predictions.
    public var predictions: Predictions { Predictions(session: session) }
    /// The calls for models and their versions.
    public var models: Models { Models(session: session) }
    /// The calls for deployments.
    public var deployments: Deployments { Deployments(session: session) }
    /// The calls for uploaded files.
    public var files: Files { Files(session: session) }

    /// The user or organization that the token belongs to: `GET /account`.
    public func account() async throws(ReplicateError) -> Account {
        try await session.resource(Call("GET", "/account"))
    }

    /// The page with older elements, or `nil` if this is the last.
    ///
    /// - Throws: ``ReplicateError`` with the code `foreignURL` if the link leads to another host than the API's:
    ///   nothing is sent there.
    public func nextPage<Element>(of page: Page<Element>) async throws(ReplicateError) -> Page<Element>? {
        guard let next = page.next else { return nil }
        return try await session.resource(Call("GET", url: try session.base.link(next)))
    }

    /// The page that a link of an earlier answer leads to, with the same care as ``nextPage(of:)``.
    public func page<Element: APIResource>(
        at link: String, of type: Element.Type = Element.self
    ) async throws(ReplicateError) -> Page<Element> {
        try await session.resource(Call("GET", url: try session.base.link(link)))
    }

    /// All pages from a first one on, fetched as they are asked for.
    public func pages<Element>(from first: Page<Element>) -> Pages<Element> {
        Pages(client: self, first: first)
    }

    /// Any call of the API that has no method of its own here.
    ///
    /// - Parameters:
    ///   - path: below the base, such as `/hardware`.
    ///   - isIdempotent: whether sending it twice does the same as sending it once; by default all but POST and PATCH.
    /// - Returns: the answer's JSON; null if it has no body.
    public func request(
        _ method: String, _ path: String, query: [(name: String, value: String)] = [], body: JSONValue? = nil,
        headers: HeaderFields = [:], isIdempotent: Bool? = nil
    ) async throws(ReplicateError) -> JSONValue {
        var call = Call(method, path.hasPrefix("/") ? path : "/" + path, query: query)
        call.headers = headers
        if let body { call.setJSON(body) }
        if let isIdempotent { call.isIdempotent = isIdempotent }
        return try await session.json(call)
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
