import LosslessJSON
import NIOCore
import NIOHTTP1
import NIOPosix
import ReplicateAPI
import Synchronization
import Testing

/// A server on loopback that receives webhooks, as the user of the API has one.
final class WebhookReceiver: Sendable {
    struct Delivery: Sendable {
        var method: HTTPMethod
        var uri: String
        var headers: HTTPHeaders
        var bytes: [UInt8]

        var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
        var status: String? { json["status"]?.stringValue }
        var id: String? { headers.first(name: "webhook-id") }

        /// Whether it is signed with a secret.
        func isSigned(with secret: String) throws -> Bool {
            let signature = WebhookSignature.sign(
                id: try #require(id), timestamp: try #require(headers.first(name: "webhook-timestamp")), body: bytes,
                secret: try WebhookSecret(secret))
            return headers.first(name: "webhook-signature") == signature
        }
    }

    let port: Int
    private let arrivals = AsyncStream.makeStream(of: Delivery.self)
    private let statuses: Mutex<[HTTPResponseStatus?]>

    private init(port: Int, statuses: [HTTPResponseStatus?]) {
        self.port = port
        self.statuses = Mutex(statuses)
    }

    /// Runs a receiver as long as `body` runs.
    /// - Parameter statuses: what it answers, one after the other; then 200 for ever. `nil` cuts the connection.
    static func run<Result>(
        answering statuses: [HTTPResponseStatus?] = [], _ body: (WebhookReceiver) async throws -> Result
    ) async throws -> Result {
        let receiver = Mutex<WebhookReceiver?>(nil)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        ReceivingHandler { delivery in receiver.withLock { $0 }.flatMap { $0.take(delivery) } })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let made = WebhookReceiver(port: channel.localAddress?.port ?? 0, statuses: statuses)
        receiver.withLock { $0 = made }
        do {
            let result = try await body(made)
            try? await channel.close()
            return result
        } catch {
            try? await channel.close()
            throw error
        }
    }

    func url(_ path: String = "/hook") -> JSONValue {
        .string("http://127.0.0.1:\(port)\(path)")
    }

    /// Waits for so many deliveries, no longer than the test may take.
    func next(_ count: Int = 1) async throws -> [Delivery] {
        var deliveries: [Delivery] = []
        var iterator = arrivals.stream.makeAsyncIterator()
        while deliveries.count < count {
            deliveries.append(try #require(await iterator.next(isolation: nil)))
        }
        return deliveries
    }

    /// Deliveries up to the one that tells the end.
    func untilEnd() async throws -> [Delivery] {
        var deliveries: [Delivery] = []
        repeat {
            deliveries += try await next()
        } while ["starting", "processing"].contains(deliveries.last?.status)
        return deliveries
    }

    private func take(_ delivery: Delivery) -> HTTPResponseStatus? {
        arrivals.continuation.yield(delivery)
        return statuses.withLock { $0.isEmpty ? .ok : $0.removeFirst() }
    }
}

private final class ReceivingHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let take: (WebhookReceiver.Delivery) -> HTTPResponseStatus?
    private var delivery = WebhookReceiver.Delivery(method: .GET, uri: "", headers: [:], bytes: [])

    init(take: @escaping (WebhookReceiver.Delivery) -> HTTPResponseStatus?) {
        self.take = take
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            delivery = WebhookReceiver.Delivery(method: head.method, uri: head.uri, headers: head.headers, bytes: [])
        case .body(let buffer): delivery.bytes += Array(buffer: buffer)
        case .end:
            guard let status = take(delivery) else { return context.close(promise: nil) }
            let headers: HTTPHeaders = ["content-length": "0", "location": "/elsewhere"]
            let head = HTTPResponseHead(version: .http1_1, status: status, headers: headers)
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
