import Foundation
import ReplicateAPI

/// The bytes of an output file as they arrive: a connection that breaks is made again where it broke, if the file is
/// still the same.
public struct FileBytes: AsyncSequence, Sendable {
    /// One chunk, of any size but empty.
    public typealias Element = [UInt8]
    /// Why no more comes.
    public typealias Failure = ReplicateError

    let url: String
    let limit: Int
    let session: Session

    /// Begins to read, at the first chunk that is asked for.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(url: url, limit: limit, session: session)
    }

    /// Reads one file once.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private static let mostRedirects = 5

        private let url: String
        private let limit: Int
        private let session: Session
        private var body: TransportBody.AsyncIterator?
        private var received = 0
        /// Names the content, so that a second request does not continue another one.
        private var validator: String?
        /// The length of the whole file, once it is known.
        private var length: Int?
        private var attempt = 1
        private var start = ContinuousClock.now
        private var isDone = false

        init(url: String, limit: Int, session: Session) {
            self.url = url
            self.limit = limit
            self.session = session
        }

        /// The next chunk, or `nil` at the end of the file.
        ///
        /// - Throws: ``ReplicateError``; `notFound` if the file was removed, `unexpectedAnswer` if it changed while it was read.
        public mutating func next() async throws(ReplicateError) -> [UInt8]? {
            if isDone { return nil }
            if DataURI.isDataURI(url) { return try inlined() }
            while true {
                do throws(ReplicateError) {
                    if body == nil { try await open() }
                    return try await read()
                } catch {
                    body = nil
                    start += error.connectionWait
                    try await session.pause(
                        after: error, attempt: attempt, since: start, isIdempotent: true,
                        for: "the file \(URLOrigin.text(of: url))")
                    attempt += 1
                }
            }
        }

        private mutating func inlined() throws(ReplicateError) -> [UInt8]? {
            guard let content = DataURI(url) else {
                throw ReplicateError(.unexpectedAnswer, "the output's data URI is damaged", delivery: .unknown)
            }
            isDone = true
            try check(content.bytes.count)
            return content.bytes.isEmpty ? nil : content.bytes
        }

        private mutating func open() async throws(ReplicateError) {
            var address = url
            var response = try await send(to: address)
            var redirects = 0
            while let next = response.redirect(from: address) {
                redirects += 1
                guard redirects <= Self.mostRedirects else {
                    throw ReplicateError(
                        .unexpectedAnswer, "the file at \(URLOrigin.text(of: url)) redirects without end",
                        delivery: .unknown)
                }
                address = next
                response = try await send(to: address)
            }
            switch response.status {
            case 206
            where received > 0 && response.startsAt == received
                && (response.headers["ETag"] == nil || response.headers["ETag"] == validator)
                && (length == nil || response.total == nil || response.total == length):
                // Where the first answer did not tell the length, only the total says whether this part is the last.
                length = length ?? response.total
            case 200 where received == 0:
                validator = response.strongValidator
                length = response.headers["Content-Length"].flatMap { Int($0) }.flatMap { $0 < 0 ? nil : $0 }
            case 200...299:
                throw ReplicateError(
                    .unexpectedAnswer,
                    "the file at \(URLOrigin.text(of: url)) broke off after \(received) bytes and cannot "
                        + "be read on from there; read it again", delivery: .unknown)
            default:
                throw await session.refusal(response, of: "GET of a file at \(URLOrigin.text(of: url))")
            }
            body = response.body.makeAsyncIterator()
        }

        private func send(to address: String) async throws(ReplicateError) -> TransportResponse {
            var request = try session.download(address)
            request.connectionWait = session.connectionWait(since: start)
            request.attempt = attempt
            if received > 0, let validator {
                request.headers["Range"] = "bytes=\(received)-"
                request.headers["If-Range"] = validator
            }
            return try await session.exchange(request)
        }

        private mutating func read() async throws(ReplicateError) -> [UInt8]? {
            while let chunk = try await body?.nextChunk() {
                guard !chunk.isEmpty else { continue }
                received += chunk.count
                // What arrives is worth as many tries again.
                attempt = 1
                start = .now
                try check(received)
                return chunk
            }
            if let length, received < length {
                throw ReplicateError(
                    .connectionLost, "the file ended after \(received) of \(length) bytes", delivery: .unknown)
            }
            isDone = true
            return nil
        }

        private func check(_ count: Int) throws(ReplicateError) {
            guard count <= limit else {
                throw ReplicateError(.tooLarge, "the file is larger than \(limit) bytes", delivery: .unknown)
            }
        }
    }
}

extension TransportResponse {
    /// Where the answer sends on to; each address is checked like the first before anything goes there.
    fileprivate func redirect(from address: String) -> String? {
        guard [301, 302, 303, 307, 308].contains(status), let location = headers["Location"] else { return nil }
        return URL(string: location, relativeTo: URL(string: address))?.absoluteString
    }

    /// What names this very content: an ETag that promises the same bytes.
    fileprivate var strongValidator: String? {
        guard let etag = headers["ETag"], etag.hasPrefix("\"") else { return headers["Last-Modified"] }
        return etag
    }

    /// The first byte that a partial answer holds.
    fileprivate var startsAt: Int? {
        guard let range = headers["Content-Range"], range.hasPrefix("bytes ") else { return nil }
        return Int(range.dropFirst(6).prefix { $0 != "-" })
    }

    /// The length of the whole file, as a partial answer tells it.
    fileprivate var total: Int? {
        guard let range = headers["Content-Range"], let slash = range.lastIndex(of: "/") else { return nil }
        return Int(range[range.index(after: slash)...]).flatMap { $0 < 0 ? nil : $0 }
    }
}

extension Session {
    /// The request for a file. The token goes along to the API's own host, where files may need it, and nowhere else.
    func download(_ url: String) throws(ReplicateError) -> TransportRequest {
        var headers: HeaderFields = ["User-Agent": userAgent, "Accept": "*/*"]
        if let own = try? base.link(url) {
            if let token { headers["Authorization"] = token.authorization }
            var request = TransportRequest(url: own, headers: headers, timeout: timeout)
            request.path = base.path(of: own)
            return request
        }
        try WebLink.check(url, of: "a file")
        return TransportRequest(url: url, headers: headers, timeout: timeout)
    }
}
