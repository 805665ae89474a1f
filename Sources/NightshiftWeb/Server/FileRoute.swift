import HTTPTypes
import Hummingbird
import LosslessJSON
import NIOCore
import Nightshift
import NightshiftCore
import ReplicateAPI
import ReplicateServer

/// The outputs of a job, whole or in parts. They are anybody's, so nothing in them has anything to say here.
struct FileRoute {
    let view: JobView

    private static let chunk = 256 * 1024

    func answer(_ path: String, _ request: Request) async throws -> Response {
        let reader = try await view.open()
        let output: OutputReader
        do throws(EngineError) {
            output = try await reader.output(path)
        } catch {
            throw ViewError(.notFound, "no_such_file", view.words.error(error))
        }
        var headers = ViewHeaders.common(policy: ViewHeaders.output)
        headers[.contentType] = try await mediaType(of: path, output)
        headers[.acceptRanges] = "bytes"
        // The same path may get another content while the page is open.
        headers[.cacheControl] = "private, no-cache"
        let name = path.split(separator: "/").last.map(String.init) ?? path
        if request.uri.queryParameters["download"] != nil {
            headers[.contentDisposition] = "attachment; filename*=UTF-8''\(FileAddress.encoded(name))"
        }
        let size = Int(output.size)
        var range = 0..<size
        var status = HTTPResponse.Status.ok
        if let header = request.headers[.range] {
            switch ByteRange.read(header, size: size) {
            case .whole: break
            case .part(let part):
                (range, status) = (part, .partialContent)
                headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(size)"
            case .unsatisfiable:
                headers[.contentRange] = "bytes */\(size)"
                return Response(status: .rangeNotSatisfiable, headers: headers)
            }
        }
        let body = ResponseBody(contentLength: range.count) { [range] writer in
            var position = range.lowerBound
            while position < range.upperBound {
                let bytes = try await output.bytes(
                    at: Int64(position), count: min(Self.chunk, range.upperBound - position))
                // A file that became shorter meanwhile cannot be sent to its promised end.
                guard !bytes.isEmpty else { throw CancellationError() }
                try await writer.write(ByteBuffer(bytes: bytes))
                position += bytes.count
            }
            try await writer.finish(nil)
        }
        return Response(status: status, headers: headers, body: body)
    }

    /// By its content, as far as that says it: names and stored types come from outside.
    private func mediaType(of path: String, _ output: OutputReader) async throws -> String {
        let head = try await output.bytes(at: 0, count: ContentKind.headLength)
        let kind = ContentKind(ofHead: head)?.mediaType
        let usual = MediaType.ofFile(named: path)
        guard let kind else { return usual }
        return kind.hasPrefix("text/plain") && usual.hasPrefix("text/")
            ? usual + "; charset=utf-8"
            : kind.hasPrefix("text/") ? kind + "; charset=utf-8" : kind
    }
}
