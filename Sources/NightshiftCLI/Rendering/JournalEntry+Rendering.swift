import Foundation
import LosslessJSON
import Nightshift
import NightshiftCore
import ReplicateAPI

extension JournalEntry {
    /// What happened, in one sentence without a full stop.
    func sentence(timeZone: TimeZone = .current) -> String {
        func count(_ name: String) -> Int { facts[name]?.intValue ?? 0 }
        func text(_ name: String) -> String? { facts[name]?.stringValue }
        switch Kind(rawValue: kind) {
        case .inputSet:
            let parts = ["new", "changed", "done", "withdrawn", "invalid"].filter { count($0) > 0 }
            return "the input set was read: \(Self.items(count("items")))"
                + (parts.isEmpty ? "" : "; " + parts.map { "\(count($0)) \($0)" }.joined(separator: ", "))
        case .sessionBegan:
            return "a session began on \(text("host") ?? "?"), nightshift \(text("version") ?? "?")"
        case .sessionEnded:
            return "the session ended: \(text("ending").map { RunEnd.text(recorded: $0) } ?? "?")"
        case .held:
            guard let hold = CreateHold(json: facts) else { return "nothing is created" }
            return "nothing is created: \(hold.sentence(at: at.date, timeZone: timeZone) ?? hold.code)"
        case .released: return "creating goes on"
        case .announced:
            let until = facts["until"]?.intValue.map { Timestamp(milliseconds: Int64($0)) }
            let announcement = text("code").flatMap { Announcement(code: $0, facts: facts, until: until) }
            return announcement?.sentence(at: at.date, timeZone: timeZone) ?? text("text") ?? kind
        case .paused: return "paused by a person; what runs is finished"
        case .resumed: return "resumed by a person"
        case .set:
            let settings = [
                facts["concurrency"]?.intValue.map { "concurrency \($0)" }, text("rate").map { "rate \($0)" },
            ].compactMap { $0 }
            return settings.isEmpty
                ? "a person has concurrency and rate as the manifest says"
                : "a person has set \(settings.joined(separator: ", "))"
        case .retryAsked: return "a person has \(Self.items(count("items"))) tried again"
        case .redoAsked: return "a person has \(Self.items(count("items"))) made again that had results"
        case .adopted: return "a person gave item \(text("key") ?? "?") the prediction \(text("prediction_id") ?? "?")"
        case .cancelAsked: return "a person has what is in flight canceled"
        case .retries:
            let attempts = count("count") == 1 ? "1 attempt has failed" : "\(count("count")) attempts have failed"
            return "\(attempts) as \(text("class") ?? "?") and will be tried again; the last: \(text("key") ?? "?"): "
                + (text("message") ?? "")
        case nil: return "\(kind) \(facts.jsonString())"
        }
    }

    /// As programs read it.
    static func time(_ instant: Timestamp) -> String { APITime.format(instant.date) }

    private static func items(_ count: Int) -> String { count == 1 ? "1 item" : "\(count) items" }

    /// `2026-11-28 02:05:31  paused by a person`.
    func line(timeZone: TimeZone = .current) -> String {
        "\(LocalTime.full(at, in: timeZone))  \(sentence(timeZone: timeZone).messageLine)"
    }

    var json: JSONValue {
        [
            "v": 1, "id": .number(JSONNumber(id)), "time": .string(Self.time(at)),
            "session": session.map { .number(JSONNumber($0)) } ?? .null, "kind": .string(kind), "facts": facts,
            "text": .string(sentence()),
        ]
    }
}
