/// What carries requests to a server: the hook for those who bring their own HTTP.
///
/// A transport follows no redirects, decodes no compression and adds no credentials. Cancelling the task cancels the
/// request. ``HTTPClientTransport`` is the one that is used by default, ``URLSessionTransport`` that for apps.
public protocol Transport: Sendable {
    /// Sends one request and returns when the head of its answer is there; the body follows as it is read.
    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse
}

/// A request as a transport sends it.
///
/// To fetch a file that a prediction made, send its URL without credentials, and say where to go on if a part of
/// it is there already:
///
/// ```swift
/// let request = TransportRequest(url: url, headers: ["Range": "bytes=1024-"])
/// let response = try await client.transport.send(request)
/// for try await chunk in response.body { print(chunk.count) }
/// ```
public struct TransportRequest: Sendable {
    /// Such as `GET`.
    public var method: String
    /// The whole address.
    public var url: String
    /// What is sent besides what HTTP itself needs.
    public var headers: HeaderFields
    /// What is sent after the headers.
    public var body: TransportRequestBody
    /// How long the head of the answer may take, connecting included, but not the waiting for a free connection. The body
    /// has no limit but the transport's idle time.
    public var timeout: Duration
    /// Whether the answer takes as long as a prediction runs, as that of a held create or an event stream does. A transport
    /// lets others pass meanwhile.
    public var isLongLived: Bool
    /// How long a free connection is waited for at most; `nil` for as long as it takes.
    public var connectionWait: Duration?
    /// The path of a call of the API, below the base and without its query; `nil` for other addresses, such as those of files.
    public var path: String?
    /// How often the call has been sent, this time included.
    public var attempt = 1
    /// Told whether a connection is waited for.
    var waiting: ConnectionWait?
    /// What the id is made of.
    private let number = UInt64.random(in: .min ... .max)

    /// What tells the call apart from others, in logs: the same for all its attempts. The server does not see it.
    public var id: String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Makes a request; nothing is sent.
    ///
    /// - Parameters:
    ///   - method: such as `GET`.
    ///   - url: the whole address.
    ///   - headers: what is sent besides what HTTP itself needs.
    ///   - body: what is sent after the headers.
    ///   - timeout: how long the head of the answer may take.
    ///   - isLongLived: whether the answer takes as long as a prediction runs.
    ///   - connectionWait: how long a free connection is waited for at most; `nil` for as long as it takes.
    public init(
        method: String = "GET", url: String, headers: HeaderFields = [:], body: TransportRequestBody = .none,
        timeout: Duration = .seconds(30), isLongLived: Bool = false, connectionWait: Duration? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.isLongLived = isLongLived
        self.connectionWait = connectionWait
    }
}

/// The head of an answer and the way to its body.
public struct TransportResponse: Sendable {
    /// The status of the answer, whatever it is.
    public var status: Int
    /// The header fields of the answer.
    public var headers: HeaderFields
    /// The body, to be read once. One that is not read to its end costs the connection, nothing else.
    public var body: TransportBody

    /// Makes an answer, for transports of one's own.
    public init(status: Int, headers: HeaderFields = [:], body: TransportBody = TransportBody([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Why a request got no answer, or its body no end.
public struct TransportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is known of the request.
    public enum Delivery: Hashable, Sendable {
        /// It certainly did not reach the server: no such host, connection refused, no TLS, no free connection.
        case notSent
        /// It may have been acted on.
        case unknown
    }

    /// The kind of failure.
    public enum Code: Hashable, Sendable {
        /// No connection could be made.
        case connect
        /// The connection broke, or the body ended before its announced length.
        case connectionLost
        /// Nothing came in time.
        case timeout
        /// The task was canceled.
        case canceled
        /// The URL or a header cannot be sent.
        case invalidRequest
        /// A file of the request's body cannot be read.
        case unreadableBody
        /// The answer is longer than the reader takes.
        case tooLong
    }

    /// The kind of failure.
    public var code: Code
    /// What is known of the request.
    public var delivery: Delivery
    /// One sentence without credentials and without the query of the URL.
    public var message: String
    /// How long the request waited for a free connection before it was tried. That says nothing about the server, so the time
    /// does not count where it is decided whether to try again.
    public var connectionWait = Duration.zero

    /// Makes an error, for transports of one's own.
    public init(_ code: Code, delivery: Delivery, message: String) {
        self.code = code
        self.delivery = delivery
        self.message = message
    }

    /// Whether nothing came in time.
    public var isTimeout: Bool { code == .timeout }

    public var description: String { message }
}
