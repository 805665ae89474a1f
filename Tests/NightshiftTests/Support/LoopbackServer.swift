import Foundation
import Synchronization

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// A server of raw sockets on loopback, for answers that no honest server gives. Each connection carries one request
/// and has a thread of its own, so handlers may block.
final class LoopbackServer: Sendable {
    struct Request: Sendable {
        var method: String
        var path: String
        /// By name in lower case.
        var headers: [String: String]
        var body: [UInt8]

        var bodyText: String { String(decoding: body, as: UTF8.self) }
    }

    struct Answer: Sendable {
        var status: Int
        var headers: [String: String] = [:]
        var body: [UInt8] = []
        /// After how many bytes of the body the connection is cut; `Content-Length` still speaks of the whole.
        var cutAfter: Int?
        /// The connection is closed without a byte.
        var isLost = false

        static let lost = Answer(status: 0, isLost: true)

        static func json(_ text: String, status: Int = 200) -> Answer {
            Answer(status: status, headers: ["Content-Type": "application/json"], body: Array(text.utf8))
        }
    }

    let port: Int
    private let listener: Int32
    private let handler: @Sendable (Request, Int) -> Answer
    private let log = Mutex<[Request]>([])
    private let isClosed = Atomic(false)

    var url: String { "http://127.0.0.1:\(port)" }
    var requests: [Request] { log.withLock { $0 } }

    /// - Parameters:
    ///   - isDown: whether connections are refused until ``comeUp()``; the port is held meanwhile.
    ///   - handler: is given each request and how many came before it.
    init(isDown: Bool = false, handler: @escaping @Sendable (Request, Int) -> Answer) throws {
        let listener = socket(AF_INET, streamType, 0)
        self.listener = listener
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutableBytes(of: &address) { bytes in
            let pointer = bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self)
            return bind(listener, pointer, length) == 0 && getsockname(listener, pointer, &length) == 0
        }
        guard isBound else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        port = Int(in_port_t(bigEndian: address.sin_port))
        self.handler = handler
        if !isDown { comeUp() }
    }

    /// Begins to accept connections.
    func comeUp() {
        listen(listener, 128)
        Thread.detachNewThread { [listener, weak self] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0, let self else { return }
                Thread.detachNewThread { self.serve(connection) }
            }
        }
    }

    deinit { close() }

    func close() {
        guard !isClosed.exchange(true, ordering: .relaxed) else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        _ = systemClose(listener)
    }

    private func serve(_ connection: Int32) {
        defer { _ = systemClose(connection) }
        guard let request = read(from: connection) else { return }
        let count = log.withLock { log in
            log.append(request)
            return log.count - 1
        }
        let answer = handler(request, count)
        if answer.isLost { return }
        var head = "HTTP/1.1 \(answer.status) Any\r\nConnection: close\r\n"
        for (name, value) in answer.headers { head += "\(name): \(value)\r\n" }
        if answer.headers["Content-Length"] == nil { head += "Content-Length: \(answer.body.count)\r\n" }
        let body = answer.cutAfter.map { Array(answer.body.prefix($0)) } ?? answer.body
        let bytes = Array((head + "\r\n").utf8) + body
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { send(connection, $0.baseAddress, $0.count, noSignal) }
            guard count > 0 else { return }
            sent += count
        }
    }

    private func read(from connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        var request: Request?
        while true {
            if request == nil, let end = headEnd(in: bytes) {
                request = parse(bytes[..<end])
                bytes.removeFirst(end + 4)
            }
            if var request, bytes.count >= Int(request.headers["content-length"] ?? "0") ?? 0 {
                request.body = bytes
                return request
            }
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            bytes += buffer[..<count]
        }
    }

    private func headEnd(in bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first { bytes[$0..<($0 + 4)].elementsEqual([13, 10, 13, 10]) }
    }

    private func parse(_ head: ArraySlice<UInt8>) -> Request {
        let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        let words = lines[0].split(separator: " ").map(String.init)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
        return Request(method: words[0], path: words[1], headers: headers, body: [])
    }
}

#if canImport(Darwin)
private let streamType = SOCK_STREAM
private let noSignal: Int32 = 0
private func systemClose(_ descriptor: Int32) -> Int32 { Darwin.close(descriptor) }
#else
private let streamType = Int32(SOCK_STREAM.rawValue)
private let noSignal = Int32(MSG_NOSIGNAL)
private func systemClose(_ descriptor: Int32) -> Int32 { Glibc.close(descriptor) }
#endif
