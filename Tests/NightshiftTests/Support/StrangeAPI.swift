import Foundation
import JSON
import ReplicateAPI
import Synchronization

/// A small server of Replicate's API that is not ours, to be wrong in ways that ours is not. Its list knows neither pages nor
/// `created_before`, and its create answers with 200.
final class StrangeAPI: Sendable {
    struct Manner: Sendable {
        /// How far its clock is ahead, in seconds.
        var clockOffset = 0.0
        /// How far the time in its answers' heads is ahead of that.
        var headOffset = 0.0
        /// Of so many answers to creates, one is lost after acceptance.
        var losesOneOf: Int?
        /// How long a prediction runs, in seconds.
        var runTime = 0.0
        /// How long it takes until a prediction is shown in the list and by its id, in seconds.
        var lag = 0.0
        /// Whether inputs come back with other forms of their numbers.
        var rewritesInputs = false
        /// Whether files inside inputs come back as addresses.
        var hidesFiles = false
    }

    private struct Row {
        var id: String
        var input: JSONValue
        var madeAt: Date
    }

    private let manner: Manner
    private let rows = Mutex<[Row]>([])

    /// The inputs of the predictions that were made, oldest first.
    var inputs: [JSONValue] { rows.withLock { $0.map(\.input) } }

    init(_ manner: Manner) {
        self.manner = manner
    }

    func serve() throws -> LoopbackServer {
        try LoopbackServer { request, _ in self.answer(request) }
    }

    private var now: Date { Date(timeIntervalSinceNow: manner.clockOffset) }

    private func answer(_ request: LoopbackServer.Request) -> LoopbackServer.Answer {
        let parts = request.path.split(separator: "?", maxSplits: 1).map(String.init)
        var answer: LoopbackServer.Answer
        switch (request.method, parts[0]) {
        case ("GET", "/v1/models/o/n"):
            answer = .json(#"{"owner": "o", "name": "n", "is_official": true, "latest_version": null}"#)
        case ("POST", "/v1/models/o/n/predictions"): answer = create(request)
        case ("GET", "/v1/predictions"): answer = list(parts.count > 1 ? parts[1] : "")
        case ("GET", let path):
            let row = shown.first { path.hasSuffix("/\($0.id)") }
            answer = row.map { .json(body(of: $0).jsonString()) } ?? .json(#"{"detail": "no such thing"}"#, status: 404)
        default: answer = .json("{}", status: 405)
        }
        answer.headers["Date"] = APITime.formatHTTPDate(now.addingTimeInterval(manner.headOffset))
        return answer
    }

    private func create(_ request: LoopbackServer.Request) -> LoopbackServer.Answer {
        let input = (try? JSONValue(parsing: request.body))?["input"] ?? [:]
        let (row, count) = rows.withLock { rows in
            rows.append(Row(id: "p\(rows.count)x", input: input, madeAt: now))
            return (rows[rows.count - 1], rows.count)
        }
        if let one = manner.losesOneOf, count % one == 0 { return .lost }
        return .json(body(of: row).jsonString())
    }

    private var shown: [Row] {
        let latest = now.addingTimeInterval(-manner.lag)
        return rows.withLock { rows in rows.filter { $0.madeAt <= latest } }
    }

    private func body(of row: Row) -> JSONValue {
        let end = row.madeAt.addingTimeInterval(manner.runTime)
        let isDone = end <= now
        var input = row.input
        if manner.rewritesInputs, let number = input["n"]?.intValue {
            input = (try? JSONValue(parsing: #"{"n": \#(number).0}"#)) ?? input
        }
        if manner.hidesFiles, input["image"]?.stringValue?.hasPrefix("data:") == true {
            input = input.replacing(at: [.key("image")], with: .string("https://files.example/\(row.id)"))
        }
        return [
            "id": .string(row.id), "status": isDone ? "succeeded" : "processing", "input": input,
            "output": isDone ? "done" : nil, "source": "api", "created_at": .string(APITime.format(row.madeAt)),
            "completed_at": isDone ? .string(APITime.format(end)) : nil, "urls": [:], "unheard_of": [1, 2],
        ]
    }

    private func list(_ query: String) -> LoopbackServer.Answer {
        var after = Date.distantPast
        for pair in query.split(separator: "&") {
            let words = pair.split(separator: "=", maxSplits: 1)
            guard words.count == 2, words[0] == "created_after" else { continue }
            after = words[1].removingPercentEncoding.flatMap(APITime.parse) ?? after
        }
        let rows = shown.reversed().filter { $0.madeAt >= after }
        return .json(JSONValue.object(["results": .array(rows.map(body))]).jsonString())
    }
}
