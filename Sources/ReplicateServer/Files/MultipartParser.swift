/// Takes a multipart body apart as it arrives. A value: bytes go in, events come out.
struct MultipartParser: Sendable {
    enum Event: Hashable, Sendable {
        /// A part begins.
        case part(name: String, fileName: String?, contentType: String?)
        /// Bytes of the part that began last.
        case bytes([UInt8])
        /// The body is complete.
        case end
    }

    struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        let description: String
    }

    private enum State {
        case preamble, headers, content, finished
    }

    private static let maximumHeaderSize = 16 * 1024

    /// `--boundary` with the line break that belongs to it.
    private let delimiter: [UInt8]
    private var state = State.preamble
    /// Bytes that came and are not done with. It starts with a line break, as if one stood before the first boundary.
    private var buffer: [UInt8] = [0x0D, 0x0A]

    /// - Parameter contentType: the header, which names the boundary.
    init?(contentType: String) {
        guard contentType.lowercased().hasPrefix("multipart/form-data"),
            let boundary = HeaderParameters(contentType).value("boundary"), (1...200).contains(boundary.utf8.count)
        else { return nil }
        delimiter = [0x0D, 0x0A, 0x2D, 0x2D] + Array(boundary.utf8)
    }

    /// Whether the last boundary was seen.
    var isFinished: Bool { state == .finished }

    mutating func parse(_ bytes: some Sequence<UInt8>) throws(Failure) -> [Event] {
        buffer.append(contentsOf: bytes)
        var events: [Event] = []
        while try step(&events) {}
        return events
    }

    /// - Returns: whether there may be more to do.
    private mutating func step(_ events: inout [Event]) throws(Failure) -> Bool {
        switch state {
        case .finished:
            buffer.removeAll()
            return false
        case .preamble:
            guard let start = find(delimiter) else { return false }
            return try passDelimiter(at: start, &events)
        case .content:
            if let start = find(delimiter) {
                if start > 0 { events.append(.bytes(Array(buffer[..<start]))) }
                return try passDelimiter(at: start, &events)
            }
            // The end could be the beginning of a boundary.
            let safe = buffer.count - delimiter.count
            if safe > 0 {
                events.append(.bytes(Array(buffer[..<safe])))
                buffer.removeFirst(safe)
            }
            return false
        case .headers:
            guard let end = find([0x0D, 0x0A, 0x0D, 0x0A]) else {
                guard buffer.count <= Self.maximumHeaderSize else {
                    throw Failure(description: "the headers of a part are too long")
                }
                return false
            }
            try begin(String(decoding: buffer[..<end], as: UTF8.self), &events)
            buffer.removeFirst(end + 4)
            state = .content
            return true
        }
    }

    /// Goes past a boundary once what follows it has arrived: a line break, or `--` at the end.
    private mutating func passDelimiter(at start: Int, _ events: inout [Event]) throws(Failure) -> Bool {
        let after = start + delimiter.count
        guard buffer.count >= after + 2 else {
            buffer.removeFirst(start)
            return false
        }
        let next = (buffer[after], buffer[after + 1])
        if next == (0x2D, 0x2D) {
            state = .finished
            events.append(.end)
        } else if next == (0x0D, 0x0A) {
            state = .headers
            // The line break stays: without any headers it is the first half of the empty line that ends them.
            buffer.removeFirst(after)
            return true
        } else {
            throw Failure(description: "text follows a boundary")
        }
        return false
    }

    private func begin(_ headers: String, _ events: inout [Event]) throws(Failure) {
        var disposition: HeaderParameters?
        var contentType: String?
        for line in headers.split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            switch line[..<colon].lowercased() {
            case "content-disposition": disposition = HeaderParameters(String(value))
            case "content-type": contentType = String(value)
            default: break
            }
        }
        guard let name = disposition?.value("name") else { throw Failure(description: "a part has no name") }
        events.append(.part(name: name, fileName: disposition?.value("filename"), contentType: contentType))
    }

    private func find(_ pattern: [UInt8]) -> Int? {
        guard buffer.count >= pattern.count else { return nil }
        return buffer.withUnsafeBufferPointer { bytes in
            pattern.withUnsafeBufferPointer { pattern in
                let last = bytes.count - pattern.count
                var index = 0
                while index <= last {
                    if bytes[index] == pattern[0] {
                        var matched = 1
                        while matched < pattern.count, bytes[index + matched] == pattern[matched] { matched += 1 }
                        if matched == pattern.count { return index }
                    }
                    index += 1
                }
                return nil
            }
        }
    }
}

/// The parameters of a header such as `form-data; name="content"; filename="a.png"`.
struct HeaderParameters: Hashable, Sendable {
    private var values: [String: String] = [:]

    init(_ header: String) {
        var rest = header.drop { $0 != ";" }
        while rest.first == ";" {
            rest = rest.dropFirst().drop { $0 == " " }
            let name = rest.prefix { $0 != "=" && $0 != ";" }
            rest = rest.dropFirst(name.count)
            guard rest.first == "=" else { continue }
            rest = rest.dropFirst()
            let key = name.lowercased()
            if rest.first == "\"" {
                rest = rest.dropFirst()
                var value = ""
                while let character = rest.popFirst(), character != "\"" {
                    if character == "\\", let escaped = rest.popFirst() {
                        value.append(escaped)
                    } else {
                        value.append(character)
                    }
                }
                values[key] = value
                rest = rest.drop { $0 != ";" }
            } else {
                let value = rest.prefix { $0 != ";" }
                values[key] = String(value)
                rest = rest.dropFirst(value.count)
            }
        }
    }

    func value(_ name: String) -> String? {
        values[name]
    }
}
