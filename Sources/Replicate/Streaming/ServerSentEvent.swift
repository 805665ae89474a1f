/// One server-sent event as it was sent.
public struct ServerSentEvent: Hashable, Sendable {
    /// The kind; `message` where the server names none.
    public var event: String
    /// The text; several lines are joined by line feeds.
    public var data: String
    /// The id that the event brought, or `nil` if it brought none.
    public var id: String?
    /// How long the server asks to wait before the next connection, if it said so with this event.
    public var retry: Duration?

    /// Makes the value.
    public init(event: String = "message", data: String, id: String? = nil, retry: Duration? = nil) {
        self.event = event
        self.data = data
        self.id = id
        self.retry = retry
    }
}

/// Reads server-sent events from bytes that come in any pieces, as the WHATWG's "Server-sent events" tells it: lines end by
/// CR, LF or both; a blank line ends an event; comments and unknown fields are passed over.
public struct ServerSentEventParser: Sendable {
    /// How long the server asks to wait before the next connection, in milliseconds; `nil` as long as it has not.
    public private(set) var retryMilliseconds: Int?
    /// How many bytes are kept of an event that has not ended.
    public var pendingBytes: Int { line.count + data.count + event.count }

    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var event: [UInt8] = []
    private var id: String?
    private var retry: Duration?
    private var endedWithCR = false
    /// A byte order mark may only stand at the very beginning.
    private var isAtBeginning = true

    /// Makes a parser for one connection.
    public init() {}

    /// Reads the next bytes, and returns the events that they complete.
    public mutating func parse(_ bytes: some Sequence<UInt8>) -> [ServerSentEvent] {
        var events: [ServerSentEvent] = []
        for byte in bytes {
            defer { endedWithCR = byte == 0x0D }
            switch byte {
            case 0x0A where endedWithCR: continue
            case 0x0A, 0x0D:
                if let event = endLine() { events.append(event) }
            default: line.append(byte)
            }
        }
        return events
    }

    private mutating func endLine() -> ServerSentEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        if isAtBeginning {
            isAtBeginning = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        guard !line.isEmpty else { return dispatch() }
        let colon = line.firstIndex(of: UInt8(ascii: ":"))
        guard colon != 0 else { return nil }
        let name = String(decoding: line[..<(colon ?? line.endIndex)], as: UTF8.self)
        var value = colon.map { line[($0 + 1)...] } ?? []
        if value.first == 0x20 { value.removeFirst() }
        switch name {
        case "data":
            if hasData { data.append(0x0A) }
            data.append(contentsOf: value)
            hasData = true
        case "event": event = Array(value)
        // An id with a zero byte cannot be sent back.
        case "id" where !value.contains(0): id = String(decoding: value, as: UTF8.self)
        case "retry" where !value.isEmpty && value.allSatisfy({ (0x30...0x39).contains($0) }):
            guard let milliseconds = Int(String(decoding: value, as: UTF8.self)) else { break }
            retryMilliseconds = milliseconds
            retry = .milliseconds(milliseconds)
        default: break
        }
        return nil
    }

    private mutating func dispatch() -> ServerSentEvent? {
        defer {
            data.removeAll(keepingCapacity: true)
            event.removeAll(keepingCapacity: true)
            hasData = false
            id = nil
        }
        // A block of its own with the time alone belongs to the event that follows.
        guard hasData else { return nil }
        defer { retry = nil }
        return ServerSentEvent(
            event: event.isEmpty ? "message" : String(decoding: event, as: UTF8.self),
            data: String(decoding: data, as: UTF8.self), id: id.flatMap { $0.isEmpty ? nil : $0 },
            retry: retry)
    }
}
