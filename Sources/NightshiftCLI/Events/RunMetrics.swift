import Foundation
import Nightshift
import NightshiftCore

/// How a run stands, as Prometheus reads it from a text file.
struct RunMetrics: Sendable {
    var job: String
    var startedAt: Date
    var counts: RunCounts?
    var pace = RunPace(activeTime: 0, ended: 0, isHalted: false)
    var hold: RunHold?
    /// When the session ended, and the word for how.
    var ended: (at: Date, end: String)?

    init(job: String, startedAt: Date = Date()) {
        self.job = job
        self.startedAt = startedAt
    }

    mutating func take(_ update: RunUpdate) {
        switch update {
        case .started(let counts), .progressed(let counts, _, _): self.counts = counts
        case .paced(let pace): self.pace = pace
        case .held(let hold): self.hold = hold
        case .expanding, .planned, .earlierWork, .steps, .announced, .ordered, .warning, .exporting, .exported: break
        }
    }

    mutating func end(_ report: RunReport, at now: Date = Date()) {
        counts = report.counts
        pace.inFlight = 0
        pace.cost = report.history?.cost ?? pace.cost
        end(report.end.word, at: now)
    }

    mutating func end(_ word: String, at now: Date = Date()) {
        hold = nil
        ended = (now, word)
    }

    /// The reasons of ``RunHold``; each is a series, so that a rule can ask for any of them. A rate that is used up for a moment is
    /// none of them.
    private static let holds = CreateHold.codes.filter { $0 != "rate" }

    /// The file's content, by the text format of Prometheus.
    var text: String {
        var text = MetricsText(labels: [("job", job)])
        if let counts {
            let states = counts.named.filter { $0.name != "items" }
            text.add(
                "nightshift_items", .gauge, "Items by state.",
                states.map { ([("state", $0.name)], Double($0.count)) })
            text.add("nightshift_predictions_total", .counter, "Predictions made.", Double(counts.predictions))
            text.add(
                "nightshift_predict_seconds_total", .counter, "Seconds computed, as the provider counts them.",
                counts.predictTime)
            text.add(
                "nightshift_retries_total", .counter, "Attempts that another one followed.", Double(counts.retries))
            text.add("nightshift_throttles_total", .counter, "Creates answered with 429.", Double(counts.throttles))
        }
        if let cost = pace.cost {
            text.add("nightshift_cost_total", .counter, "What was spent by the manifest's prices.", cost)
        }
        text.add("nightshift_in_flight", .gauge, "Predictions in flight.", Double(pace.inFlight))
        text.add("nightshift_slots", .gauge, "Predictions that may be in flight at most.", Double(pace.mostSlots))
        text.add(
            "nightshift_hold", .gauge, "1 for the reason why nothing is created now.",
            Self.holds.map { ([("reason", $0)], $0 == hold?.reason ? 1 : 0) })
        text.add(
            "nightshift_session_start_timestamp_seconds", .gauge, "When the session began.",
            startedAt.timeIntervalSince1970)
        if let ended {
            text.add(
                "nightshift_session_end_timestamp_seconds", .gauge, "When the session ended, and how.",
                [([("end", ended.end)], ended.at.timeIntervalSince1970)])
        }
        return text.text
    }
}

/// Lines of the text format of Prometheus.
struct MetricsText {
    enum Kind: String {
        case counter, gauge
    }

    /// What every sample is labelled with.
    let labels: [(name: String, value: String)]
    private(set) var text = ""

    init(labels: [(name: String, value: String)]) {
        self.labels = labels
    }

    mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        add(name, kind, help, [([], value)])
    }

    mutating func add(
        _ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: [(String, String)], value: Double)]
    ) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        for sample in samples {
            let all = (labels + sample.labels).map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
            text += "\(name){\(all)} \(Self.number(sample.value))\n"
        }
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func number(_ value: Double) -> String {
        value.rounded() == value && abs(value) < 1e15 ? "\(Int(saturating: value))" : "\(value)"
    }
}
