// swift-format-ignore-file: OrderedImports
// The system comes before NIO: otherwise the compiler takes Dispatch for the owner of `stat`, also in the files that import the
// system alone.
#if canImport(Glibc)
import Glibc
#endif

import LosslessJSON
import NIOCore
import NIOPosix
import NightshiftCore

/// Asks the process that works on a run.
struct ControlClient: Sendable {
    let socket: ControlSocket

    func ask(_ command: ControlCommand) async throws(ControlConnectionError) -> ControlAnswer {
        guard let path = socket.path else { throw .unreachable }
        let connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>
        do {
            connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(unixDomainSocketPath: path) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(LineDecoder()))
                        return try NIOAsyncChannel(wrappingChannelSynchronously: channel)
                    }
                }
        } catch {
            throw .unreachable
        }
        let line: [UInt8]?
        do {
            line = try await connection.executeThenClose { lines, output in
                try await output.write(ByteBuffer(string: command.json.jsonString() + "\n"))
                for try await line in lines { return Array(line.readableBytesView) }
                return nil
            }
        } catch {
            throw .gone
        }
        guard let line else { throw .gone }
        guard let json = try? JSONValue(parsing: line), let answer = ControlAnswer(json: json) else { throw .garbled }
        return answer
    }
}
