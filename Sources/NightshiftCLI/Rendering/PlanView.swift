import Foundation
import LosslessJSON
import Nightshift

/// A plan as people read it before they decide.
struct PlanView {
    let plan: PlanReport
    let commandLine: JobCommandLine

    var text: String {
        var lines = ["\(plan.job): \(plan.model ?? "the model of the Cog servers")", "", Table(rows: rows).text, ""]
        lines.append(checked)
        lines.append("")
        for (index, sample) in plan.firstItems.enumerated() {
            lines.append("item \(index + 1) from \(sample.origin), outputs named '\(sample.name)'".oneLine)
            lines += sample.input.jsonString(indented: true).split(separator: "\n").map { "  \($0)" }
            lines.append("")
        }
        if let remade = plan.remade { lines += ["note: \(remade.sentence)", ""] }
        if !plan.earlier.sentences.isEmpty { lines += plan.earlier.sentences + [""] }
        lines.append(conclusion)
        return lines.joined(separator: "\n")
    }

    private var rows: [[String]] {
        var rows: [[String]] = [
            ["items", "\(plan.items)"], ["  new", "\(plan.new)"], ["  changed", "\(plan.changed)"],
            ["  unfinished", "\(plan.unfinished)"], ["  done", "\(plan.done)"], ["  failed", "\(plan.failed)"],
            ["  chosen", "\(plan.chosen ?? 0)"],
            ["  cannot be sent", "\(plan.invalid)"], ["withdrawn", "\(plan.withdrawn)"],
            ["repeated rows", "\(plan.repeated)"],
        ]
        for (step, count) in plan.steps.sorted(by: { $0.key < $1.key }) {
            rows.append(["  to do in step \(step)", "\(count)"])
        }
        if let distinct = plan.distinctInputs, distinct != plan.items {
            rows.append(["different inputs", "\(distinct)"])
        }
        // What is nothing is left out, but for the count of items itself.
        rows = [rows[0]] + rows.dropFirst().filter { $0[1] != "0" }
        for command in plan.commands { rows.append(["rows from command", command.oneLine]) }
        for command in plan.resultChecks { rows.append(["results judged by", command.oneLine]) }
        if plan.files > 0 { rows.append(["files", "\(plan.files) (\(ByteCount.text(plan.fileBytes)))"]) }
        for export in plan.exports { rows.append(["export", export.sentence]) }
        guard plan.toDo > 0 else { return rows }
        if plan.uploadBytes > 0 {
            let uploads = plan.uploads > 0 ? ", \(plan.uploads) of them as uploads" : ""
            rows.append(["bytes of files to send", ByteCount.text(plan.uploadBytes) + uploads])
        }
        let estimate = plan.estimate
        var calls = ["\(estimate.creates) creates"]
        if estimate.uploads > 0 { calls.append("\(estimate.uploads) uploads") }
        if let reads = estimate.reads, reads > 0 { calls.append("about \(reads) reads") }
        if plan.reused > 0 { rows.append(["results of other jobs", "\(plan.reused), which are not created"]) }
        rows.append(["API calls", calls.joined(separator: ", ")])
        rows.append([
            "expected duration",
            estimate.duration.map { "\(Self.time($0)), as \(estimate.learnedFrom) predictions before took" }
                ?? "not known before this model has run here",
        ])
        if let cost = estimate.cost { rows.append(["expected cost", Self.amount(cost)]) }
        if let bytes = estimate.diskBytes { rows.append(["disk needed", ByteCount.text(bytes)]) }
        return rows
    }

    /// What was checked must be told, and what was not.
    private var checked: String {
        let schema = plan.schema
        guard schema.isChecked else {
            return "NOT checked against the model's schema: \(schema.doubt ?? "there is none")"
                + "\nchecked: the manifest, the rows, the files, and that keys and output names are unique"
        }
        let version = schema.version.map { " of version \($0.prefix(12))" } ?? ""
        let inputs = schema.inputs == 1 ? "1 input" : "\(schema.inputs) inputs"
        var text = "checked: every item against the model's schema\(version) (\(inputs)), files, keys and output names"
        if let doubt = schema.doubt { text += "\nthe schema is the one of the last run: \(doubt)" }
        return text
    }

    private var conclusion: String {
        if plan.problemCount > 0 {
            return "\(plan.problemCount) \(plan.problemCount == 1 ? "problem" : "problems"); nothing was sent"
        }
        guard plan.refusal == nil else {
            return "\(plan.toDo) to do; nothing was sent; a run could not begin now, for the reason given above"
        }
        guard plan.toDo > 0 else { return "nothing to do" }
        return "\(plan.toDo) to do; nothing was sent; start with: \(commandLine("run"))"
    }

    /// A duration in at most two units: `2h 5m`.
    static func time(_ seconds: Double) -> String {
        let whole = Int(saturating: min(seconds, 1e12).rounded(.up))
        if whole < 60 { return "\(whole)s" }
        if whole < 3600 { return whole % 60 == 0 ? "\(whole / 60)m" : "\(whole / 60)m \(whole % 60)s" }
        return whole % 3600 < 60 ? "\(whole / 3600)h" : "\(whole / 3600)h \(whole % 3600 / 60)m"
    }

    private static func amount(_ cost: Double) -> String {
        let digits = cost < 1 ? 1e4 : 100
        return JSONNumber((cost * digits).rounded() / digits)?.literal ?? "\(cost)"
    }
}

extension PlanReport {
    var json: JSONValue {
        func number(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }
        func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }
        func real(_ value: Double?) -> JSONValue { value.flatMap { JSONNumber($0) }.map(JSONValue.number) ?? .null }
        return [
            "job": .string(job), "model": text(model), "items": number(items),
            "distinct_inputs": distinctInputs.map(number) ?? .null, "new": number(new), "changed": number(changed),
            "unfinished": number(unfinished), "done": number(done), "failed": number(failed),
            "remade": number(remade?.remade ?? 0),
            "chosen": chosen.map(number) ?? .null, "steps": .object(steps.mapValues(number)),
            "invalid": number(invalid), "withdrawn": number(withdrawn), "repeated": number(repeated),
            "to_do": number(toDo), "files": number(files), "file_bytes": number(Int(fileBytes)),
            "upload_bytes": number(Int(uploadBytes)), "problem_count": number(problemCount),
            "problems": .array(problems.map(\.json)), "output_directory": .string(outputDirectory),
            "schema": [
                "checked": .bool(schema.isChecked), "version": text(schema.version), "inputs": number(schema.inputs),
                "doubt": text(schema.doubt),
            ],
            "refusal": text(refusal?.reason),
            "estimate": [
                "seconds": real(estimate.duration), "predict_seconds": real(estimate.predictTime),
                "cost": real(estimate.cost), "disk_bytes": estimate.diskBytes.map { number(Int($0)) } ?? .null,
                "creates": number(estimate.creates), "uploads": number(estimate.uploads),
                "reads": estimate.reads.map(number) ?? .null, "learned_from": number(estimate.learnedFrom),
            ],
            "earlier": [
                "jobs": .array(
                    earlier.jobs.map { ["job": .string($0.name), "results": number($0.results)] }),
                "reused": .bool(earlier.isReused), "occupied_names": number(earlier.occupiedNames),
            ],
            "commands": .array(commands.map(JSONValue.string)),
            "result_checks": .array(resultChecks.map(JSONValue.string)),
            "exports": .array(exports.map(\.json)),
            "notices": .array(notices.map(JSONValue.string)),
            "first_items": .array(
                firstItems.map {
                    [
                        "key": .string($0.key), "name": .string($0.name), "origin": .string($0.origin),
                        "input": $0.input,
                    ]
                }),
        ]
    }
}

extension PlanReport.PlannedExport {
    fileprivate var sentence: String {
        let rated = onlyRated ? ", only what is rated" : ""
        return "\(formats.map(\.rawValue).joined(separator: ", ")) to \(directory)"
            + (filter.map { ", where \($0)" } ?? "") + rated
    }

    fileprivate var json: JSONValue {
        [
            "directory": .string(directory), "formats": .array(formats.map { .string($0.rawValue) }),
            "where": filter.map(JSONValue.string) ?? .null, "only_rated": .bool(onlyRated),
        ]
    }
}

extension PlanReport.Problem {
    fileprivate var json: JSONValue {
        [
            "kind": .string(kind), "title": .string(title), "help": help.map(JSONValue.string) ?? .null,
            "count": .number(JSONNumber(count)),
            "examples": .array(examples.map { ["place": .string($0.place), "found": .string($0.found)] }),
        ]
    }
}
