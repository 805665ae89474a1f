// swift-format-ignore-file: OrderedImports
// The system comes before NIO: otherwise the compiler takes Dispatch for the owner of `stat`, also in the files that import the
// system alone.
#if canImport(Glibc)
import Glibc
#endif

import Foundation
import LosslessJSON
import NIOCore
import NIOPosix
import NightshiftCore
import ReplicateServer

/// Lets other processes of the same user ask a run: one JSON request a line over a Unix socket, one JSON answer a line.
struct ControlServer: Sendable {
    let broker: ControlBroker
    let socket: ControlSocket

    private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// How long answers may take to leave after the run has ended.
    private static let patience = Duration.seconds(2)

    /// Answers requests while `body` runs.
    /// - Parameter warn: told in one sentence if nobody will be able to ask; the run goes on nevertheless.
    func whileServing<Result: Sendable>(
        warn: (String) -> Void, _ body: () async throws -> Result
    ) async throws -> Result {
        let server: NIOAsyncChannel<Connection, Never>
        do {
            server = try await listen()
        } catch {
            warn(
                "the run cannot be controlled from other terminals: no socket can be made for it "
                    + "(\(error is IOError ? ListeningFailure.reason(error) : ErrorReason.of(error)))"
            )
            defer { broker.close() }
            return try await body()
        }
        defer { socket.remove() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await serve(server) }
            defer { group.cancelAll() }
            do {
                let result = try await body()
                await finish()
                return result
            } catch {
                await finish()
                throw error
            }
        }
    }

    private func finish() async {
        broker.close()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await broker.emptied() }
            group.addTask { try? await Task.sleep(for: Self.patience) }
            await group.next()
            group.cancelAll()
        }
    }

    private func listen() async throws -> NIOAsyncChannel<Connection, Never> {
        let path = try socket.prepare()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: false) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(LineDecoder()))
                    return try Connection(wrappingChannelSynchronously: channel)
                }
            }
        chmod(path, 0o600)
        return server
    }

    private func serve(_ server: NIOAsyncChannel<Connection, Never>) async throws {
        try await server.executeThenClose { connections in
            try await withThrowingDiscardingTaskGroup { group in
                for try await connection in connections {
                    // A connection that breaks concerns nobody else.
                    group.addTask { try? await converse(connection) }
                }
            }
        }
    }

    private func converse(_ connection: Connection) async throws {
        try await connection.executeThenClose { lines, output in
            for try await line in lines {
                func say(_ answer: ControlAnswer) async throws {
                    try await output.write(ByteBuffer(string: answer.json.jsonString() + "\n"))
                }
                do throws(ControlError) {
                    let command = try Self.command(Array(line.readableBytesView))
                    try? await broker.ask(command, deliver: say)
                } catch {
                    try await say(.refused(error.message))
                }
            }
        }
    }

    private static func command(_ line: [UInt8]) throws(ControlError) -> ControlCommand {
        guard let json = try? JSONValue(parsing: line) else {
            throw ControlError("the request is no JSON object in one line")
        }
        return try ControlCommand(json: json)
    }
}
