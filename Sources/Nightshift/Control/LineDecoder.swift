// swift-format-ignore-file: OrderedImports
// The system comes before NIO: otherwise the compiler takes Dispatch for the owner of `stat`, also in the files that import the
// system alone.
#if canImport(Glibc)
import Glibc
#endif

import NIOCore

/// Cuts what comes over a control socket into lines.
struct LineDecoder: ByteToMessageDecoder {
    typealias InboundOut = ByteBuffer

    /// A request may name many items.
    private static let longest = 8 << 20

    mutating func decode(context: ChannelHandlerContext, buffer: inout ByteBuffer) throws -> DecodingState {
        let bytes = buffer.readableBytesView
        guard let end = bytes.firstIndex(of: 0x0A) else {
            if bytes.count > Self.longest { throw ControlConnectionError.garbled }
            return .needMoreData
        }
        guard let line = buffer.readSlice(length: end - bytes.startIndex) else { return .needMoreData }
        buffer.moveReaderIndex(forwardBy: 1)
        context.fireChannelRead(wrapInboundOut(line))
        return .continue
    }

    mutating func decodeLast(
        context: ChannelHandlerContext, buffer: inout ByteBuffer, seenEOF: Bool
    ) throws -> DecodingState {
        // A line without its end was cut off.
        try decode(context: context, buffer: &buffer)
    }
}

/// Why nothing can be asked over a control socket.
enum ControlConnectionError: Error, Hashable, Sendable {
    /// Nobody listens there.
    case unreachable
    /// The other end has gone before it answered.
    case gone
    /// What came is not the answer to a request.
    case garbled
}
