import Foundation
import LosslessJSON
import ReplicateAPI
import Synchronization

/// A small server of Replicate's API whose answers can be taken over by something before it, as by a gateway or firewall.
final class FickleAPI: Sendable {
    struct Manner: Sendable {
        /// Whose token every token is.
        var account: String? = "acme"
        /// Whether results are removed as soon as they are there.
        var removesResults = false
        /// The status of predictions until ``FickleAPI/release()``; `nil` if they end at once.
        var runningStatus: String?
        /// The id that a create is answered with, made from the number of the prediction.
        var id: @Sendable (Int) -> JSONValue = { .string("p\($0)x") }
    }

    private struct Row {
        var id: JSONValue
        var input: JSONValue
        var madeAt: Date
    }

    private struct State {
        var rows: [Row] = []
        var isReleased = false
    }

    private let manner: Manner
    private let state = Mutex(State())
    /// What answers in place of the API, if it does.
    private let intercept: @Sendable (LoopbackServer.Request, Int) -> LoopbackServer.Answer?

    /// The inputs of the predictions that were made, oldest first.
    var inputs: [JSONValue] { state.withLock { $0.rows.map(\.input) } }

    init(
        _ manner: Manner = Manner(),
        intercept: @escaping @Sendable (LoopbackServer.Request, Int) -> LoopbackServer.Answer? = { _, _ in nil }
    ) {
        self.manner = manner
        self.intercept = intercept
    }

    func serve() throws -> LoopbackServer {
        try LoopbackServer { request, count in self.intercept(request, count) ?? self.answer(request) }
    }

    /// Lets what runs end.
    func release() {
        state.withLock { $0.isReleased = true }
    }

    private func answer(_ request: LoopbackServer.Request) -> LoopbackServer.Answer {
        let path = request.path.split(separator: "?", maxSplits: 1).map(String.init)[0]
        var answer: LoopbackServer.Answer
        switch (request.method, path) {
        case ("GET", "/v1/models/o/n"):
            answer = .json(#"{"owner": "o", "name": "n", "is_official": true, "latest_version": null}"#)
        case ("GET", "/v1/account"):
            answer =
                manner.account.map { .json(#"{"type": "user", "username": "\#($0)"}"#) } ?? Self.notFound
        case ("GET", "/v1/webhooks/default/secret"):
            answer = .json(#"{"key": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}"#)
        case ("POST", "/v1/models/o/n/predictions"):
            let input = (try? JSONValue(parsing: request.body))?["input"] ?? [:]
            let row = state.withLock { state in
                state.rows.append(Row(id: manner.id(state.rows.count), input: input, madeAt: Date()))
                return state.rows[state.rows.count - 1]
            }
            answer = .json(body(of: row).jsonString(), status: 201)
        case ("GET", "/v1/predictions"):
            let rows = state.withLock { $0.rows }
            answer = .json(JSONValue.object(["results": .array(rows.reversed().map(body))]).jsonString())
        case ("GET", _):
            let row = state.withLock { $0.rows }.first { path == "/v1/predictions/\($0.id.stringValue ?? "")" }
            answer = row.map { .json(body(of: $0).jsonString()) } ?? Self.notFound
        default: answer = .json("{}", status: 405)
        }
        answer.headers["Date"] = APITime.formatHTTPDate(Date())
        return answer
    }

    static let notFound = LoopbackServer.Answer.json(
        #"{"detail": "The requested resource could not be found.", "status": 404}"#, status: 404)

    private func body(of row: Row) -> JSONValue {
        let running = state.withLock { $0.isReleased } ? nil : manner.runningStatus
        let isDone = running == nil
        var members: [String: JSONValue] = [
            "status": .string(running ?? "succeeded"), "input": row.input, "source": "api",
            "output": isDone && !manner.removesResults ? "done" : nil, "urls": [:],
            "created_at": .string(APITime.format(row.madeAt)),
            "completed_at": isDone ? .string(APITime.format(row.madeAt)) : nil,
            "data_removed": .bool(isDone && manner.removesResults),
        ]
        if row.id != .null { members["id"] = row.id }
        return .object(members)
    }
}
