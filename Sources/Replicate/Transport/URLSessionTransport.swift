#if URLSession || !HTTPClient
import ReplicateAPI
import Synchronization

#if canImport(FoundationNetworking)
import Foundation
public import FoundationNetworking
#else
public import Foundation
#endif

/// The transport over Foundation's `URLSession`, for apps that are to contain no other HTTP library.
///
/// It follows no redirects, keeps no cookies or caches, and asks for no compression. What `URLSession` decides is different from
/// ``HTTPClientTransport``:
///
/// - An answer that is compressed although that was not asked for arrives decoded, and without the fields
///   `Content-Encoding` and `Content-Length`, which would describe other bytes.
/// - A large body that consists of parts is put into a temporary file first and sent from there.
/// - There is no limit of its own for making a connection: `TransportRequest.timeout` covers it.
/// - Whoever reads a body slowly holds the server back where `URLSession` can be suspended. On Linux it cannot: there a body of
///   which more than ``Configuration/maximumUnread`` wait is broken off, and files and streams are then read on from there.
/// - On Linux, libcurl repeats by itself a request that meets the end of a kept connection. So all but `GET` and `HEAD` have
///   a connection of their own there.
public final class URLSessionTransport: Transport {
    /// The settings of a transport.
    public struct Configuration: Sendable, Hashable {
        /// The most connections to one host at a time for requests that are answered at once; further ones wait.
        public var maximumConnections = 64
        /// The most connections to one host at a time, beside the others, for requests whose answer takes as long as a
        /// prediction runs: held creates and event streams.
        public var maximumLongConnections = FileDescriptorLimit.half
        /// How long a server may send nothing in the middle of a body; `nil` for any time. How long the head may take is said
        /// by each request.
        public var idleTimeout: Duration? = .seconds(90)
        /// How many bytes of a body are kept while nobody asks for them.
        public var maximumUnread = 16 << 20

        /// The defaults.
        public init() {}
    }

    /// A transport that lives as long as the process.
    public static let shared = URLSessionTransport()

    private struct State {
        /// `nil` after the transport was shut down.
        var session: URLSession?
        var exchanges: [UInt64: URLSessionExchange] = [:]
        var count: UInt64 = 0
    }

    private let configuration: Configuration
    private let sessionConfiguration: URLSessionConfiguration
    private let slots: ConnectionSlots
    private let state: Mutex<State>

    /// Makes a transport with connections of its own.
    ///
    /// - Parameters:
    ///   - configuration: the settings.
    ///   - session: what `URLSession` is told besides, such as proxies and the oldest version of TLS. Its cache, cookies,
    ///     credentials, time-outs and number of connections are not used.
    public init(_ configuration: Configuration = Configuration(), session: URLSessionConfiguration = .ephemeral) {
        self.configuration = configuration
        sessionConfiguration = session.prepared(for: configuration)
        slots = ConnectionSlots(
            quick: configuration.maximumConnections, longLived: configuration.maximumLongConnections)
        state = Mutex(
            State(
                session: URLSession(
                    configuration: sessionConfiguration, delegate: URLSessionRouter(), delegateQueue: nil)))
    }

    deinit {
        // A session keeps itself and its delegate alive until it is told.
        state.withLock { $0.session }?.finishTasksAndInvalidate()
    }

    /// Closes all connections; requests in flight fail.
    public func shutdown() {
        let (session, exchanges) = state.withLock { state in
            defer { state.session = nil }
            return (state.session, state.exchanges.values)
        }
        for exchange in exchanges { exchange.giveUp(.shutDown) }
        session?.finishTasksAndInvalidate()
    }

    public func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        let outgoing = try URLRequest(request)
        let start = ContinuousClock.now
        let lease = try await slots.lease(for: request)
        let waited = start.duration(to: .now)
        do throws(TransportError) {
            let body = try URLSessionBody(request.body)
            let exchange = try begin(outgoing, request, body, holding: lease)
            let response = try await exchange.head(within: request.timeout)
            return TransportResponse(
                status: response.statusCode, headers: exchange.headers(of: response),
                body: TransportBody(reading: exchange))
        } catch {
            var failure = error
            failure.connectionWait = waited
            throw failure
        }
    }

    private func begin(
        _ outgoing: URLRequest, _ request: TransportRequest, _ body: URLSessionBody, holding lease: ConnectionLease
    ) throws(TransportError) -> URLSessionExchange {
        let begun = state.withLock { state -> (URLSession, UInt64)? in
            guard let shared = state.session else { return nil }
            state.count += 1
            return (shared, state.count)
        }
        let origin = URLOrigin.text(of: request.url)
        guard let (shared, number) = begun else {
            throw TransportError(
                .connect, delivery: .notSent, message: "no connection to \(origin): the transport was shut down")
        }
        let exchange = URLSessionExchange(
            origin: origin, hasBody: body.length > 0, hasFixedHost: request.hasNumericHost, method: request.method,
            idleTimeout: configuration.idleTimeout, maximumUnread: configuration.maximumUnread
        ) { [weak self] in
            lease.release()
            body.discard()
            self?.state.withLock { $0.exchanges[number] = nil }
        }
        state.withLock { $0.exchanges[number] = exchange }
        if request.mayShareAConnection {
            exchange.begin(outgoing, body, in: shared)
        } else {
            let own = URLSession(
                configuration: sessionConfiguration, delegate: URLSessionRouter(), delegateQueue: nil)
            exchange.begin(outgoing, body, in: own)
            own.finishTasksAndInvalidate()
        }
        return exchange
    }
}

extension TransportRequest {
    /// Whether it does no harm if the library below sends the request again by itself.
    fileprivate var mayShareAConnection: Bool {
        #if canImport(FoundationNetworking)
        body.length == 0 && (method == "GET" || method == "HEAD")
        #else
        true
        #endif
    }

    /// Whether the address names one machine, so that there is one attempt to connect.
    fileprivate var hasNumericHost: Bool {
        let host = URLComponents(string: url)?.host ?? ""
        return host.contains(":") || host.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
    }
}

extension URLSessionConfiguration {
    fileprivate func prepared(for configuration: URLSessionTransport.Configuration) -> URLSessionConfiguration {
        guard let own = copy() as? URLSessionConfiguration else { return .ephemeral }
        own.urlCache = nil
        own.requestCachePolicy = .reloadIgnoringLocalCacheData
        own.httpCookieStorage = nil
        own.httpShouldSetCookies = false
        own.urlCredentialStorage = nil
        // Requests wait for a place of ours, and have time-outs of ours.
        let connections = max(1, configuration.maximumConnections)
            .addingReportingOverflow(max(1, configuration.maximumLongConnections))
        own.httpMaximumConnectionsPerHost = connections.overflow ? Int(Int32.max) : connections.partialValue
        own.timeoutIntervalForRequest = Self.longest
        own.timeoutIntervalForResource = Self.longest
        return own
    }

    /// A month: more than any request takes, and few enough milliseconds for 32 bits.
    private static let longest: TimeInterval = 2_000_000
}

extension URLRequest {
    fileprivate init(_ request: TransportRequest) throws(TransportError) {
        func refusal(_ reason: String) -> TransportError {
            TransportError(
                .invalidRequest, delivery: .notSent,
                message: "the request to \(URLOrigin.text(of: request.url)) cannot be sent: \(reason)")
        }
        if let problem = PortNumber.problem(in: request.url) { throw refusal("its address has \(problem)") }
        guard let url = URL(string: request.url), let host = url.host(), !host.isEmpty,
            let scheme = url.scheme?.lowercased(), scheme == "http" || scheme == "https"
        else { throw refusal("its address is none of http or https") }
        self.init(url: url)
        httpMethod = request.method
        for (name, value) in request.headers {
            guard !name.isEmpty, name.utf8.allSatisfy(Self.isOfNames),
                value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
            else { throw refusal("a header field has characters that cannot be sent") }
            addValue(value, forHTTPHeaderField: name)
        }
        // Else the library would ask for compression and decode it.
        if request.headers["Accept-Encoding"] == nil { setValue("identity", forHTTPHeaderField: "Accept-Encoding") }
    }

    private static func isOfNames(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
#endif
