#if HTTPClient
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import ReplicateAPI
import Synchronization

/// The transport over AsyncHTTPClient: HTTP/1.1 with a pool of connections that are kept alive.
///
/// It follows no redirects and decodes no compression. A body that stops short of its announced length, or stalls for
/// longer than ``Configuration/idleTimeout``, throws.
public final class HTTPClientTransport: Transport {
    /// The settings of a transport.
    public struct Configuration: Sendable, Hashable {
        /// The most connections to one host at a time for requests that are answered at once; further ones wait for a free
        /// connection. Thousands are fine; each costs a few kilobytes while it is open.
        public var maximumConnections = 256
        /// The most connections to one host at a time, beside the others, for requests whose answer takes as long as a
        /// prediction runs: held creates and event streams. By default half as many as files this process may have open, as
        /// `ulimit -n` tells.
        public var maximumLongConnections = FileDescriptorLimit.half
        /// How long making a connection may take, TLS included.
        public var connectTimeout: Duration = .seconds(10)
        /// How long a server may send nothing, be it the head or the next piece of a body; `nil` for any time. It must
        /// exceed the longest `PredictionOptions.wait`, and with a server that answers when a prediction has
        /// finished, as Cog does, the longest run.
        public var idleTimeout: Duration? = .seconds(90)
        /// PEM files of certificates to trust besides those that the system does, such as that of an embedded server with TLS;
        /// by default the one that the environment's `SSL_CERT_FILE` names, as with curl and Python.
        public var trustedCertificates =
            ProcessInfo.processInfo.environment["SSL_CERT_FILE"].flatMap {
                $0.isEmpty ? nil : [$0]
            } ?? []
        /// How long an unused connection is kept. Less than servers do, because a request that meets the server's
        /// closing has an unknown outcome.
        public var keepAlive: Duration = .seconds(20)

        /// The defaults.
        public init() {}
    }

    /// A transport that lives as long as the process, for all who bring none of their own.
    public static let shared = HTTPClientTransport()

    private let client: HTTPClient
    private let slots: ConnectionSlots
    /// A file of certificates that cannot be read.
    private let unreadableCertificates: String?
    private let isShutDown = Mutex(false)

    /// Makes a transport with connections of its own.
    public init(_ configuration: Configuration = Configuration()) {
        var settings = HTTPClient.Configuration()
        settings.redirectConfiguration = .disallow
        settings.decompression = .disabled
        settings.httpVersion = .http1Only
        settings.timeout.connect = TimeAmount(configuration.connectTimeout)
        settings.timeout.read = configuration.idleTimeout.map(TimeAmount.init)
        settings.connectionPool.idleTimeout = TimeAmount(configuration.keepAlive)
        // Requests wait for a place of ours, without a time-out; the library below then has a connection for each.
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Int(Int32.max)
        unreadableCertificates = configuration.trustedCertificates.first {
            (try? NIOSSLCertificate.fromPEMFile($0))?.isEmpty ?? true
        }
        if !configuration.trustedCertificates.isEmpty, unreadableCertificates == nil {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.additionalTrustRoots = configuration.trustedCertificates.map { .file($0) }
            settings.tlsConfiguration = tls
        }
        // Spans that nobody collects would still be made for each request.
        settings.tracing.tracer = nil
        // Whether and when to try again is for the caller to decide, who is told of the first refusal at once.
        settings.connectionPool.retryConnectionEstablishment = false
        // A connection keeps its buffers, and hundreds of connections that each had one long answer would keep megabytes.
        settings.http1_1ConnectionDebugInitializer = { channel in
            channel.setOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: 16384))
        }
        slots = ConnectionSlots(
            quick: configuration.maximumConnections, longLived: configuration.maximumLongConnections)
        client = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: settings)
    }

    /// A transport with a given number of connections to one host, those of held creates and event streams not counted.
    public convenience init(maximumConnections: Int) {
        var configuration = Configuration()
        configuration.maximumConnections = maximumConnections
        self.init(configuration)
    }

    deinit {
        // The client insists on being shut down; it keeps itself alive until that is done.
        if !isShutDown.withLock({ $0 }) { client.shutdown { _ in } }
    }

    /// Closes all connections; requests in flight fail. A transport that is let go does so by itself, but later.
    public func shutdown() async {
        let wasShutDown = isShutDown.withLock { isShutDown in
            defer { isShutDown = true }
            return isShutDown
        }
        if !wasShutDown { try? await client.shutdown() }
    }

    public func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        // The library below ends the process by such a port, whoever named it: a manifest, a link or a redirect.
        if let problem = PortNumber.problem(in: request.url) {
            throw TransportError(
                .invalidRequest, delivery: .notSent,
                message: "the request to \(URLOrigin.text(of: request.url)) cannot be sent: its address has \(problem)")
        }
        if let unreadableCertificates, request.url.lowercased().hasPrefix("https:") {
            throw TransportError(
                .invalidRequest, delivery: .notSent,
                message:
                    "the certificates to trust cannot be read from '\(unreadableCertificates)'; expected a PEM file")
        }
        let start = ContinuousClock.now
        let lease = try await slots.lease(for: request)
        let waited = start.duration(to: .now)
        let sending = SendMark()
        var outgoing = HTTPClientRequest(url: request.url)
        outgoing.method = HTTPMethod(rawValue: request.method)
        for (name, value) in request.headers { outgoing.headers.add(name: name, value: value) }
        outgoing.body = request.body.asyncHTTPBody(marking: sending)
        do {
            let response = try await client.execute(outgoing, timeout: TimeAmount(request.timeout))
            return TransportResponse(
                status: Int(response.status.code), headers: HeaderFields(response.headers),
                body: TransportBody(response.body, from: request.url, holding: lease)
            )
        } catch {
            lease.release()
            let origin = URLOrigin.text(of: request.url)
            var failure = TransportError(error, talkingTo: origin, hasBody: outgoing.body != nil, sending: sending)
            failure.connectionWait = waited
            throw failure
        }
    }
}

extension HeaderFields {
    fileprivate init(_ headers: HTTPHeaders) {
        self.init()
        reserveCapacity(headers.count)
        for (name, value) in headers { append(name, value) }
    }
}

extension TransportBody {
    fileprivate init(_ body: HTTPClientResponse.Body, from url: String, holding lease: ConnectionLease) {
        self.init {
            var iterator = body.makeAsyncIterator()
            // Given back with the iterator, too, which ends the connection of a body that is not read to its end.
            let place = IteratorPlace(lease: lease)
            return { () async throws(TransportError) -> [UInt8]? in
                do {
                    let chunk = try await iterator.next(isolation: #isolation).map { Array(buffer: $0) }
                    if chunk == nil { place.lease.release() }
                    return chunk
                } catch {
                    place.lease.release()
                    throw TransportError(readingFrom: URLOrigin.text(of: url), error)
                }
            }
        }
    }
}

private final class IteratorPlace: Sendable {
    let lease: ConnectionLease

    init(lease: ConnectionLease) {
        self.lease = lease
    }

    deinit { lease.release() }
}

extension TransportRequestBody {
    fileprivate func asyncHTTPBody(marking mark: SendMark) -> HTTPClientRequest.Body? {
        switch self {
        case .none: nil
        case .bytes(let bytes) where bytes.isEmpty: nil
        case .bytes(let bytes): .bytes(MarkedBytes(bytes: bytes, mark: mark), length: .known(Int64(bytes.count)))
        case .parts: .stream(MarkedChunks(chunks: chunks, mark: mark), length: .known(Int64(length)))
        }
    }
}
#endif
