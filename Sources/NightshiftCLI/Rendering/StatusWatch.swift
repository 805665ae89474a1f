import Foundation
import LosslessJSON
import Nightshift
import NightshiftCore

/// Shows how a job stands again and again until no run is alive: a block on a terminal, lines elsewhere.
struct StatusWatch {
    let format: OutputFormat
    var terminal = Terminal.standardError
    var output: (String) throws -> Void = CommandContext.output

    private static let timeBetweenBlocks = Duration.milliseconds(500)
    private static let timeBetweenLines = Duration.seconds(60)
    private static let timeBetweenValues = Duration.seconds(1)

    /// - Parameter look: asks how the job stands now.
    /// - Returns: how it stands when the run has ended.
    func follow(_ look: () async throws -> StatusReport) async throws -> StatusReport {
        defer { terminal.endBlock() }
        var saidLineAt: ContinuousClock.Instant?
        var saidWaiting: String?
        while true {
            let status = try await look()
            guard status.isAlive else { return status }
            switch format {
            case .json:
                try output(RunEvents(job: status.job).status(status).jsonString())
                try await Task.sleep(for: Self.timeBetweenValues)
            case .live:
                terminal.draw(status.view(at: Date()).lines(terminal.currentSize, at: Date()))
                try await Task.sleep(for: Self.timeBetweenBlocks)
            case .lines, .quiet:
                let now = ContinuousClock.now
                let waiting = status.live?.hold?.sentence(at: Date())
                // A line is due, or something has happened that a person wants to know.
                if saidLineAt.map({ $0.duration(to: now) >= Self.timeBetweenLines }) ?? true || waiting != saidWaiting {
                    (saidLineAt, saidWaiting) = (now, waiting)
                    let clock = LocalTime.full(Timestamp(Date()), in: .current)
                    for line in status.sentences(at: Date()) { terminal.say("\(clock)  \(line)") }
                }
                try await Task.sleep(for: Self.timeBetweenBlocks)
            }
        }
    }
}

extension StatusReport {
    /// The exit code of the session that has ended.
    var exitStatus: ExitStatus {
        ending.map { ExitStatus(ending: $0, counts: counts) } ?? .interrupted
    }

    /// The live screen of a run of another process.
    func view(at now: Date) -> LiveView {
        LiveView(
            job: job, progress: progress, steps: steps.map { LiveView.Step($0) },
            sessionTime: live.map { max(0, $0.startedAt.duration(to: Timestamp(now)).inSeconds) } ?? 0)
    }

    /// A line of counts, and what is to be known beside it.
    fileprivate func sentences(at now: Date) -> [String] { [progress.line(width: 200, at: now)] + notes }

    private var progress: ProgressView {
        guard let live else { return ProgressView(counts: counts, elapsed: 0, ended: 0) }
        var pace = RunPace(
            activeTime: Double(live.activeTime) / 1000, ended: live.endedActively, isHalted: live.isHalted)
        (pace.inFlight, pace.slots, pace.mostSlots) = (live.inFlight, live.concurrency, live.concurrency)
        return ProgressView(
            counts: counts, isThrottled: live.isThrottled, hold: live.hold, isPaused: live.isPaused || live.isHalted,
            pace: pace, elapsed: pace.activeTime, ended: live.endedActively)
    }

    private var notes: [String] {
        guard let live else {
            return ["no more is known of it: the run is starting or ending, or it belongs to another user"]
        }
        return ["\(live.inFlight) of at most \(live.concurrency) in flight · rate \(live.rate)"]
            + (live.hold?.sentence(at: Date()).map { [$0.messageLine] } ?? [])
    }

    /// How the run stands or has ended.
    var life: String {
        if isAlive { return "running" }
        if ending == RunEnd.partial.word { return "partial: \(counts.pending) of \(counts.items) items are left to do" }
        return ending.map { RunEnd.text(recorded: $0).messageLine }
            ?? "not running; the last session did not end by itself"
    }

    func text(_ commandLine: JobCommandLine, at now: Date = Date()) -> String {
        var rows = [["job", job], ["run", life]]
        if let live {
            let view = progress
            rows.append(["now", "\(live.inFlight) of at most \(live.concurrency) in flight, rate \(live.rate)"])
            if let waiting = live.hold?.sentence(at: now) { rows.append(["", waiting.messageLine]) }
            if let rate = view.rate { rows.append(["speed", "\(Int(saturating: rate.rounded())) items a minute"]) }
            if let left = view.remaining { rows.append(["time left", ProgressView.text(seconds: left)]) }
        } else if orders.isPaused {
            rows.append(["", "paused by a person; go on with: \(commandLine("resume"))"])
        }
        if let settings = orders.settings { rows.append(["as told", settings]) }
        rows += counts.named.filter { $0.count > 0 }.map { [$0.name, "\($0.count)"] }
        rows += steps.map { ["  \($0.name)", $0.text] }
        rows += counts.spending.map { [$0.name, $0.text] }
        rows += history?.rows(waiting: counts.blockedTime) ?? []
        rows.append(["outputs", outputDirectory])
        var lines = [Table(rows: rows).text]
        if !failureReasons.isEmpty {
            lines += ["", "failed, canceled or held because:"]
            lines += failureReasons.map { "  \($0.count) × \($0.reason.messageLine)" }
        }
        if !heldItems.isEmpty {
            lines += ["", "held until you decide:"]
            lines += heldItems.map {
                "  \(ItemLabel.text(name: $0.name, origin: $0.origin)): \($0.reason.messageLine)"
            }
            if counts.held > heldItems.count {
                lines.append("  … and \(counts.held - heldItems.count) more: \(commandLine("items", "--in", "held"))")
            }
            lines.append("if you find an item's prediction: \(commandLine("adopt", "ITEM", "PREDICTION"))")
            lines.append("if it was never made: \(commandLine("retry", "ITEM"))")
        }
        if unsendable > 0 { lines += ["", Advice.unsendable(unsendable, commandLine)] }
        return lines.joined(separator: "\n")
    }

    var json: JSONValue {
        [
            "job": .string(job), "is_alive": .bool(isAlive),
            "ending": ending.map { .string(RunEnd.text(recorded: $0)) } ?? .null,
            "started_at": JSONNumber(startedAt).map(JSONValue.number) ?? .null, "counts": counts.json,
            "output_directory": .string(outputDirectory),
            "failure_reasons": .array(failureReasons.map(\.json)),
            "steps": .array(steps.map(\.json)),
            "held": .array(
                heldItems.map {
                    [
                        "key": .string($0.key), "name": .string($0.name), "origin": .string($0.origin),
                        "reason": .string($0.reason),
                    ]
                }),
            "unsendable": .number(JSONNumber(unsendable)), "orders": .object(orders.json), "live": live?.json ?? .null,
            "history": history?.json ?? .null,
        ]
    }
}

extension StatusReport.StepCounts {
    /// `98 succeeded, 2 failed`.
    fileprivate var text: String {
        states.map { "\($0.count) \($0.state)" }.joined(separator: ", ")
    }

    fileprivate var json: JSONValue {
        [
            "step": .string(name),
            "states": .object(
                Dictionary(states.map { ($0.state, JSONValue.number(JSONNumber($0.count))) }) { first, _ in first }),
        ]
    }
}
