import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Testing

/// An event stream as a client reads it.
struct EventReader {
    struct Event: Hashable, Sendable {
        var name = ""
        var id = ""
        var data = ""
    }

    enum Item: Hashable, Sendable {
        case comment(String)
        case event(Event)
    }

    let headers: HTTPHeaders
    let status: Int
    private var body: HTTPClientResponse.Body.AsyncIterator
    private var received: [UInt8] = []

    /// Opens a stream without a token.
    init(_ url: String, after id: String? = nil, by client: HTTPClient = .shared) async throws {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "Accept", value: "text/event-stream")
        if let id { request.headers.add(name: "Last-Event-ID", value: id) }
        let response = try await client.execute(request, timeout: .seconds(50))
        headers = response.headers
        status = Int(response.status.code)
        body = response.body.makeAsyncIterator()
    }
}

extension EventReader {
    /// The next event or comment; `nil` at the end.
    mutating func next() async throws -> Item? {
        while true {
            if let end = received.firstRange(of: Array("\n\n".utf8)) {
                let block = String(decoding: received[..<end.lowerBound], as: UTF8.self)
                received.removeSubrange(..<end.upperBound)
                return Self.item(block)
            }
            guard let bytes = try await body.next(isolation: #isolation) else {
                #expect(received.isEmpty, "the stream ends within an event")
                return nil
            }
            received += Array(buffer: bytes)
        }
    }

    private static func item(_ block: String) -> Item {
        if block.hasPrefix(":") { return .comment(block) }
        var event = Event()
        var data: [Substring] = []
        for line in block.split(separator: "\n", omittingEmptySubsequences: false) {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let value = (parts.count > 1 ? parts[1] : "").dropFirst(parts.count > 1 && parts[1].hasPrefix(" ") ? 1 : 0)
            switch parts[0] {
            case "event": event.name = String(value)
            case "id": event.id = String(value)
            case "data": data.append(value)
            default: Issue.record("a stream has the line '\(line)'")
            }
        }
        event.data = data.joined(separator: "\n")
        return .event(event)
    }

    /// The next event, comments left out.
    mutating func nextEvent() async throws -> Event? {
        while let item = try await next() {
            if case .event(let event) = item { return event }
        }
        return nil
    }

    /// All that is left.
    mutating func rest() async throws -> [Item] {
        var items: [Item] = []
        while let item = try await next() { items.append(item) }
        return items
    }

    /// The events that are left.
    mutating func events() async throws -> [Event] {
        try await rest().compactMap { if case .event(let event) = $0 { event } else { nil } }
    }
}

extension [EventReader.Event] {
    /// The data of all events of a name, put together.
    func text(of name: String) -> String {
        filter { $0.name == name }.map(\.data).joined()
    }
}
