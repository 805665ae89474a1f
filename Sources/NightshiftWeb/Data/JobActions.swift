import LosslessJSON
import Nightshift
import NightshiftCore

/// What the page may have done to a job: by the same way as commands in a terminal.
struct JobActions {
    let view: JobView

    /// - Parameter request: an object with `action`.
    func answer(_ request: JSONValue) async throws -> JSONValue {
        let action = request["action"]?.stringValue ?? ""
        do {
            let answer = try await perform(action, request)
            await view.forget()
            return answer
        } catch let error as EngineError {
            throw ViewError(.conflict, error.cause.rawValue, view.words.error(error))
        } catch let error as ControlError {
            throw ViewError.badRequest(error.message)
        }
    }

    private func perform(_ action: String, _ request: JSONValue) async throws -> JSONValue {
        let job = view.job
        switch action {
        case "pause":
            try await job.pause()
            return Self.done("Paused; what runs is finished.")
        case "resume":
            try await job.resume()
            return Self.done(job.isAlive ? "Resumed." : "No longer paused; no run is alive.")
        case "cancel":
            guard request["dry_run"]?.boolValue != true else {
                return [
                    "count": .of(nil as Int?), "cost": .null, "question": "Cancel what is in flight and end the run?",
                ]
            }
            let count = try await job.cancel()
            return Self.done("\(Self.items(count, "prediction")) canceled.")
        case "set":
            return try await set(request)
        case "retry": return try await retry(request)
        case "redo": return try await redo(request)
        case "rate":
            return try await remark(.rating(try number("rating", of: request)), request)
        case "tag":
            func tags(_ name: String) throws -> [String] {
                let tags = (request[name]?.arrayValue ?? []).compactMap(\.stringValue)
                guard tags.allSatisfy(TagRule.isTag) else { throw ViewError.badRequest(TagRule.expectation) }
                return tags
            }
            return try await remark(.tags(add: try tags("add"), remove: try tags("remove")), request)
        case "note": return try await remark(.note(try text("note", of: request)), request)
        default: throw ViewError.badRequest("there is no action '\(BoundedText.line(action))'")
        }
    }

    private static func done(_ sentence: String) -> JSONValue { ["done": .string(sentence)] }

    private static func items(_ count: Int, _ noun: String = "item") -> String {
        count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
    }

    private func set(_ request: JSONValue) async throws -> JSONValue {
        func has(_ name: String) -> Bool { request.objectValue?[name] != nil }
        if has("concurrency") { try await view.job.set(concurrency: try number("concurrency", of: request)) }
        if has("rate") { try await view.job.set(rate: try text("rate", of: request)) }
        return Self.done("Set.")
    }

    /// - Returns: `nil` for null, which takes something back; anything else that is no number is a mistake.
    private func number(_ name: String, of request: JSONValue) throws(ViewError) -> Int? {
        guard let value = request[name] else { throw .badRequest("'\(name)' is missing") }
        guard !value.isNull else { return nil }
        guard let number = value.intValue else { throw .badRequest("'\(name)' must be a whole number or null") }
        return number
    }

    private func text(_ name: String, of request: JSONValue) throws(ViewError) -> String? {
        guard let value = request[name] else { throw .badRequest("'\(name)' is missing") }
        guard !value.isNull else { return nil }
        guard let text = value.stringValue else { throw .badRequest("'\(name)' must be a text or null") }
        return text
    }

    private func remark(_ change: RemarkChange, _ request: JSONValue) async throws -> JSONValue {
        let count = try await view.job.remark(change, on: try await keys(request))
        return Self.done("\(Self.items(count)) changed.")
    }

    private func retry(_ request: JSONValue) async throws -> JSONValue {
        let keys = try await keys(request)
        if request["dry_run"]?.boolValue == true {
            let records = try await records(keys)
            let count = records.count {
                [.failed, .canceled, .held].contains($0.state) && $0.failureClass != Store.notSendable
            }
            let cost = try await view.expectedCost(of: count)
            let money = cost.map { ", about \(Self.money($0))" } ?? ""
            return [
                "count": .of(count), "cost": .of(cost),
                "question": .string(
                    count == 0
                        ? "None of these items can be tried again: only failed, canceled and held ones can."
                        : "\(Self.items(count)) would be tried again\(money); go on?"),
            ]
        }
        let count = try await view.job.retry(keys)
        let next = view.job.isAlive ? "the run takes them up" : "the next run takes them up"
        return Self.done(count > 0 ? "\(Self.items(count)) pending again; \(next)." : "Nothing to try again.")
    }

    private func redo(_ request: JSONValue) async throws -> JSONValue {
        let keys = try await keys(request)
        if request["dry_run"]?.boolValue == true {
            let preview = try await view.job.previewRedo(keys)
            let count = preview.keys.count
            let money = preview.cost.map { ", about \(Self.money($0))" } ?? ""
            return [
                "count": .of(count), "cost": .of(preview.cost),
                "question": .string(
                    count == 0
                        ? "None of these items can be made again: only succeeded ones can."
                        : "\(Self.items(count)) would be made again\(money); what there is goes to the folder 'previous'. Go on?"
                ),
            ]
        }
        let changes = (request["set"]?.objectValue ?? [:]).mapValues { value in
            value.stringValue.map { $0 == "random" ? InputChange.random : .text($0) } ?? .value(value)
        }
        let count = try await view.job.redo(keys, set: changes)
        let next = view.job.isAlive ? "the run takes them up" : "the next run takes them up"
        return Self.done(count > 0 ? "\(Self.items(count)) to be made again; \(next)." : "Nothing to make again.")
    }

    private static func money(_ amount: Double) -> String {
        let cents = Int((amount * 100).rounded(.up))
        return "\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
    }

    // MARK: - Items

    private func records(_ keys: [String]) async throws -> [ItemRecord] {
        let ids = try await view.ask { reports, run in try await reports.ids(ofItems: keys, in: run) }
        return try await view.records(ids)
    }

    /// Those that are named, or all that a filter means.
    private func keys(_ request: JSONValue) async throws -> [String] {
        if let keys = request["keys"]?.arrayValue {
            let named = keys.compactMap(\.stringValue)
            guard named.count == keys.count else { throw ViewError.badRequest("'keys' must be a list of item keys") }
            return named
        }
        guard let text = request["q"]?.stringValue else {
            throw ViewError.badRequest("'keys' or 'q' must say which items are meant")
        }
        let ids = try await view.ids(try ViewQuery.filter(text), by: .position)
        return try await view.ask { reports, run in try await reports.keys(ofItems: ids, in: run) }
    }
}
