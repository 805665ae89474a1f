import LosslessJSON
import ReplicateAPI

/// One server-sent event of a prediction.
struct StreamEvent: Hashable, Sendable {
    enum Kind: String, Sendable {
        case output, logs, error, done
    }

    /// The second in which it happened, and a counter within that second.
    struct ID: Hashable, Comparable, Sendable {
        var seconds: Int64
        var counter: Int

        init(seconds: Int64, counter: Int) {
            self.seconds = seconds
            self.counter = counter
        }

        /// Reads `1690212292:0`; `nil` for a text that is no id.
        init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let seconds = Int64(parts[0]), let counter = Int(parts[1]) else { return nil }
            self.init(seconds: seconds, counter: counter)
        }

        static func < (left: ID, right: ID) -> Bool {
            (left.seconds, left.counter) < (right.seconds, right.counter)
        }
    }

    var id: ID
    var kind: Kind
    var data: String
    /// When it happens.
    var time: ServerTime

    /// The event as it is sent. Text of several lines has a `data:` line for each, and readers put them together again.
    var text: String {
        var text = "event: \(kind.rawValue)\nid: \(id.seconds):\(id.counter)\n"
        // To Swift a carriage return and a line feed are one character, and to readers of events one end of a line.
        let ends: [Character] = ["\n", "\r", "\r\n"]
        for line in data.split(omittingEmptySubsequences: false, whereSeparator: { ends.contains($0) }) {
            text += "data: \(line)\n"
        }
        return text + "\n"
    }
}

/// The events of one prediction that one reader has not had yet. A value: it is told how the prediction stands and what
/// time it is. All readers find the same events under the same ids, because both follow from the prediction alone.
struct EventStream: Sendable {
    private var lifecycle: PredictionLifecycle
    private var pending: ArraySlice<StreamEvent>
    private var lastID: StreamEvent.ID?
    private var knowsEnd: Bool

    /// The events after an id, or all.
    init(_ record: PredictionRecord, after lastID: StreamEvent.ID? = nil) {
        let events = Self.events(of: RunTimeline(record))
        lifecycle = record.lifecycle
        self.lastID = lastID
        pending = events.drop { event in lastID.map { event.id <= $0 } ?? false }
        knowsEnd = events.last?.kind == .done
    }

    /// Whether no event is left and none will come.
    var isOver: Bool {
        knowsEnd && pending.isEmpty
    }

    /// When the next event happens, if that is known.
    var nextTime: ServerTime? {
        pending.first?.time
    }

    /// Learns how the prediction stands now.
    mutating func update(_ record: PredictionRecord) {
        guard record.lifecycle != lifecycle else { return }
        lifecycle = record.lifecycle
        let events = Self.events(of: RunTimeline(record))
        pending = events.drop { event in lastID.map { event.id <= $0 } ?? false }
        knowsEnd = events.last?.kind == .done
        // A clock that was set back may have ended a prediction before what was already sent. The end is told even so.
        if pending.isEmpty, var end = events.last, end.kind == .done, let lastID {
            end.id = StreamEvent.ID(seconds: lastID.seconds, counter: lastID.counter + 1)
            pending = [end]
        }
    }

    /// The next event that has happened by now.
    mutating func next(at now: ServerTime) -> StreamEvent? {
        guard let event = pending.first, event.time <= now else { return nil }
        pending.removeFirst()
        lastID = event.id
        return event
    }

    private static func events(of timeline: RunTimeline) -> [StreamEvent] {
        var events: [StreamEvent] = []
        events.reserveCapacity(timeline.entries.count + 1)
        func append(_ kind: StreamEvent.Kind, _ data: String, _ time: ServerTime) {
            var id = StreamEvent.ID(seconds: time.seconds, counter: 0)
            if let last = events.last?.id, last.seconds == id.seconds { id.counter = last.counter + 1 }
            events.append(StreamEvent(id: id, kind: kind, data: data, time: time))
        }
        for entry in timeline.entries {
            switch entry.change {
            case .logs(let text): append(.logs, text, entry.time)
            case .output(let text): append(.output, text, entry.time)
            case .end(.succeeded, _): append(.done, "{}", entry.time)
            case .end(.failed, let error):
                let detail: JSONValue = ["detail": .string(error ?? "")]
                append(.error, detail.jsonString(), entry.time)
                append(.done, #"{"reason":"error"}"#, entry.time)
            // An aborted prediction has no word of its own; readers know three reasons.
            case .end: append(.done, #"{"reason":"canceled"}"#, entry.time)
            }
        }
        return events
    }
}
