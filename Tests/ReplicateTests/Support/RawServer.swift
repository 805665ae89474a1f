import NIOCore
import NIOPosix
import Synchronization

/// A server on loopback that answers with the very bytes a test names, or misbehaves as the test asks.
///
/// Only for what a decent HTTP server cannot be made to do: broken answers, lost connections, silence.
final class RawServer: Sendable {
    /// A request as it arrived.
    struct Request: Sendable {
        var method: String
        var path: String
        var headers: [String: String]
        var body: String
        /// Counts the connections of the server from 1.
        var connection: Int
    }

    enum Answer: Sendable {
        /// A well-formed answer on a connection that stays open.
        case reply(Int, headers: [String: String] = [:], body: String = "")
        /// These bytes, then the end of the connection or more of it.
        case bytes(String, thenClose: Bool)
        /// The connection ends without a word.
        case close
        /// Nothing, for as long as the client waits.
        case silence
    }

    let port: Int
    private let state: State
    private let channel: any Channel

    var url: String { "http://127.0.0.1:\(port)" }

    /// All requests so far.
    var requests: [Request] { state.requests.withLock { $0 } }

    /// How many connections were made so far.
    var connections: Int { state.connections.withLock { $0 } }

    private init(channel: any Channel, state: State) {
        self.channel = channel
        self.state = state
        port = channel.localAddress?.port ?? 0
    }

    /// Runs a server for as long as `body` runs.
    /// - Parameter greeting: what it says to every connection before it was asked.
    static func run<Result>(
        greeting: String? = nil, _ answer: @escaping @Sendable (Request) -> Answer,
        _ body: (RawServer) async throws -> Result
    ) async throws -> Result {
        let state = State(greeting: greeting, answer: answer)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(RawHandler(state: state))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = RawServer(channel: channel, state: state)
        do {
            let result = try await body(server)
            try? await channel.close()
            return result
        } catch {
            try? await channel.close()
            throw error
        }
    }

    /// Runs a server that gives these answers one after the other, and the last one for ever.
    static func run<Result>(
        answers: [Answer], _ body: (RawServer) async throws -> Result
    ) async throws -> Result {
        let next = Mutex(answers[...])
        return try await run(
            { _ in next.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? .silence } }, body
        )
    }

    /// A port of this machine that nobody listens on.
    static func unusedPort() async throws -> Int {
        try await run(answers: [.close]) { $0.port }
    }

    /// Returns as soon as the client has ended a connection.
    func waitUntilAConnectionEnds() async {
        for await _ in state.endings.stream { return }
    }

    fileprivate final class State: Sendable {
        let greeting: String?
        let answer: @Sendable (Request) -> Answer
        let requests = Mutex<[Request]>([])
        let connections = Mutex(0)
        let endings = AsyncStream.makeStream(of: Void.self)

        init(greeting: String?, answer: @escaping @Sendable (Request) -> Answer) {
            self.greeting = greeting
            self.answer = answer
        }
    }
}

private final class RawHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let state: RawServer.State
    private var received = ""
    private var connection = 0

    init(state: RawServer.State) {
        self.state = state
    }

    func channelActive(context: ChannelHandlerContext) {
        connection = state.connections.withLock { count in
            count += 1
            return count
        }
        if let greeting = state.greeting { send(greeting, context: context, thenClose: false) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        state.endings.continuation.yield()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += String(buffer: unwrapInboundIn(data))
        guard let request = takeRequest() else { return }
        state.requests.withLock { $0.append(request) }
        switch state.answer(request) {
        case .reply(let status, let headers, let body):
            var text = "HTTP/1.1 \(status) Words\r\nContent-Length: \(body.utf8.count)\r\n"
            for (name, value) in headers { text += "\(name): \(value)\r\n" }
            send("\(text)\r\n\(body)", context: context, thenClose: false)
        case .bytes(let text, let thenClose): send(text, context: context, thenClose: thenClose)
        case .close: context.close(promise: nil)
        case .silence: break
        }
    }

    private func send(_ text: String, context: ChannelHandlerContext, thenClose: Bool) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        if thenClose { context.close(promise: nil) }
    }

    /// A whole request off the front of what was received, which tests keep to text.
    private func takeRequest() -> RawServer.Request? {
        guard let end = received.firstRange(of: "\r\n\r\n") else { return nil }
        let lines = received[..<end.lowerBound].split(separator: "\r\n", omittingEmptySubsequences: false)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers[line[..<colon].lowercased()] = String(value)
        }
        let body = received[end.upperBound...].utf8
        let length = headers["content-length"].flatMap(Int.init) ?? 0
        guard body.count >= length else { return nil }
        let words = lines[0].split(separator: " ")
        let request = RawServer.Request(
            method: String(words[0]), path: String(words[1]), headers: headers,
            body: String(decoding: body.prefix(length), as: UTF8.self), connection: connection
        )
        received = String(decoding: body.dropFirst(length), as: UTF8.self)
        return request
    }
}
