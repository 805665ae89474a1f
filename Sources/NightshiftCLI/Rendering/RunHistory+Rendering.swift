import Foundation
import LosslessJSON
import Nightshift
import NightshiftCore

extension RunHistory {
    /// What a run took, as rows of a name and a text.
    /// - Parameter waiting: seconds in which there was work and room, and nothing might be created.
    func rows(waiting: Double, timeZone: TimeZone = .current) -> [[String]] {
        var rows: [[String]] = []
        if let beganAt {
            let end = endedAt.map { ", ended \(LocalTime.text($0, seenAt: beganAt, in: timeZone))" } ?? ""
            let count = sessions.count == 1 ? "" : ", \(sessions.count) sessions"
            rows.append(["began", "\(LocalTime.full(beganAt, in: timeZone))\(end)\(count)"])
        }
        if let sessionTime {
            let rest = waiting >= 1 ? ", waited \(ProgressView.text(seconds: waiting))" : ""
            rows.append(["worked", ProgressView.text(seconds: max(0, sessionTime - waiting)) + rest])
        }
        if let cost { rows.append(["cost", "about \(Money.text(cost))"]) }
        rows += statistics.rows
        return rows
    }

    var json: JSONValue {
        func number(_ value: Double?) -> JSONValue { value.flatMap { JSONNumber($0) }.map(JSONValue.number) ?? .null }
        return [
            "began": beganAt.map { .string(JournalEntry.time($0)) } ?? .null,
            "ended": endedAt.map { .string(JournalEntry.time($0)) } ?? .null, "session_time": number(sessionTime),
            "cost": number(cost),
            "sessions": .array(
                sessions.map {
                    [
                        "began": .string(JournalEntry.time($0.beganAt)),
                        "ended": $0.endedAt.map { .string(JournalEntry.time($0)) } ?? .null,
                        "ending": $0.ending.map { .string(RunEnd.text(recorded: $0)) } ?? .null,
                        "host": .string($0.host),
                        "version": .string($0.version),
                    ]
                }),
            "durations": [
                "waiting": RunStatistics.json(statistics.waiting), "running": RunStatistics.json(statistics.running),
                "download": RunStatistics.json(statistics.download),
                "duration": RunStatistics.json(statistics.duration),
            ],
            "slowest": .array(
                statistics.slowest.map {
                    [
                        "key": .string($0.key), "name": .string($0.name), "origin": .string($0.origin),
                        "duration": number($0.duration),
                    ]
                }),
        ]
    }
}

extension RunStatistics {
    fileprivate var rows: [[String]] {
        var rows: [[String]] = []
        if let duration {
            let parts = [("waiting", waiting), ("running", running), ("download", download)].compactMap { name, part in
                part.map { "\(name) \(Self.text($0.median)) / \(Self.text($0.percentile95))" }
            }
            rows.append(["an item", "\(Self.text(duration.median)) (p50), \(Self.text(duration.percentile95)) (p95)"])
            if !parts.isEmpty { rows.append(["", parts.joined(separator: ", ")]) }
        }
        for (index, item) in slowest.enumerated() where slowest.count > 1 {
            rows.append([
                index == 0 ? "slowest" : "",
                "\(ItemLabel.text(name: item.name, origin: item.origin)) \(Self.text(item.duration))",
            ])
        }
        return rows
    }

    /// `0.3 s`, `42 s` or `1h 05m`.
    private static func text(_ seconds: Double) -> String {
        if seconds < 10 { return "\((seconds * 10).rounded() / 10) s" }
        return seconds < 120 ? "\(Int(saturating: seconds.rounded())) s" : ProgressView.text(seconds: seconds)
    }

    fileprivate static func json(_ distribution: Distribution?) -> JSONValue {
        guard let distribution else { return .null }
        func number(_ value: Double) -> JSONValue { JSONNumber(value).map(JSONValue.number) ?? .null }
        return [
            "count": .number(JSONNumber(distribution.count)), "p50": number(distribution.median),
            "p95": number(distribution.percentile95), "max": number(distribution.longest),
        ]
    }
}

/// How items are called: by what their files are named after, and where their rows are.
enum ItemLabel {
    /// `portrait-0157 (prompts.csv:158)`.
    static func text(name: String, origin: String) -> String { "\(name.oneLine) (\(origin.oneLine))" }
}

/// Sums for people; no currency is known.
enum Money {
    static func text(_ amount: Double) -> String {
        String(format: amount < 1 ? "%.4f" : "%.2f", amount)
    }
}
