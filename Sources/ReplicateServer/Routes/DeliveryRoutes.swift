import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOPosix
import ReplicateAPI
import Synchronization

/// Bytes that can be asked for in parts.
struct OutputContent: Sendable {
    enum Source: Sendable {
        case memory(ByteBuffer)
        case stored(StoredFile)
    }

    var source: Source
    var md5: String
    var contentType: String
    var modifiedAt: ServerTime

    var size: Int {
        switch source {
        case .memory(let buffer): buffer.readableBytes
        case .stored(let file): file.size
        }
    }
}

extension APIResponder {
    /// A file that a prediction put out, as long as its data is kept.
    func deliver(
        _ prediction: String, _ index: Int, _ request: Request, _ context: ServerContext
    ) async throws -> Response {
        let injectedFault = server.draw({ $0.download() }, otherwise: .good)
        if case .error(let error) = injectedFault { return error.response }
        guard let id = PredictionID(prediction), let record = server.anyRecord(id, base: base(for: request)),
            let files = record.data?.files, files.indices.contains(index)
        else { throw Problem.notFound }
        let snapshot = record.lifecycle.snapshot(at: server.clock.now)
        guard snapshot.status == .succeeded, let completedAt = snapshot.completedAt else { throw Problem.notFound }
        let file = files[index]
        switch file.content {
        case .stored(let stored):
            let content = OutputContent(
                source: .stored(stored), md5: stored.md5, contentType: file.contentType, modifiedAt: completedAt)
            return send(content, request, context, injectedFault: injectedFault)
        case .generated(let make):
            let made = try await server.outputs.content(OutputCache.Key(id: id, index: index), make)
            let content = OutputContent(
                source: .memory(made.bytes), md5: made.md5, contentType: file.contentType, modifiedAt: completedAt)
            return send(content, request, context, injectedFault: injectedFault)
        }
    }

    func send(
        _ content: OutputContent, _ request: Request, _ context: ServerContext, injectedFault: FaultDraw.DownloadFault
    ) -> Response {
        if case .error(let error) = injectedFault { return error.response }
        let etag = "\"\(content.md5)\""
        var headers: HTTPFields = [
            .contentType: content.contentType, .eTag: etag, .acceptRanges: "bytes",
            .lastModified: APITime.formatHTTPDate(content.modifiedAt.date), .cacheControl: "public,max-age=3600",
        ]
        var range = 0..<content.size
        var status = HTTPResponse.Status.ok
        let isCurrent = request.headers[.ifRange].map { $0 == etag || $0 == headers[.lastModified] } ?? true
        if isCurrent, let header = request.headers[.range] {
            switch ByteRange.read(header, size: content.size) {
            case .whole: break
            case .part(let part):
                range = part
                status = .partialContent
                headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(content.size)"
            case .unsatisfiable:
                headers[.contentRange] = "bytes */\(content.size)"
                return Response(status: .rangeNotSatisfiable, headers: headers)
            }
        }
        return Response(status: status, headers: headers, body: body(content, range, context, injectedFault))
    }

    private func body(
        _ content: OutputContent, _ range: Range<Int>, _ context: ServerContext,
        _ injectedFault: FaultDraw.DownloadFault
    ) -> ResponseBody {
        if injectedFault == .good, case .memory(let buffer) = content.source,
            let slice = buffer.getSlice(at: buffer.readerIndex + range.lowerBound, length: range.count)
        {
            return ResponseBody(byteBuffer: slice)
        }
        var cut: Int?
        if case .truncated(let share) = injectedFault { cut = Int(Double(range.count) * share) }
        var wrong: Int?
        if case .corrupted(let share) = injectedFault, !range.isEmpty {
            wrong = range.lowerBound + Int(Double(range.count) * share)
        }
        let channel = context.channel
        return ResponseBody(contentLength: range.count) { [cut, wrong] writer in
            var position = range.lowerBound
            let end = cut.map { range.lowerBound + $0 } ?? range.upperBound
            while position < end {
                let length = min(256 * 1024, end - position)
                var chunk = try await content.bytes(at: position, length: length)
                if let wrong, (position..<position + length).contains(wrong) {
                    let index = chunk.readerIndex + wrong - position
                    chunk.setInteger((chunk.getInteger(at: index, as: UInt8.self) ?? 0) ^ 0x55, at: index)
                }
                try await writer.write(chunk)
                position += length
            }
            if cut != nil {
                // What was written is on its way; the rest never comes.
                try await channel.close(mode: .all)
                throw CancellationError()
            }
            try await writer.finish(nil)
        }
    }
}

extension OutputContent {
    fileprivate func bytes(at position: Int, length: Int) async throws -> ByteBuffer {
        switch source {
        case .memory(let buffer):
            return buffer.getSlice(at: buffer.readerIndex + position, length: length) ?? ByteBuffer()
        case .stored(let file):
            return try await NIOThreadPool.singleton.runIfActive {
                let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: file.path))
                defer { try? handle.close() }
                try handle.seek(toOffset: UInt64(position))
                return ByteBuffer(bytes: try handle.read(upToCount: length) ?? Data())
            }
        }
    }
}

/// Generated files that were asked for lately. They are made again when they are gone.
final class OutputCache: Sendable {
    struct Key: Hashable, Sendable {
        var id: PredictionID
        var index: Int
    }

    struct Entry: Sendable {
        var bytes: ByteBuffer
        var md5: String
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var order: [Key] = []
        var size = 0
    }

    private static let capacity = 16 * 1024 * 1024
    private let state = Mutex(State())

    func content(_ key: Key, _ make: @escaping @Sendable () -> [UInt8]) async throws -> Entry {
        if let entry = state.withLock({ $0.entries[key] }) { return entry }
        // Drawing takes its time, so it is done where nobody else waits for the thread.
        let entry = try await NIOThreadPool.singleton.runIfActive {
            let bytes = make()
            return Entry(bytes: ByteBuffer(bytes: bytes), md5: Insecure.MD5.hash(data: bytes).hexText)
        }
        state.withLock { state in
            guard state.entries.updateValue(entry, forKey: key) == nil else { return }
            state.order.append(key)
            state.size += entry.bytes.readableBytes
            var dropped = 0
            while state.size > Self.capacity, dropped < state.order.count - 1 {
                state.size -= state.entries.removeValue(forKey: state.order[dropped])?.bytes.readableBytes ?? 0
                dropped += 1
            }
            state.order.removeFirst(dropped)
        }
        return entry
    }
}
