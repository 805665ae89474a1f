import Foundation
import LosslessJSON
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
        /// What rows of the list leave out; a read has it.
        var leavesOut: Set<String> = []
        /// Whether rows of the list show an empty input.
        var emptiesInputs = false
        /// What inputs are shown with besides what was sent.
        var adds: [String: JSONValue] = [:]
        /// What the model's schema says that it takes by default.
        var defaults: [String: JSONValue] = [:]
        /// Whether every page of the list leads to another one: with the same rows, or with none.
        var endlessPages: Endless?
        /// How many pages of the list may be read in a second; others are answered with 429.
        var pagesASecond: Int?
        /// How many predictions of others are in the list, made in the last seconds.
        var others = 0
        /// Answers to creates have no end for so many seconds after the first; what was taken is worked on afterwards.
        var standsStill = 0.0
    }

    enum Endless {
        case repeated
        case empty
    }

    private struct Row {
        var id: String
        var input: JSONValue
        var madeAt: Date
    }

    private let manner: Manner
    private let rows = Mutex<[Row]>([])
    private let listed = Mutex<[Date]>([])
    private let begun = Date()
    private let inQueue = Mutex<Date?>(nil)
    private let canceledIDs = Mutex<Set<String>>([])

    /// The ids of the predictions that were canceled.
    var canceled: Set<String> { canceledIDs.withLock { $0 } }
    /// How often a page of the list was asked for.
    var listReads: Int { listed.withLock { $0.count } }
    /// The ids of those with the same input, oldest first.
    func ids(of input: JSONValue) -> [String] { rows.withLock { $0.filter { $0.input == input }.map(\.id) } }

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
            answer = .json(model.jsonString())
        case ("POST", let path) where path.hasSuffix("/cancel"):
            let id = path.split(separator: "/").dropLast().last.map(String.init) ?? ""
            canceledIDs.withLock { _ = $0.insert(id) }
            answer = .json("{}")
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

    private var model: JSONValue {
        var version: JSONValue = .null
        if !manner.defaults.isEmpty {
            var properties: [String: JSONValue] = ["n": ["type": "integer"]]
            for (name, value) in manner.defaults { properties[name] = ["default": value] }
            let schema: JSONValue = [
                "components": ["schemas": ["Input": ["type": "object", "properties": .object(properties)]]]
            ]
            version = ["id": "v", "openapi_schema": schema]
        }
        return ["owner": "o", "name": "n", "is_official": true, "latest_version": version]
    }

    /// Waits as long as the provider stands still.
    private func standStill() {
        guard manner.standsStill > 0 else { return }
        let first = inQueue.withLock { first in
            first = first ?? Date()
            return first ?? Date()
        }
        let left = first.addingTimeInterval(manner.standsStill).timeIntervalSinceNow
        if left > 0 { Thread.sleep(forTimeInterval: left) }
    }

    private func create(_ request: LoopbackServer.Request) -> LoopbackServer.Answer {
        let input = (try? JSONValue(parsing: request.body))?["input"] ?? [:]
        standStill()
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
        if !manner.adds.isEmpty { input = .object((input.objectValue ?? [:]).merging(manner.adds) { sent, _ in sent }) }
        if canceled.contains(row.id) {
            return ["id": .string(row.id), "status": "canceled", "input": input, "output": .null, "source": "api"]
        }
        return [
            "id": .string(row.id), "status": isDone ? "succeeded" : "processing", "input": input,
            "output": isDone ? "done" : nil, "source": "api", "created_at": .string(APITime.format(row.madeAt)),
            "completed_at": isDone ? .string(APITime.format(end)) : nil, "urls": [:], "unheard_of": [1, 2],
        ]
    }

    private func list(_ query: String) -> LoopbackServer.Answer {
        var after = Date.distantPast
        var cursor: Int?
        for pair in query.split(separator: "&") {
            let words = pair.split(separator: "=", maxSplits: 1)
            if words.count == 2, words[0] == "cursor" { cursor = Int(words[1]) }
            guard words.count == 2, words[0] == "created_after" else { continue }
            after = words[1].removingPercentEncoding.flatMap(APITime.parse) ?? after
        }
        let isFast = listed.withLock { listed in
            listed.append(Date())
            return manner.pagesASecond.map { most in listed.count { $0.timeIntervalSinceNow > -1 } > most } ?? false
        }
        if isFast {
            return .json(#"{"detail": "Request was throttled. Expected available in 1 second."}"#, status: 429)
        }
        var rows = shown.reversed().filter { $0.madeAt >= after }.map(listRow)
        for number in 0..<manner.others {
            let made = begun.addingTimeInterval(manner.clockOffset - Double(number) / 100)
            guard made >= after else { break }
            rows.append([
                "id": .string("other\(number)"), "status": "succeeded", "input": ["other": .number(JSONNumber(number))],
                "output": "x", "source": "api", "created_at": .string(APITime.format(made)),
            ])
        }
        let first = cursor ?? 0
        var next = JSONValue.null
        switch manner.endlessPages {
        case .repeated: next = link(first + 1)
        case .empty:
            next = link(first + 1)
            if first > 0 { rows = [] }
        case nil where manner.others > 0:
            next = rows.count > first + 100 ? link(first + 100) : .null
            rows = Array(rows.dropFirst(first).prefix(100))
        case nil: break
        }
        return .json(JSONValue.object(["results": .array(rows), "next": next]).jsonString())
    }

    private func link(_ first: Int) -> JSONValue { .string("/v1/predictions?cursor=\(first)") }

    private func listRow(_ row: Row) -> JSONValue {
        var members = body(of: row).objectValue ?? [:]
        for name in manner.leavesOut { members[name] = nil }
        if manner.emptiesInputs { members["input"] = [:] }
        return .object(members)
    }
}
