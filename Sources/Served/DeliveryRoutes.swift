import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension Routes {
    /// Output files need no authorization, as on the real delivery hosts.
    func addDeliveryRoutes(to router: Router<ServerContext>) {
        router.get("delivery/:id/:name") { request, context in
            let id = context.parameters.get("id") ?? ""
            guard let file = state.record(id)?.files[context.parameters.get("name") ?? ""] else {
                return Answer.bytes(Array("Not found".utf8), type: "text/plain", status: .notFound)
            }
            let isCut = state.happens(state.configuration.faults.truncated)
            let bytes = file.bytes
            return Delivery.answer(bytes, type: file.mediaType, to: request, cutAfter: isCut ? bytes.count / 2 : nil)
        }
    }
}

/// Answers downloads: whole, in part by Range and If-Range, or cut in the middle by a fault.
enum Delivery {
    private struct Cut: Error {}

    static func answer(_ bytes: [UInt8], type: String, to request: Request, cutAfter: Int?) -> Response {
        let etag = "\"\(Digest.md5(bytes))\""
        var headers: HTTPFields = [
            .contentType: type, .eTag: etag, .acceptRanges: "bytes", .cacheControl: "public,max-age=3600",
            .lastModified: "Thu, 01 Jan 2026 00:00:00 GMT",
        ]
        var range = 0..<bytes.count
        var status = HTTPResponse.Status.ok
        let isCurrent = request.headers[.ifRange].map { $0 == etag } ?? true
        if isCurrent, let asked = request.headers[.range] {
            guard let part = part(asked, of: bytes.count) else {
                headers[.contentRange] = "bytes */\(bytes.count)"
                return Response(status: .rangeNotSatisfiable, headers: headers)
            }
            range = part
            status = .partialContent
            headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(bytes.count)"
        }
        headers[.contentLength] = String(range.count)
        let content = Array(bytes[range])
        guard let cutAfter, cutAfter < content.count else {
            return Response(
                status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: content)))
        }
        let body = ResponseBody(contentLength: content.count) { writer in
            try await writer.write(ByteBuffer(bytes: content.prefix(cutAfter)))
            // The connection ends where the error is thrown, short of the announced length.
            throw Cut()
        }
        return Response(status: status, headers: headers, body: body)
    }

    /// A single range such as `bytes=100-`, `bytes=0-99` or `bytes=-50`.
    static func part(_ header: String, of count: Int) -> Range<Int>? {
        guard header.hasPrefix("bytes="), !header.contains(",") else { return nil }
        let ends = header.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2 else { return nil }
        if ends[0].isEmpty {
            guard let last = Int(ends[1]), last > 0, count > 0 else { return nil }
            return max(0, count - last)..<count
        }
        guard let first = Int(ends[0]), first < count else { return nil }
        let last = ends[1].isEmpty ? count - 1 : min(Int(ends[1]) ?? -1, count - 1)
        return last >= first ? first..<(last + 1) : nil
    }
}
