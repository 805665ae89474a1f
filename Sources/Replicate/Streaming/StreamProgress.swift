import ReplicateAPI

/// What was given to the reader of a stream so far; it decides what of a repeated stream is new.
struct StreamProgress: Sendable {
    /// The id of the last event that was given, to go on after it.
    private(set) var lastID: String?
    private(set) var isDone = false
    /// The ids of events that earlier connections gave. Within one connection an id may come twice, for two events.
    private var earlierIDs: Set<String> = []
    private var currentIDs: Set<String> = []
    private var pieces = 0
    private var text = ""
    private var hasFailed = false
    /// Events without an id that a new connection repeats from the start.
    private var repeated = 0
    private var unnamed = 0
    /// Whether everything from the first event on was given.
    let knowsBeginning: Bool

    /// - Parameter id: of the event after which to begin; `nil` for the beginning.
    init(after id: String? = nil) {
        lastID = id
        knowsBeginning = id == nil
        if let id { earlierIDs = [id] }
    }

    /// A connection was made anew. Where events have no ids, they come from the start again.
    mutating func reconnect() {
        earlierIDs.formUnion(currentIDs)
        currentIDs = []
        repeated = lastID == nil ? unnamed : 0
    }

    /// Whether an event is new.
    mutating func take(_ event: ServerSentEvent) -> Bool {
        if let id = event.id {
            guard !earlierIDs.contains(id) else { return false }
            currentIDs.insert(id)
            lastID = id
        } else {
            if repeated > 0 {
                repeated -= 1
                return false
            }
            unnamed += 1
        }
        note(StreamEvent(event))
        return true
    }

    private mutating func note(_ event: StreamEvent) {
        switch event {
        case .output(let piece):
            pieces += 1
            text += piece
        case .error: hasFailed = true
        case .done: isDone = true
        case .logs, .other: break
        }
    }

    /// The events that a stream which broke off still owes, by the finished prediction.
    mutating func rest(of prediction: Prediction) -> [StreamEvent] {
        var events = missingOutput(of: prediction).map(StreamEvent.output)
        switch prediction.status {
        case .succeeded: events.append(.done(.succeeded))
        case .canceled, .aborted: events.append(.done(.canceled))
        default:
            if !hasFailed { events.append(.error(prediction.error ?? "the prediction failed")) }
            events.append(.done(.failed))
        }
        for event in events { note(event) }
        return events
    }

    private func missingOutput(of prediction: Prediction) -> [String] {
        guard let output = prediction.output else { return [] }
        if let whole = output.stringValue { return missingText(of: whole) }
        let elements = (output.arrayValue ?? []).compactMap(\.stringValue)
        if pieces <= elements.count, elements.prefix(pieces).joined() == text {
            return Array(elements.dropFirst(pieces))
        }
        // The stream cut the output in other places than the list does.
        return missingText(of: elements.joined())
    }

    private func missingText(of whole: String) -> [String] {
        guard whole.utf8.starts(with: text.utf8), whole.utf8.count > text.utf8.count else { return [] }
        return [String(decoding: whole.utf8.dropFirst(text.utf8.count), as: UTF8.self)]
    }
}
