import ArgumentParser
import JSON
import Nightshift

/// `nightshift plan`: what a run would do, without sending anything.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Expand and check a job's input set; send nothing.",
        discussion: "Ends with exit code 2 if there are problems.")

    @OptionGroup var job: JobOptions
    @OptionGroup var chosen: SelectionOptions

    @Option(help: ArgumentHelp("How many of the first items to show.", valueName: "count"))
    var samples = 3

    func validate() throws {
        guard samples >= 0 else { throw ValidationError("--samples is \(samples); expected 0 or more") }
    }

    func run() async throws {
        let plan = try await CommandContext.live.engine(stateDirectory: job.state)
            .plan(job.manifest, samples: samples, selection: chosen.selection)
        CommandContext.output(job.json ? plan.json.jsonString() : plan.text(job.commandLine))
        if plan.problemCount > 0 {
            for problem in plan.problems {
                CommandContext.tell(problem.contains("error: ") ? problem : "error: \(problem)")
            }
            if plan.problemCount > plan.problems.count {
                CommandContext.tell("… and \(plan.problemCount - plan.problems.count) more problems")
            }
            throw ExitCode(ExitStatus.usage.rawValue)
        }
    }
}

extension PlanReport {
    func text(_ commandLine: JobCommandLine) -> String {
        var rows: [[String]] = [
            ["items", "\(items)"], ["  new", "\(new)"], ["  changed", "\(changed)"], ["  unfinished", "\(unfinished)"],
            ["  done", "\(done)"], ["  failed", "\(failed)"], ["  chosen", "\(chosen ?? 0)"],
            ["withdrawn", "\(withdrawn)"],
            ["repeated rows", "\(repeated)"],
        ]
        if files > 0 { rows.append(["files to send", "\(files) (\(ByteCount.text(fileBytes)))"]) }
        // What is nothing is left out, but for the count of items itself.
        rows = [rows[0]] + rows.dropFirst().filter { $0[1] != "0" }
        var lines = ["\(job): \(model ?? "the model of the Cog servers")", "", Table(rows: rows).text, ""]
        for (index, sample) in firstItems.enumerated() {
            lines.append("item \(index + 1) from \(sample.origin), outputs named '\(sample.name)'".oneLine)
            lines += sample.input.jsonString(indented: true).split(separator: "\n").map { "  \($0)" }
            lines.append("")
        }
        lines.append(
            problemCount > 0
                ? "\(problemCount) \(problemCount == 1 ? "problem" : "problems"); nothing was sent"
                : toDo == 0
                    ? "nothing to do" : "\(toDo) to do; nothing was sent; start with: \(commandLine("run"))")
        return lines.joined(separator: "\n")
    }

    var json: JSONValue {
        func number(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }
        return [
            "job": .string(job), "model": model.map(JSONValue.string) ?? .null, "items": number(items),
            "new": number(new), "changed": number(changed), "unfinished": number(unfinished), "done": number(done),
            "failed": number(failed), "withdrawn": number(withdrawn),
            "chosen": chosen.map(number) ?? .null, "repeated": number(repeated),
            "files": number(files), "file_bytes": number(Int(fileBytes)), "problem_count": number(problemCount),
            "problems": .array(problems.map(JSONValue.string)), "output_directory": .string(outputDirectory),
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
