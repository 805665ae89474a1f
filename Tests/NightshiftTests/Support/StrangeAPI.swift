import Foundation
import JSON
import ReplicateAPI
import Synchronization

/// A small server of Replicate's API that is not ours, to be wrong in ways that ours is not.
final class StrangeAPI: Sendable {
    struct Manner: Sendable {
        /// How far its clock is ahead, in seconds.
        var clockOffset = 0.0
        /// Whether the answers to all creates are lost after acceptance.
        var losesAnswers = false
    }

    private struct State {
        var rows: [JSONValue] = []
    }

    private let manner: Manner
    private let state = Mutex(State())

    /// The predictions that were made, oldest first.
    var predictions: [JSONValue] { state.withLock { $0.rows } }

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
            let row = predictions.first { path.hasSuffix($0["id"]?.stringValue ?? "-") }
            answer = row.map { .json($0.jsonString()) } ?? .json("{}", status: 404)
        default: answer = .json("{}", status: 405)
        }
        answer.headers["Date"] = APITime.formatHTTPDate(now)
        return answer
    }

    private func create(_ request: LoopbackServer.Request) -> LoopbackServer.Answer {
        let input = (try? JSONValue(parsing: request.body))?["input"] ?? [:]
        let time = JSONValue.string(APITime.format(now))
        let row = state.withLock { state in
            let row: JSONValue = [
                "id": .string("p\(state.rows.count)"), "status": "succeeded", "input": input, "output": "done",
                "source": "api", "created_at": time, "started_at": time, "completed_at": time,
                "urls": ["get": "", "cancel": ""],
            ]
            state.rows.append(row)
            return row
        }
        return manner.losesAnswers ? .lost : .json(row.jsonString(), status: 201)
    }

    private func list(_ query: String) -> LoopbackServer.Answer {
        var after = Date.distantPast
        for pair in query.split(separator: "&") {
            let words = pair.split(separator: "=", maxSplits: 1)
            guard words.count == 2, words[0] == "created_after" else { continue }
            after = words[1].removingPercentEncoding.flatMap(APITime.parse) ?? after
        }
        let rows = predictions.reversed().filter { row in
            (row["created_at"]?.stringValue.flatMap(APITime.parse) ?? .distantPast) >= after
        }
        return .json(JSONValue.object(["results": .array(rows), "next": nil, "previous": nil]).jsonString())
    }
}
