import ArgumentParser
import Foundation
import LosslessJSON
import Nightshift
import NightshiftCore

/// `nightshift show`: all that is known of one item.
struct ShowCommand: AsyncParsableCommand, JobCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show all that is known of one item: row, input, attempts, files.")

    @OptionGroup var job: JobOptions

    @Argument(help: "The item's key, the beginning of it, or its output name.")
    var item: String

    func run() async throws {
        let opened = try job.open()
        let detail = try await opened.show(item: item)
        let unsendable = try await opened.unsendableItems()
        try CommandContext.output(
            job.json ? detail.json.jsonString() : detail.text(job.commandLine, unsendable: unsendable).printable)
    }
}

extension ItemDetail {
    /// - Parameter unsendable: how many items of the job cannot be sent as they are.
    func text(_ commandLine: JobCommandLine, unsendable: Int = 0) -> String {
        var rows = [
            ["key", summary.key], ["state", summary.state.rawValue], ["from", summary.origin],
            ["outputs named", summary.name], ["attempts", attemptsText],
        ]
        if let id = summary.predictionID { rows.append(["prediction", id]) }
        for (label, name) in [("model", "model"), ("version", "version"), ("predict time", "predict_time")] {
            if let value = result?[name] ?? result?["metrics"]?[name] {
                rows.append([label, value.stringValue ?? value.jsonString() + (name == "predict_time" ? " s" : "")])
            }
        }
        if let intentAt { rows.append(["sent", intentAt.text]) }
        if let dueAt { rows.append(["next attempt", dueAt.text]) }
        if let finishedAt { rows.append(["ended", finishedAt.text]) }
        var reason: [String] = []
        if summary.state != .succeeded, let failure = summary.failure {
            let label = summary.failureClass.map { "\($0): " } ?? ""
            rows.append(["reason", label + failure.messageLine])
            // Elsewhere it is cut to a line; here is all of it.
            if failure.messageLine != failure.oneLine || failure.contains(where: \.isNewline) {
                reason = ["", "the whole reason"] + failure.split(separator: "\n").map { "  \($0)" }
            }
        }
        var lines = [Table(rows: rows).text] + reason + ["", "row", indented(row), "", "input", indented(input)]
        if !attempts.isEmpty {
            lines += ["", "attempts without a result"]
            lines += Table(rows: attempts.map(\.row)).text.split(separator: "\n").map { "  \($0)" }
        }
        if summary.state != .succeeded, let failure = summary.failure, failure.oneLine != failure {
            lines += ["", "the reason as it was given"]
            lines += failure.split(whereSeparator: \.isNewline).map { "  \($0)" }
        }
        if let output = result?["output"] { lines += ["", "output", indented(output)] }
        if !files.isEmpty {
            lines += ["", "files in \(outputDirectory)"]
            lines += Table(rows: files.map(\.row)).text.split(separator: "\n").map { "  \($0)" }
        }
        if !previousResults.isEmpty {
            lines += ["", "earlier results"]
            lines += Table(rows: previousResults.map(\.row)).text.split(separator: "\n").map { "  \($0)" }
        }
        if let next = Advice.item(summary, commandLine, unsendable: unsendable) { lines += ["", next] }
        return lines.joined(separator: "\n")
    }

    private var attemptsText: String {
        var text = "\(summary.attempts)"
        if failures > 0 { text += ", \(failures) failed" }
        if excused > 0 { text += ", \(excused) not the item's fault" }
        return text
    }

    private func indented(_ value: JSONValue) -> String {
        value.jsonString(indented: true).split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
    }

    var json: JSONValue {
        var members = summary.json.objectValue ?? [:]
        members["row"] = row
        members["input"] = input
        members["failures"] = .number(JSONNumber(failures))
        members["excused"] = .number(JSONNumber(excused))
        members["due_at"] = dueAt.json
        members["sent_at"] = intentAt.json
        members["ended_at"] = finishedAt.json
        members["result"] = result ?? .null
        members["output_directory"] = .string(outputDirectory)
        members["failed_attempts"] = .array(attempts.map(\.json))
        members["files"] = .array(files.map(\.json))
        members["previous_results"] = .array(previousResults.map(\.json))
        return .object(members)
    }
}

extension ItemDetail.Attempt {
    fileprivate var row: [String] {
        [
            "\(ordinal)", endedAt.text, predictionID ?? "no prediction",
            predictTime.map { String(format: "%.1f s", $0) } ?? "",
            "\(failureClass): \(failure.messageLine)"
                + (kept.isEmpty ? "" : "; kept as \(kept.joined(separator: ", "))"),
        ]
    }

    fileprivate var json: JSONValue {
        [
            "attempt": .number(JSONNumber(ordinal)), "prediction": predictionID.map(JSONValue.string) ?? .null,
            "sent_at": intentAt.json, "ended_at": Optional(endedAt).json, "failure_class": .string(failureClass),
            "failure": .string(failure),
            "predict_time": predictTime.flatMap { JSONNumber($0) }.map(JSONValue.number) ?? .null,
            "kept": .array(kept.map(JSONValue.string)),
        ]
    }
}

extension ItemDetail.PreviousResult {
    fileprivate var row: [String] {
        [
            "\(number)", "replaced \(replacedAt.text)", predictionID ?? "",
            files.isEmpty ? "" : files.map { $0.isThere ? $0.path : "\($0.path) (missing)" }.joined(separator: ", "),
        ]
    }

    fileprivate var json: JSONValue {
        [
            "number": .number(JSONNumber(number)), "replaced_at": Optional(replacedAt).json,
            "ended_at": finishedAt.json, "prediction": predictionID.map(JSONValue.string) ?? .null, "input": input,
            "result": result ?? .null, "files": .array(files.map(\.json)),
        ]
    }
}

extension ItemDetail.File {
    fileprivate var row: [String] {
        [
            path, size.map(ByteCount.text) ?? "not stored yet", isThere || size == nil ? "" : "missing",
            sha256.map { "sha256 \($0)" } ?? "",
        ]
    }

    fileprivate var json: JSONValue {
        [
            "path": .string(path), "size": size.map { .number(JSONNumber(Int($0))) } ?? .null,
            "sha256": sha256.map(JSONValue.string) ?? .null, "media_type": mediaType.map(JSONValue.string) ?? .null,
            "is_there": .bool(isThere),
        ]
    }
}

extension Timestamp {
    /// Local time, for people.
    fileprivate var text: String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyy-MM-dd HH:mm:ss"
        return formatter.string(from: date)
    }
}

extension Timestamp? {
    /// Seconds since 1970.
    fileprivate var json: JSONValue {
        flatMap { JSONNumber(Double($0.milliseconds) / 1000) }.map(JSONValue.number) ?? .null
    }
}

extension ItemSummary {
    fileprivate var json: JSONValue {
        [
            "key": .string(key), "name": .string(name), "index": .number(JSONNumber(position)),
            "origin": .string(origin), "state": .string(state.rawValue), "attempts": .number(JSONNumber(attempts)),
            "prediction": predictionID.map(JSONValue.string) ?? .null,
            "failure_class": failureClass.map(JSONValue.string) ?? .null,
            "failure": failure.map(JSONValue.string) ?? .null, "files": .array(files.map(JSONValue.string)),
        ]
    }
}
