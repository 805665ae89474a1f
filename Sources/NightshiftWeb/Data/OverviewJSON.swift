import Foundation
import LosslessJSON
import Nightshift
import NightshiftCore

/// All that the page's overview shows of a job.
struct OverviewJSON {
    var status: StatusReport
    var history: RunHistory
    var failures: [FailureGroups.Group]
    var job: Job
    var columns: [(name: String, isMatrix: Bool)]
    /// Grows with every change.
    var version: Int
    var words: ViewWords
    var now: Date

    var json: JSONValue {
        .object(identity.merging(progress) { first, _ in first }.merging(pace) { first, _ in first })
    }

    private var identity: [String: JSONValue] {
        [
            "job": .string(job.name), "manifest": .string(job.manifest.path),
            "output_directory": .string(job.outputDirectory), "version": .of(version),
            "is_alive": .bool(status.isAlive), "ending": .of(status.ending.map(words.ending)),
            "ending_text": .string(Self.sentence(words.life(status))),
            "columns": .array(
                columns.map {
                    [
                        "name": .string(ItemColumn.row($0.name).word),
                        "kind": .string($0.isMatrix ? "matrix" : "row"), "values": .null,
                    ]
                }),
            "sessions": .array(
                history.sessions.map {
                    [
                        "id": .of($0.id), "began": .of($0.beganAt), "ended": .of($0.endedAt),
                        "ending": .of($0.ending.map(words.ending)),
                        "host": .string($0.host), "version": .string($0.version),
                    ]
                }),
        ]
    }

    /// With a capital letter and a full stop.
    private static func sentence(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst() + (text.hasSuffix(".") ? "" : ".")
    }

    private var progress: [String: JSONValue] {
        let counts = status.counts
        let models = Dictionary(
            job.manifest.steps.map { ($0.name, $0.modelName) }, uniquingKeysWith: { first, _ in first })
        let steps: [JSONValue] =
            status.steps.isEmpty
            ? [["name": "", "model": .of(models[""] ?? nil), "states": counts.json]]
            : status.steps.map { step in
                [
                    "name": .string(step.name), "model": .of(models[step.name] ?? nil),
                    "states": .object(
                        Dictionary(step.states.map { ($0.state, JSONValue.of($0.count)) }) { first, _ in first }),
                ]
            }
        return [
            "items": .of(counts.items), "states": counts.json, "steps": .array(steps),
            "predictions": .of(counts.predictions), "predict_time": .of(counts.predictTime),
            "retries": .of(counts.retries), "throttles": .of(counts.throttles), "cost": money,
            "durations": [
                "waiting": Self.json(history.statistics.waiting),
                "running": Self.json(history.statistics.running),
                "download": Self.json(history.statistics.download),
            ],
            "failures": .array(failures.map(Self.json)),
            "slowest": .array(
                history.statistics.slowest.map {
                    ["key": .string($0.key), "name": .string($0.name), "duration": .of($0.duration)]
                }),
        ]
    }

    private var money: JSONValue {
        guard let cost = history.cost else { return .null }
        let counts = status.counts
        let ended = counts.succeeded + counts.failed
        let projected = ended > 0 ? cost / Double(ended) * Double(counts.items - counts.canceled) : nil
        return ["spent": .of(cost), "projected": .of(projected)]
    }

    private var pace: [String: JSONValue] {
        let live = status.live
        let hold = live?.hold
        let text = hold.flatMap { words.hold($0, now) }
        let speed = live.flatMap { Pace($0, left: status.counts) }
        return [
            "began": .of(history.beganAt ?? Timestamp(Date(timeIntervalSince1970: status.startedAt))),
            "ended": .of(history.endedAt),
            "working_time": .of(history.sessionTime.map { max(0, $0 - status.counts.blockedTime) }),
            "waiting_time": .of(status.counts.blockedTime), "rate": .of(speed?.itemsAMinute),
            "finishes_at": .of((speed?.secondsLeft).map { Timestamp(now.addingTimeInterval($0)) }),
            "in_flight": .of(live?.inFlight), "concurrency": .of(live?.concurrency ?? status.orders.concurrency),
            "hold": hold.flatMap { hold in
                text.map { ["reason": .string(hold.code), "text": .string($0), "until": .of(hold.until)] }
            } ?? .null,
            "is_paused": .bool(live?.isPaused ?? status.orders.isPaused),
            "rate_limit": .of(live?.rate ?? status.orders.rate),
        ]
    }

    static func json(_ distribution: Distribution?) -> JSONValue {
        guard let distribution else { return .null }
        return [
            "count": .of(distribution.count), "p50": .of(distribution.median), "p95": .of(distribution.percentile95),
            "max": .of(distribution.longest),
            "buckets": .array(
                distribution.buckets.map { ["from": .of($0.from), "to": .of($0.to), "count": .of($0.count)] }),
        ]
    }

    private static func json(_ group: FailureGroups.Group) -> JSONValue {
        var query = "state=failed,canceled,held "
        query += ItemFilter.text(.failureClass, equals: group.failureClass.isEmpty ? nil : group.failureClass)
        if let text = group.text, text.utf8.count <= 200 { query += " " + ItemFilter.text(.failure, equals: text) }
        return [
            "reason": .string(group.reason), "class": .of(group.failureClass.isEmpty ? nil : group.failureClass),
            "count": .of(group.count), "query": .string(query),
        ]
    }
}

/// How fast a live run goes, and how long it will take at that.
private struct Pace {
    var itemsAMinute: Double
    /// `nil` while nothing may be created: nobody knows how long a pause takes.
    var secondsLeft: Double?

    init?(_ live: LiveStatus, left counts: RunCounts) {
        let seconds = Double(live.activeTime) / 1000
        guard seconds >= 1, live.endedActively > 0 else { return nil }
        itemsAMinute = Double(live.endedActively) / seconds * 60
        let left = counts.items - counts.succeeded - counts.failed - counts.canceled - counts.held
        secondsLeft = live.isHalted || left <= 0 ? nil : Double(left) / itemsAMinute * 60
    }
}

extension RunCounts {
    fileprivate var json: JSONValue {
        let states: [(String, Int)] = [
            ("pending", pending), ("running", running), ("unknown", unknown), ("held", held), ("fetching", fetching),
            ("succeeded", succeeded), ("failed", failed), ("canceled", canceled),
        ]
        return .object(
            Dictionary(
                states.filter { $0.1 > 0 }.map { ($0.0, JSONValue.of($0.1)) }, uniquingKeysWith: { first, _ in first }))
    }
}
