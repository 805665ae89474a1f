import LosslessJSON

/// What a running prediction tells while it runs.
///
/// API: "Server-sent events".
public enum StreamEvent: Hashable, Sendable {
    /// A further piece of the output: text, or the address of a file or a data URI.
    case output(String)
    /// What the model printed.
    case logs(String)
    /// The prediction failed, for this reason; ``done(_:)`` follows.
    case error(String)
    /// The end.
    case done(Reason)
    /// A kind of event that this library does not know.
    case other(event: String, data: String)

    /// Why a stream ended.
    public enum Reason: Hashable, Sendable {
        /// The output is complete.
        case succeeded
        /// Somebody or a deadline canceled the prediction.
        case canceled
        /// The prediction failed.
        case failed
        /// A reason that this library does not know.
        case other(String)
    }

    /// Reads an event by its kind.
    public init(_ event: ServerSentEvent) {
        switch event.event {
        case "output": self = .output(event.data)
        case "logs": self = .logs(event.data)
        case "error": self = .error(Self.detail(of: event.data))
        case "done": self = .done(Reason(data: event.data))
        default: self = .other(event: event.event, data: event.data)
        }
    }

    private static func detail(of data: String) -> String {
        (try? JSONValue(parsing: data))?["detail"]?.stringValue ?? data
    }
}

/// An event with what its connection told about it.
public struct StreamedEvent: Hashable, Sendable {
    /// What happened.
    public var event: StreamEvent
    /// The id of the event, to go on after it with ``Client/stream(of:after:)``; `nil` where the server gave none, and for events
    /// that were taken from the finished prediction.
    public var id: String?
    /// How long the server asks to wait before the next connection, if it said so with this event.
    public var retry: Duration?
    /// The output as a file, if it is the address of one, or a data URI.
    public var file: FileOutput?
}

extension StreamEvent.Reason {
    init(data: String) {
        switch (try? JSONValue(parsing: data))?["reason"]?.stringValue {
        case nil: self = .succeeded
        case "canceled": self = .canceled
        case "error": self = .failed
        case let reason?: self = .other(reason)
        }
    }
}
