import DemoModels
import LosslessJSON
import ReplicateAPI

/// Writes predictions as the API shows them, straight into bytes, because a page holds a hundred.
struct PredictionBody {
    /// What a body is for; the API shows the same prediction differently.
    enum Form: Hashable, Sendable {
        /// The answer to a create: always `starting`, times to the nanosecond.
        case created
        /// The answer to a create that waited.
        case waited
        /// The answer to a create that waited, given when the output was there and the success not yet written down.
        case early
        case read
        /// A row of the list, which has no logs.
        case row
    }

    private(set) var bytes: [UInt8] = []
    /// Where the API is, such as `http://127.0.0.1:8080`.
    let base: String
    let nasty: Bool
    /// The part of the API that the links of a body lead to; a training is also a prediction.
    var collection = "predictions"

    init(base: String, nasty: Bool) {
        self.base = base
        self.nasty = nasty
    }

    mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private mutating func append(string text: String) {
        bytes.append(contentsOf: JSONValue.string(text).jsonBytes())
    }

    mutating func append(_ record: PredictionRecord, as form: Form, at now: ServerTime) {
        let snapshot =
            switch form {
            case .created: PredictionLifecycle.Snapshot(status: .starting, progress: 0)
            case .early: PredictionLifecycle.Snapshot(status: .processing, progress: 1)
            case .waited, .read, .row: record.lifecycle.snapshot(at: now)
            }
        append(record, snapshot, as: form)
    }

    /// Writes a prediction as it is said to stand.
    mutating func append(
        _ record: PredictionRecord, _ snapshot: PredictionLifecycle.Snapshot, as form: Form
    ) {
        if !snapshot.status.isTerminal || form == .waited {
            appendFresh(record, snapshot, form)
        } else {
            appendFinished(record, snapshot, form)
        }
    }

    /// The order of keys while a prediction is young: the id first.
    private mutating func appendFresh(
        _ record: PredictionRecord, _ snapshot: PredictionLifecycle.Snapshot, _ form: Form
    ) {
        append("{\"id\":\"")
        bytes.append(contentsOf: record.id.bytes)
        append("\",\"model\":")
        append(string: record.model)
        if nasty {
            append(",\"model\":")
            append(string: record.model)
        }
        appendVersion(record)
        appendInput(record)
        if form != .row { appendLogs(record, snapshot) }
        appendOutput(record, snapshot, form)
        append(record.data == nil ? ",\"data_removed\":true" : ",\"data_removed\":false")
        appendError(snapshot)
        append(",\"source\":\"api\",\"status\":\"")
        append(snapshot.status.rawValue)
        append("\",\"created_at\":\"")
        bytes.append(time: record.lifecycle.createdAt, digits: form == .created ? 9 : 6)
        append("\"")
        appendTime(snapshot.startedAt, "started_at")
        appendTime(snapshot.completedAt, "completed_at")
        appendRest(record)
        if snapshot.completedAt != nil { appendMetrics(record, snapshot) }
        appendURLs(record)
        if form == .read { appendWebhook(record) }
        append("}")
    }

    /// The order of keys later: alphabetical from `completed_at`.
    private mutating func appendFinished(
        _ record: PredictionRecord, _ snapshot: PredictionLifecycle.Snapshot, _ form: Form
    ) {
        append("{\"completed_at\":\"")
        bytes.append(time: snapshot.completedAt ?? record.lifecycle.createdAt, digits: 6)
        append("\",\"created_at\":\"")
        bytes.append(time: record.lifecycle.createdAt, digits: 6)
        append(record.data == nil ? "\",\"data_removed\":true" : "\",\"data_removed\":false")
        appendRest(record)
        appendError(snapshot)
        append(",\"id\":\"")
        bytes.append(contentsOf: record.id.bytes)
        append("\"")
        appendInput(record)
        if form != .row { appendLogs(record, snapshot) }
        appendMetrics(record, snapshot)
        append(",\"model\":")
        append(string: record.model)
        appendOutput(record, snapshot, form)
        append(",\"source\":\"api\"")
        appendTime(snapshot.startedAt, "started_at")
        append(",\"status\":\"")
        append(snapshot.status.rawValue)
        append("\"")
        appendURLs(record)
        appendVersion(record)
        if form == .read { appendWebhook(record) }
        if nasty { append(",\"webhook_completed\":null,\"queue_position\":{\"of\":[1,2.50,\"x\"]}") }
        append("}")
    }

    private mutating func appendVersion(_ record: PredictionRecord) {
        append(",\"version\":\"")
        append(nasty ? String(record.version.reversed()) : record.version)
        append("\"")
    }

    private mutating func appendInput(_ record: PredictionRecord) {
        append(",\"input\":")
        if let data = record.data { bytes.append(contentsOf: data.input) } else { append("{}") }
    }

    private mutating func appendError(_ snapshot: PredictionLifecycle.Snapshot) {
        append(",\"error\":")
        if let error = snapshot.error { append(string: error) } else { append("null") }
    }

    private mutating func appendTime(_ time: ServerTime?, _ key: String) {
        guard let time else { return }
        append(",\"")
        append(key)
        append("\":\"")
        bytes.append(time: time, digits: 6)
        append("\"")
    }

    /// What only some predictions have.
    private mutating func appendRest(_ record: PredictionRecord) {
        appendTime(record.lifecycle.deadline, "deadline")
        if let deployment = record.deployment {
            append(",\"deployment\":")
            append(string: deployment)
        }
    }

    private mutating func appendMetrics(_ record: PredictionRecord, _ snapshot: PredictionLifecycle.Snapshot) {
        append(",\"metrics\":{")
        if let startedAt = snapshot.startedAt, let completedAt = snapshot.completedAt {
            append("\"predict_time\":")
            append(seconds(from: startedAt, to: completedAt))
            append(",\"total_time\":")
            append(seconds(from: record.lifecycle.createdAt, to: completedAt))
        }
        append("}")
    }

    private func seconds(from start: ServerTime, to end: ServerTime) -> String {
        "\(Double(max(0, end.microseconds - start.microseconds)) / 1_000_000)"
    }

    private mutating func appendURLs(_ record: PredictionRecord) {
        for (index, suffix) in ["", "/cancel"].enumerated() {
            append(index == 0 ? ",\"urls\":{\"get\":\"" : "\",\"cancel\":\"")
            append(base)
            append("/v1/")
            append(collection)
            append("/")
            bytes.append(contentsOf: record.id.bytes)
            append(suffix)
        }
        append("\",\"stream\":\"")
        append(base)
        append(record.streamsFiles ? "/stream/v1/files/" : "/stream/v1/streams/")
        bytes.append(contentsOf: record.id.bytes)
        append("\",\"web\":\"")
        append(base)
        append("/p/")
        bytes.append(contentsOf: record.id.bytes)
        append("\"}")
    }

    /// What a read tells of the webhook, and so every body that a webhook is sent. The answer to a create does not.
    private mutating func appendWebhook(_ record: PredictionRecord) {
        guard let webhook = record.webhook else { return }
        append(",\"webhook\":")
        append(string: webhook.url)
        guard let filter = webhook.filter else { return }
        append(",\"webhook_events_filter\":")
        bytes.append(contentsOf: JSONValue.array(filter.map { .string($0.rawValue) }).jsonBytes())
    }

    private mutating func appendOutput(
        _ record: PredictionRecord, _ snapshot: PredictionLifecycle.Snapshot, _ form: Form
    ) {
        guard let data = record.data else { return append(",\"output\":null") }
        switch data.output {
        case .whole(let json) where snapshot.status == .succeeded || form == .early:
            append(",\"output\":")
            bytes.append(contentsOf: json)
        case .pieces(let pieces) where snapshot.progress > 0:
            let count = snapshot.status == .succeeded ? pieces.count : Int(Double(pieces.count) * snapshot.progress)
            append(",\"output\":[")
            for (index, piece) in pieces[..<count].enumerated() {
                if index > 0 { append(",") }
                bytes.append(contentsOf: piece)
            }
            append("]")
        default:
            if !nasty { append(",\"output\":null") }
        }
    }

    private mutating func appendLogs(_ record: PredictionRecord, _ snapshot: PredictionLifecycle.Snapshot) {
        append(",\"logs\":")
        guard let data = record.data, snapshot.startedAt != nil else {
            return append(snapshot.status == .canceled ? "null" : "\"\"")
        }
        switch data.logs {
        case .text(let text): append(string: text)
        case .steps(let text, let count):
            append(string: text + ProgressBar.lines(done: Int(Double(count) * snapshot.progress), of: count))
        }
    }
}

/// Progress as Python's models print it.
enum ProgressBar {
    /// How many steps lie between two lines.
    static func stride(of count: Int) -> Int {
        max(1, count / 5)
    }

    /// Some of the lines printed so far; a real terminal would show them one over the other.
    static func lines(done: Int, of count: Int) -> String {
        guard count > 0 else { return "" }
        var text = ""
        for step in Swift.stride(from: 0, through: done, by: stride(of: count)) {
            let percent = step * 100 / count
            let filled = percent / 10
            let bar = String(repeating: "█", count: filled) + String(repeating: " ", count: 10 - filled)
            let padding = String(repeating: " ", count: percent < 10 ? 2 : percent < 100 ? 1 : 0)
            text += "\(padding)\(percent)%|\(bar)| \(step)/\(count)\n"
        }
        return text
    }
}
