import ArgumentParser
import Foundation
import JSON
import Nightshift

/// `nightshift status`: how a job stands, from its store; a run may go on meanwhile.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how a job stands; works while a run goes on.")

    @OptionGroup var job: JobOptions

    func run() async throws {
        let status = try await CommandContext.live.engine(stateDirectory: job.state).status(job.manifest)
        CommandContext.output(job.json ? status.json.jsonString() : status.text)
    }
}

extension StatusReport {
    private var life: String {
        if isAlive { return "running" }
        return ending ?? "not running; the last session did not end by itself"
    }

    var text: String {
        var rows = [["job", job], ["run", life]]
        rows += counts.named.filter { $0.count > 0 }.map { [$0.name, "\($0.count)"] }
        rows.append(["predictions", "\(counts.predictions)"])
        rows.append(["predict time", String(format: "%.1f s", counts.predictTime)])
        rows.append(["outputs", outputDirectory])
        let reasons = failureReasons.map { "  \($0.count) × \($0.reason.oneLine)" }
        return ([Table(rows: rows).text] + (reasons.isEmpty ? [] : ["", "failed or held because:"] + reasons))
            .joined(separator: "\n")
    }

    var json: JSONValue {
        [
            "job": .string(job), "is_alive": .bool(isAlive), "ending": ending.map(JSONValue.string) ?? .null,
            "started_at": JSONNumber(startedAt).map(JSONValue.number) ?? .null, "counts": counts.json,
            "output_directory": .string(outputDirectory),
            "failure_reasons": .array(failureReasons.map(\.json)),
        ]
    }
}
