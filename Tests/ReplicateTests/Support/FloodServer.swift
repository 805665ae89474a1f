import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// A server that answers everything with events of a kilobyte, each written when the one before has left.
enum FloodServer {
    final class Counter: Sendable {
        let value = Mutex(0)
        /// Told when the client ends a connection.
        let endings = AsyncStream.makeStream(of: Void.self)
    }

    static func run(events: Int, _ body: (_ base: String, _ sent: Counter) async throws -> Void) async throws {
        let sent = Counter()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(FloodHandler(events: events, sent: sent))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body("http://127.0.0.1:\(channel.localAddress?.port ?? 0)", sent)
            try? await channel.close()
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private final class FloodHandler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private static let event = "event: output\ndata: \(String(repeating: "x", count: 1000))\n\n"
        private let sent: Counter
        private var left: Int
        private var hasBegun = false

        init(events: Int, sent: Counter) {
            left = events
            self.sent = sent
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .end = unwrapInboundIn(data) else { return }
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Type": "text/event-stream"])
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            hasBegun = true
            flood(context: context)
        }

        func channelInactive(context: ChannelHandlerContext) {
            sent.endings.continuation.yield()
        }

        func channelWritabilityChanged(context: ChannelHandlerContext) {
            if hasBegun { flood(context: context) }
        }

        private func flood(context: ChannelHandlerContext) {
            while left > 0, context.channel.isWritable {
                left -= 1
                sent.value.withLock { $0 += 1 }
                let buffer = context.channel.allocator.buffer(string: Self.event)
                context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(buffer))), promise: nil)
            }
            guard left == 0 else { return }
            left = -1
            let done = context.channel.allocator.buffer(string: "event: done\ndata: {}\n\n")
            context.write(wrapOutboundOut(.body(.byteBuffer(done))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
