#if URLSession || !HTTPClient
import Foundation

/// The body of a request in a form that `URLSession` takes: it accepts no sequence of parts.
enum URLSessionBody: Sendable {
    case none
    case data(Data)
    /// A file made for this request, of some length.
    case file(URL, length: Int)

    /// What is kept in memory rather than in a file.
    private static let largestInMemory = 1 << 20

    init(_ body: TransportRequestBody) throws(TransportError) {
        switch body {
        case .none: self = .none
        case .bytes(let bytes): self = bytes.isEmpty ? .none : .data(Data(bytes))
        case .parts(let parts) where body.length <= Self.largestInMemory:
            var data = Data()
            try body.forEachChunk(of: parts) { data.append(contentsOf: $0) }
            self = data.isEmpty ? .none : .data(data)
        case .parts(let parts): self = .file(try Self.spool(body, parts), length: body.length)
        }
    }

    var length: Int {
        switch self {
        case .none: 0
        case .data(let data): data.count
        case .file(_, let length): length
        }
    }

    /// Removes the file.
    func discard() {
        if case .file(let url, _) = self { try? FileManager.default.removeItem(at: url) }
    }

    private static func spool(
        _ body: TransportRequestBody, _ parts: [TransportRequestBody.Part]
    ) throws(TransportError) -> URL {
        let url = FileManager.default.temporaryDirectory.appending(path: "replicate-upload-\(UUID().uuidString)")
        func unwritable(_ error: (any Error)?) -> TransportError {
            TransportError(
                .unreadableBody, delivery: .notSent,
                message: "the body of the request cannot be put into a file of the temporary folder"
                    + (error.map { ": \($0.localizedDescription)" } ?? ""))
        }
        // What is sent is nobody else's business.
        guard
            FileManager.default.createFile(atPath: url.path, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: url.path)
        else { throw unwritable(nil) }
        do throws(TransportError) {
            try body.forEachChunk(of: parts) { chunk throws(TransportError) in
                do { try handle.write(contentsOf: chunk) } catch { throw unwritable(error) }
            }
            do { try handle.close() } catch { throw unwritable(error) }
            return url
        } catch {
            try? FileManager.default.removeItem(at: url)
            throw error
        }
    }
}

extension TransportRequestBody {
    fileprivate func forEachChunk(
        of parts: [Part], _ body: ([UInt8]) throws(TransportError) -> Void
    ) throws(TransportError) {
        var reader = PartReader(parts: parts)
        while let chunk = try reader.next() {
            guard !Task.isCancelled else {
                throw TransportError(
                    .canceled, delivery: .notSent, message: "the request was canceled before it was sent")
            }
            try body(chunk)
        }
    }
}
#endif
