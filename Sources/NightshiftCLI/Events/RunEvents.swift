import LosslessJSON
import Nightshift
import NightshiftCore

/// What a run tells to programs: each event is one JSON object on a line of its own.
enum RunEvents {
    static func expanding(items: Int) -> JSONValue {
        event("expanding", ["items": .number(JSONNumber(items))])
    }

    static func planned(_ plan: RunPlanCounts) -> JSONValue {
        event(
            "planned",
            [
                "items": .number(JSONNumber(plan.items)), "new": .number(JSONNumber(plan.new)),
                "changed": .number(JSONNumber(plan.changed)), "withdrawn": .number(JSONNumber(plan.withdrawn)),
                "repeated": .number(JSONNumber(plan.repeated)), "done": .number(JSONNumber(plan.done)),
                "invalid": .number(JSONNumber(plan.invalid)),
            ])
    }

    static func started(_ counts: RunCounts) -> JSONValue {
        event("started", ["counts": counts.json])
    }

    static func item(_ change: ItemChange) -> JSONValue {
        event(
            "item",
            [
                "key": .string(change.key), "state": .string(change.state),
                "attempt": .number(JSONNumber(change.attempt)),
                "prediction": change.predictionID.map(JSONValue.string) ?? .null,
                "reason": change.reason.map(JSONValue.string) ?? .null,
            ])
    }

    static func progress(_ view: ProgressView) -> JSONValue {
        func whole(_ number: Double?) -> JSONValue {
            number.map { .number(JSONNumber(Int(saturating: min($0, 1e15).rounded()))) } ?? .null
        }
        return event(
            "progress",
            [
                "counts": view.counts.json, "is_throttled": .bool(view.isThrottled), "is_paused": .bool(view.isPaused),
                "hold": view.hold?.json ?? .null,
                "items_per_minute": whole(view.rate), "seconds_left": whole(view.remaining),
            ])
    }

    static func held(_ hold: RunHold?) -> JSONValue {
        event("held", ["hold": hold?.cause.json ?? .null])
    }

    static func announced(_ announcement: RunAnnouncement) -> JSONValue {
        event(
            "announced",
            [
                "kind": .string(announcement.kind), "code": .string(announcement.code),
                "facts": .object(announcement.announcement.facts),
                "text": .string(announcement.announcement.sentence()),
                "until": announcement.until.flatMap { JSONNumber($0) }.map(JSONValue.number) ?? .null,
            ])
    }

    static func ordered(_ orders: RunOrders) -> JSONValue {
        event("ordered", orders.json)
    }

    static func warning(_ message: String) -> JSONValue {
        event("warning", ["message": .string(message)])
    }

    static func ended(_ report: RunReport) -> JSONValue {
        event(
            "ended",
            [
                "end": .string(report.end.word), "reason": report.end.reason.map(JSONValue.string) ?? .null,
                "facts": .object(report.end.facts),
                "counts": report.counts.json, "output_directory": .string(report.outputDirectory),
                "failure_reasons": .array(report.failureReasons.map(\.json)),
                "missing_files": .number(JSONNumber(report.missingFiles)),
                "unsendable": .number(JSONNumber(report.unsendable)),
            ])
    }

    private static func event(_ name: String, _ members: [String: JSONValue]) -> JSONValue {
        .object(members.merging(["event": .string(name)]) { _, name in name })
    }
}

extension RunOrders {
    var json: [String: JSONValue] {
        [
            "is_paused": .bool(isPaused), "concurrency": concurrency.map { .number(JSONNumber($0)) } ?? .null,
            "rate": rate.map(JSONValue.string) ?? .null,
        ]
    }

    /// The settings that differ from the manifest.
    var settings: String? {
        let parts = [concurrency.map { "concurrency \($0)" }, rate.map { "rate \($0)" }].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}

extension RunReport.FailureReason {
    var json: JSONValue {
        ["reason": .string(reason), "count": .number(JSONNumber(count))]
    }
}
