import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Replicate
import ReplicateAPI
import Synchronization
import Testing

/// Whoever reads slowly slows the sender down; nothing piles up in between.
@Suite(.timeLimit(.minutes(1)))
struct BackPressureTests {
    private static let event = "event: output\ndata: \(String(repeating: "x", count: 1000))\n\n"
    private static let events = 20_000

    @Test func aSlowReaderOfAStreamHoldsTheServerBack() async throws {
        try await withFlood { base, sent in
            let client = try Client(token: "t", baseURL: base, retry: .none, timeout: .seconds(50))
            let prediction = Prediction(
                id: "p", status: .processing, urls: PredictionURLs(stream: "\(base)/stream"))
            var iterator = try client.stream(of: prediction).makeAsyncIterator()
            var count = 0
            #expect(try await iterator.next() != nil)
            count += 1
            // The server writes until the connection takes no more, and then stands still.
            var last = -1
            var quiet = 0
            while quiet < 10 {
                let now = sent.value.withLock { $0 }
                quiet = now == last ? quiet + 1 : 0
                last = now
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(last < Self.events / 2, "\(last) events of a kilobyte were taken although one was read")
            while let event = try await iterator.next() {
                if case .output = event { count += 1 }
            }
            #expect(count == Self.events)
        }
    }

    /// A server that answers everything with events, each written when the one before has left.
    private func withFlood(_ body: (String, Counter) async throws -> Void) async throws {
        let sent = Counter()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(FloodHandler(sent: sent))
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

    final class Counter: Sendable {
        let value = Mutex(0)
    }

    private final class FloodHandler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let sent: Counter
        private var left = BackPressureTests.events
        private var hasBegun = false

        init(sent: Counter) {
            self.sent = sent
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .end = unwrapInboundIn(data) else { return }
            let head = HTTPResponseHead(version: .http1_1, status: .ok, headers: ["Content-Type": "text/event-stream"])
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            hasBegun = true
            flood(context: context)
        }

        func channelWritabilityChanged(context: ChannelHandlerContext) {
            if hasBegun { flood(context: context) }
        }

        private func flood(context: ChannelHandlerContext) {
            while left > 0, context.channel.isWritable {
                left -= 1
                sent.value.withLock { $0 += 1 }
                let buffer = context.channel.allocator.buffer(string: BackPressureTests.event)
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
