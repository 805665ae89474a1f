import Foundation
import LosslessJSON
import Synchronization

/// Answers as real Cog servers of both generations were recorded to answer, with a model that waits `seconds`, then
/// greets `text`, or fails when `mode` says so.
final class StandInCog: Sendable {
    enum Generation: String, CaseIterable, Sendable {
        /// 0.16: Python.
        case older
        /// 0.23: Rust.
        case current
    }

    fileprivate struct State {
        var health = "READY"
        /// The ids that are being computed; `true` once canceled.
        var running: [String: Bool] = [:]
        var refusals = 0
        var mostAtATime = 0
        var predictions = 0
    }

    fileprivate final class Core: Sendable {
        let generation: Generation
        let condition = NSCondition()
        let state = Mutex(State())

        init(generation: Generation) {
            self.generation = generation
        }
    }

    private let core: Core
    private let server: LoopbackServer

    var url: String { server.url }
    var requests: [LoopbackServer.Request] { server.requests }
    /// How many predictions were computed to their end.
    var predictions: Int { core.state.withLock { $0.predictions } }
    var mostAtATime: Int { core.state.withLock { $0.mostAtATime } }
    var runningIDs: [String] { core.state.withLock { Array($0.running.keys) } }

    init(_ generation: Generation = .current, isDown: Bool = false) throws {
        let core = Core(generation: generation)
        self.core = core
        server = try LoopbackServer(isDown: isDown) { request, _ in core.answer(request) }
    }

    func comeUp() { server.comeUp() }

    func setHealth(_ word: String) { core.state.withLock { $0.health = word } }

    /// Answers the next creates with "at capacity", as the current generation does just after each answer.
    func refuse(_ count: Int) { core.state.withLock { $0.refusals = count } }

    /// Begins to compute for a caller who is gone.
    func runOrphan(_ id: String) { core.state.withLock { $0.running[id] = false } }
}

extension StandInCog.Core {
    fileprivate func answer(_ request: LoopbackServer.Request) -> LoopbackServer.Answer {
        let parts = request.path.split(separator: "/").map(String.init)
        switch (request.method, parts.first, parts.count) {
        case ("GET", "health-check", 1):
            return state.withLock { state in
                let word = state.health == "READY" && !state.running.isEmpty ? "BUSY" : state.health
                return .json(#"{"status":"\#(word)","setup":{"status":"succeeded","logs":""}}"#)
            }
        case ("POST", "predictions", 3):
            let wasRunning = state.withLock { state in
                guard state.running[parts[1]] != nil else { return false }
                state.running[parts[1]] = true
                return true
            }
            condition.broadcast()
            if wasRunning, orphans(parts[1]) { state.withLock { $0.running[parts[1]] = nil } }
            return .json("{}", status: wasRunning ? 200 : 404)
        case ("PUT", "predictions", 2):
            return create(parts[1], request)
        default:
            return .json(#"{"detail":"Not Found"}"#, status: 404)
        }
    }

    /// Whether no connection waits for the prediction.
    private func orphans(_ id: String) -> Bool { id.hasPrefix("orphan") }

    private func create(_ id: String, _ request: LoopbackServer.Request) -> LoopbackServer.Answer {
        let input = (try? JSONValue(parsing: request.bodyText))?["input"] ?? [:]
        enum Start { case run, refused(LoopbackServer.Answer) }
        let start = state.withLock { state -> Start in
            if state.health == "STARTING" || state.health == "SETUP_FAILED" {
                return .refused(notReady)
            }
            if state.health == "UNHEALTHY" { return .refused(busy) }
            if state.running[id] != nil {
                return .refused(
                    .json(
                        generation == .older
                            ? #"{"input":{},"output":null,"id":"\#(id)","version":null,"status":"processing"}"#
                            : #"{"id":"\#(id)","input":{},"logs":"","metrics":{},"status":"processing"}"#,
                        status: 202))
            }
            if state.refusals > 0 {
                state.refusals -= 1
                return .refused(busy)
            }
            guard state.running.isEmpty else { return .refused(busy) }
            guard input["text"] != nil else { return .refused(invalid) }
            state.running[id] = false
            state.mostAtATime = max(state.mostAtATime, state.running.count)
            return .run
        }
        if case .refused(let answer) = start { return answer }
        return run(id, input)
    }

    private func run(_ id: String, _ input: JSONValue) -> LoopbackServer.Answer {
        let end = Date(timeIntervalSinceNow: input["seconds"]?.doubleValue ?? 0)
        condition.lock()
        while state.withLock({ $0.running[id] }) == false, Date() < end { _ = condition.wait(until: end) }
        condition.unlock()
        let wasCanceled = state.withLock { state in
            state.predictions += 1
            return state.running.removeValue(forKey: id) == true
        }
        let text = input["text"]?.stringValue ?? ""
        switch (wasCanceled, input["mode"]?.stringValue) {
        case (true, _):
            return finished(id, status: "canceled", output: nil, error: nil)
        case (_, "fail"):
            return finished(id, status: "failed", output: nil, error: "deliberate failure")
        case (_, "crash"):
            return LoopbackServer.Answer(status: 500, body: Array("Internal Server Error".utf8))
        case (_, "lose"):
            return .lost
        default:
            return finished(id, status: "succeeded", output: "hello \(text)", error: nil)
        }
    }

    private func finished(_ id: String, status: String, output: String?, error: String?) -> LoopbackServer.Answer {
        let text = { (value: String?) in value.map { "\"\($0)\"" } ?? "null" }
        if generation == .older {
            return .json(
                """
                {"input":{"text":"a"},"output":\(text(output)),"id":null,"version":null,"created_at":null,\
                "started_at":"2026-11-23T14:19:33.474832+00:00","completed_at":"2026-11-23T14:19:33.476804+00:00",\
                "logs":"","error":\(text(error)),"status":"\(status)",\
                "metrics":\(status == "succeeded" ? #"{"predict_time":0.001972}"# : "null")}
                """)
        }
        var members = #""id":"\#(id)","logs":"","metrics":{"predict_time":0.0058},"status":"\#(status)""#
        if let output { members += #","output":"\#(output)""# }
        if let error { members += #","error":"Prediction failed: Prediction failed: ValueError: \#(error)""# }
        return .json("{\(members)}")
    }

    private var busy: LoopbackServer.Answer {
        generation == .older
            ? .json(#"{"detail":"Already running a prediction"}"#, status: 409)
            : .json(#"{"error":"At capacity - all prediction slots busy","status":"failed"}"#, status: 409)
    }

    private var notReady: LoopbackServer.Answer {
        generation == .older
            ? busy : .json(#"{"error":"Setup has not finished yet.","status":"failed"}"#, status: 503)
    }

    private var invalid: LoopbackServer.Answer {
        generation == .older
            ? .json(
                #"{"detail":[{"type":"missing","loc":["body","input","text"],"msg":"Field required","input":{}}]}"#,
                status: 422)
            : .json(
                #"{"detail":[{"loc":["body","input","text"],"msg":"Field required","type":"value_error.missing"}]}"#,
                status: 422)
    }
}
