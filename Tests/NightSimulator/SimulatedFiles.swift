import Crypto
import Foundation
import Nightshift
import NightshiftCore
import Replicate
import Synchronization

/// The output files of a simulated night: every one has a content of its own, which tells what it is.
enum SimulatedFiles {
    /// What a prediction puts out: one file mostly, sometimes two.
    static func names(of prediction: String, chance: inout Chance, item: Int) -> [String] {
        let count = chance.number(below: 5, .shape, item) == 0 ? 2 : 1
        return (0..<count).map { place in
            // One in forty is long enough to be written in pieces.
            let size = chance.number(below: 40, .size, item) == 0 ? 300_000 : chance.number(below: 1500, .size, item)
            return "\(prediction)-\(place)-\(size)"
        }
    }

    static func address(of name: String, generation: Int) -> String {
        "https://replicate.delivery/\(generation)/\(name).bin"
    }

    static func name(of address: String) -> (name: String, generation: Int)? {
        let parts = address.split(separator: "/")
        guard parts.count == 4, parts[3].hasSuffix(".bin"), let generation = Int(parts[2]) else { return nil }
        return (String(parts[3].dropLast(4)), generation)
    }

    static func content(of name: String) -> [UInt8] {
        let length = name.split(separator: "-").last.flatMap { Int($0) } ?? 0
        let head = Array("\(name)\n".utf8)
        let filling = UInt8(truncatingIfNeeded: head.reduce(length) { $0 &* 31 &+ Int($1) }) | 1
        return head + [UInt8](repeating: filling, count: length)
    }

    /// The content that a file claims to have, by its first line.
    static func contentClaimed(by bytes: [UInt8]) -> [UInt8]? {
        guard let end = bytes.prefix(100).firstIndex(of: 0x0A) else { return nil }
        return content(of: String(decoding: bytes[..<end], as: UTF8.self))
    }

    static func md5(of content: [UInt8]) -> String {
        Insecure.MD5.hash(data: content).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0\(digits)" : digits
        }.joined()
    }

    /// Whether the file's host tells its MD5.
    static func hasChecksum(_ name: String) -> Bool { !name.hasSuffix("7") }

    /// Leaves what a process that died in the middle of a download leaves.
    static func leaveHalf(
        of name: String, for item: ItemID, place: Int, in directory: String, intact: Bool
    ) throws {
        let content = content(of: name)
        var half = Array(content[..<(content.count / 2)])
        if !intact { for index in half.indices.suffix(half.count / 2) { half[index] = 0 } }
        let part = OutputTarget.partName(
            owner: OutputFolder(directory: directory).owner, item: item, place: place,
            content: hasChecksum(name) ? md5(of: content) : nil)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try Data(half).write(to: URL(filePath: "\(directory)/\(part)"))
    }
}

/// The host of the output files, without a network: answers each request as the night has decided beforehand.
final class SimulatedDelivery: Transport {
    /// What happens to one request.
    enum Mishap: Hashable {
        case truncated
        case broken
        case corrupt
        case refused
    }

    private struct State {
        var mishaps: [Mishap?] = []
        var gone: Set<String> = []
    }

    private let state = Mutex(State())

    /// Decides how the requests to come are answered.
    func arrange(mishaps: [Mishap?], gone: Set<String>) {
        state.withLock { $0 = State(mishaps: mishaps.reversed(), gone: gone) }
    }

    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        let (mishap, isGone) = state.withLock { state in
            (state.mishaps.popLast() ?? nil, state.gone.contains(request.url))
        }
        guard !isGone, let name = SimulatedFiles.name(of: request.url)?.name else {
            return TransportResponse(status: 404)
        }
        if mishap == .refused { return TransportResponse(status: 503) }
        let content = SimulatedFiles.content(of: name)
        var headers: HeaderFields = ["Content-Type": "application/octet-stream"]
        var (status, first) = (200, 0)
        if SimulatedFiles.hasChecksum(name) {
            let etag = "\"\(SimulatedFiles.md5(of: content))\""
            headers["ETag"] = etag
            if let range = request.headers["Range"], request.headers["If-Range"] == etag,
                let start = Int(range.dropFirst("bytes=".count).dropLast()), start < content.count
            {
                (status, first) = (206, start)
                headers["Content-Range"] = "bytes \(start)-\(content.count - 1)/\(content.count)"
            }
        }
        var body = Array(content[first...])
        headers["Content-Length"] = "\(body.count)"
        switch mishap {
        case .truncated: body.removeLast(min(body.count, body.count / 2 + 1))
        case .corrupt where SimulatedFiles.hasChecksum(name): body[body.count / 2] ^= 0xFF
        case .broken:
            let chunks = BrokenBody(bytes: Array(body[..<(body.count / 2)]))
            return TransportResponse(status: status, headers: headers, body: TransportBody(chunks))
        case .corrupt, .refused, nil: break
        }
        return TransportResponse(status: status, headers: headers, body: TransportBody(body))
    }
}

/// A body whose connection breaks after some bytes.
private struct BrokenBody: AsyncSequence, Sendable {
    let bytes: [UInt8]

    struct Iterator: AsyncIteratorProtocol {
        var rest: [UInt8]?

        mutating func next() async throws(TransportError) -> [UInt8]? {
            guard let bytes = rest, !bytes.isEmpty else {
                throw TransportError(.connectionLost, delivery: .unknown, message: "the connection broke")
            }
            rest = nil
            return bytes
        }

        mutating func next(isolation: isolated (any Actor)?) async throws(TransportError) -> [UInt8]? {
            try await next()
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(rest: bytes) }
}
