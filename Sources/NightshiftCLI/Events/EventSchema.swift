import LosslessJSON
import Nightshift
import NightshiftCore

/// The JSON Schema of what ``RunEvents`` tells: each line that `run --json` and `status --json` print fits it.
enum EventSchema {
    /// The types of events, by their words.
    enum Kind: String, CaseIterable {
        case expanding, planned, started, item, progress, held, announced, ordered, warning, error, exported, ended,
            status
    }

    /// The schema by draft 2020-12.
    static var document: JSONValue {
        [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "urn:nightshift:events:1",
            "title": "An event of nightshift",
            "description": .string(
                "A line of 'nightshift run --json' or 'nightshift status --json'. A run's last line has the type 'ended', "
                    + "whatever happens, as long as the process is not killed. There may be new members and new types in later "
                    + "versions with the same 'v'."),
            "type": "object",
            "required": ["v", "time", "job", "type"],
            "properties": [
                "v": ["const": .number(JSONNumber(RunEvents.version))],
                "time": Shape.time.described("When it happened, in UTC with milliseconds."),
                "job": Shape.optional(Shape.text).described(
                    "The job's name; null where the manifest could not be read."),
                "type": ["enum": .array(Kind.allCases.map { .string($0.rawValue) })],
            ],
            "oneOf": .array(Kind.allCases.map { ["$ref": .string("#/$defs/\($0.rawValue)")] }),
            "$defs": .object(definitions),
        ]
    }

    private static var definitions: [String: JSONValue] {
        var definitions: [String: JSONValue] = [
            "counts": counts, "hold": hold, "file": file, "failure_reason": failureReason,
            "history": EventSchema.history,
            "live": live, "export": Shape.object(export),
        ]
        for kind in Kind.allCases {
            var members = members(of: kind)
            // Their shapes are the same for all.
            for name in ["v", "time", "job"] { members[name] = .bool(true) }
            members["type"] = ["const": .string(kind.rawValue)]
            definitions[kind.rawValue] = Shape.object(members).described(description(of: kind))
        }
        return definitions
    }

    private static func description(of kind: Kind) -> String {
        switch kind {
        case .expanding: "The input set is being read, and has had so many items so far."
        case .planned: "The input set is known, and compared with what was done before."
        case .started: "The session begins to create and to watch."
        case .item: "An item has changed its state; the change is on disk."
        case .progress: "How the run stands; at most one a second."
        case .held: "Why nothing is created from now on, or null when creating may go on."
        case .announced: "The run behaves differently from now on: a pause, a lower rate, a window."
        case .ordered: "A person at another terminal has told the run something."
        case .warning: "Something does not work that the run can do without."
        case .error: "What ends the command before or in the middle of a run; 'ended' follows."
        case .exported: "An export that the manifest asks for was made, or has failed."
        case .ended: "How the session ended. Nothing follows."
        case .status: "How a job stands."
        }
    }

    private static func members(of kind: Kind) -> [String: JSONValue] {
        switch kind {
        case .expanding: ["items": Shape.count]
        case .planned:
            Shape.counts("items", "new", "changed", "withdrawn", "repeated", "done", "invalid")
        case .started: ["counts": Shape.reference("counts"), "output_directory": Shape.optional(Shape.text)]
        case .item:
            [
                "key": Shape.text.described("What tells it from the other items of the job, and stays the same."),
                "name": Shape.text.described("What its files are named after."),
                "origin": Shape.text.described("Where its row was read, such as rows.csv:7."),
                "step": Shape.optional(Shape.text).described("Null in a manifest without 'steps'."),
                "state": Shape.oneOf(ItemState.allCases.map(\.rawValue)), "attempt": Shape.count,
                "prediction": Shape.optional(Shape.text),
                "reason": Shape.optional(Shape.text).described("Why an attempt failed, or why the item is held."),
                "files": Shape.list(Shape.reference("file")).described("Once it has succeeded."),
                "predict_time": Shape.optional(Shape.amount).described(
                    "Seconds computed by the attempt that has ended by this."),
                "cost": Shape.optional(Shape.amount).described(
                    "What that attempt costs by the manifest's prices; null where none has ended or no price is known. The sum "
                        + "of all events is what the session has spent."),
            ]
        case .progress:
            [
                "counts": Shape.reference("counts"), "is_throttled": Shape.flag, "is_paused": Shape.flag,
                "hold": Shape.optional(Shape.reference("hold")), "in_flight": Shape.count, "slots": Shape.count,
                "cost": Shape.optional(Shape.amount), "items_per_minute": Shape.optional(Shape.count),
                "seconds_left": Shape.optional(Shape.count),
            ]
        case .held: ["hold": Shape.optional(Shape.reference("hold"))]
        case .announced:
            [
                "kind": Shape.text, "code": Shape.oneOf(Announcement.Code.allCases.map(\.rawValue)),
                "facts": Shape.anyObject, "text": Shape.text,
                "until": Shape.optional(Shape.amount).described("Seconds since 1970."),
            ]
        case .ordered: orders
        case .warning: ["message": Shape.text]
        case .error:
            [
                "code": Shape.oneOf(EngineError.Cause.allCases.map(\.rawValue)), "message": Shape.text,
                "facts": Shape.anyObject, "advice": Shape.list(Shape.text), "exit_status": Shape.count,
            ]
        case .exported: export
        case .ended: ended
        case .status: status
        }
    }

    private static var ended: [String: JSONValue] {
        [
            "end": Shape.oneOf([
                "completed", "partial", "interrupted", "refused", "budget", "breaker", "canary", "disk", "check",
                "canceled",
                "error",
            ]),
            "code": Shape.optional(Shape.text).described("Which budget or breaker it was, or the code of the error."),
            "reason": Shape.optional(Shape.text), "facts": Shape.anyObject, "exit_status": Shape.count,
            "counts": Shape.optional(Shape.reference("counts")).described("Null where the run could not begin."),
            "output_directory": Shape.optional(Shape.text), "cost": Shape.optional(Shape.amount),
            "failure_reasons": Shape.list(Shape.reference("failure_reason")), "missing_files": Shape.count,
            "unsendable": Shape.count,
            "exports": Shape.list(Shape.reference("export")).described("Those that the manifest asks for."),
        ]
    }

    private static var export: [String: JSONValue] {
        let count = Shape.optional(Shape.count)
        return [
            "directory": Shape.text, "formats": Shape.list(Shape.oneOf(ExportFormat.allCases.map(\.rawValue))),
            "complete": Shape.flag.described("Whether all that was to be exported has succeeded and is there."),
            "items": count, "failed": count, "unfinished": count, "files": count, "removed": count, "missing": count,
            "code": Shape.optional(Shape.text).described("The code of the error if it failed."),
            "reason": Shape.optional(Shape.text),
        ]
    }

    private static var orders: [String: JSONValue] {
        [
            "is_paused": Shape.flag, "concurrency": Shape.optional(Shape.count), "rate": Shape.optional(Shape.text),
        ]
    }
}

// MARK: - What several events have

extension EventSchema {
    private static var counts: JSONValue {
        Shape.object(
            Shape.counts(
                "items", "pending", "running", "unknown", "held", "fetching", "succeeded", "failed", "canceled",
                "withdrawn",
                "predictions", "retries", "unbilled", "throttles"
            ).merging(["predict_time": Shape.amount, "held_up": Shape.amount]) { $1 })
    }

    private static var hold: JSONValue {
        Shape.object(
            [
                "reason": Shape.oneOf(CreateHold.codes),
                "detail": Shape.text, "until": Shape.count.described("Milliseconds since 1970."),
            ], optional: ["detail", "until"])
    }

    private static var file: JSONValue {
        Shape.object([
            "path": Shape.text.described("Relative to the output directory."), "media_type": Shape.optional(Shape.text),
            "size": Shape.count, "sha256": Shape.text,
        ])
    }

    private static var failureReason: JSONValue { Shape.object(["reason": Shape.text, "count": Shape.count]) }

    private static var status: [String: JSONValue] {
        [
            "is_alive": Shape.flag, "ending": Shape.optional(Shape.text), "started_at": Shape.amount,
            "counts": Shape.reference("counts"), "output_directory": Shape.text,
            "failure_reasons": Shape.list(Shape.reference("failure_reason")),
            "steps": Shape.list(Shape.object(["step": Shape.text, "states": Shape.anyObject])),
            "held": Shape.list(
                Shape.object(["key": Shape.text, "name": Shape.text, "origin": Shape.text, "reason": Shape.text])),
            "unsendable": Shape.count, "orders": Shape.object(orders), "live": Shape.optional(Shape.reference("live")),
            "history": Shape.optional(Shape.reference("history")),
        ]
    }

    private static var live: JSONValue {
        Shape.object(
            Shape.counts(
                "predictions", "retries", "started_at", "ended_before", "in_flight", "concurrency", "active_time",
                "ended_actively"
            ).merging([
                "items": Shape.anyObject, "predict_time": Shape.amount, "rate": Shape.text, "is_paused": Shape.flag,
                "is_throttled": Shape.flag, "is_halted": Shape.flag, "hold": Shape.optional(Shape.reference("hold")),
                "ending": Shape.optional(Shape.text),
            ]) { $1 })
    }

    private static var history: JSONValue {
        let distribution = Shape.optional(
            Shape.object(["count": Shape.count, "p50": Shape.amount, "p95": Shape.amount, "max": Shape.amount]))
        return Shape.object([
            "began": Shape.optional(Shape.time), "ended": Shape.optional(Shape.time),
            "session_time": Shape.optional(Shape.amount), "cost": Shape.optional(Shape.amount),
            "sessions": Shape.list(
                Shape.object([
                    "began": Shape.time, "ended": Shape.optional(Shape.time), "ending": Shape.optional(Shape.text),
                    "host": Shape.text, "version": Shape.text,
                ])),
            "durations": Shape.object([
                "waiting": distribution, "running": distribution, "download": distribution, "duration": distribution,
            ]),
            "slowest": Shape.list(
                Shape.object([
                    "key": Shape.text, "name": Shape.text, "origin": Shape.text,
                    "duration": Shape.optional(Shape.amount),
                ])),
        ])
    }
}

/// The shapes of values.
private enum Shape {
    static let text: JSONValue = ["type": "string"]
    static let flag: JSONValue = ["type": "boolean"]
    static let count: JSONValue = ["type": "integer", "minimum": 0]
    static let amount: JSONValue = ["type": "number", "minimum": 0]
    static let anyObject: JSONValue = ["type": "object"]
    static let time: JSONValue = [
        "type": "string", "pattern": #"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d+Z$"#,
    ]

    static func oneOf(_ words: [String]) -> JSONValue { ["enum": .array(words.map { .string($0) })] }

    static func list(_ element: JSONValue) -> JSONValue { ["type": "array", "items": element] }

    static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/$defs/\(name)")] }

    static func optional(_ shape: JSONValue) -> JSONValue { ["anyOf": [shape, ["type": "null"]]] }

    static func counts(_ names: String...) -> [String: JSONValue] {
        Dictionary(names.map { ($0, count) }) { first, _ in first }
    }

    /// An object that has all of these members, but for those that are optional.
    static func object(_ members: [String: JSONValue], optional: Set<String> = []) -> JSONValue {
        [
            "type": "object", "properties": .object(members),
            "required": .array(members.keys.filter { !optional.contains($0) }.sorted().map { .string($0) }),
        ]
    }
}

extension JSONValue {
    fileprivate func described(_ text: String) -> JSONValue {
        .object((objectValue ?? [:]).merging(["description": .string(text)]) { $1 })
    }
}
