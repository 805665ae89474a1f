import Nightshift

/// The last words of a run: how it ended, why items failed, and what to type next.
struct Conclusion {
    let report: RunReport
    let commandLine: JobCommandLine

    var lines: [String] {
        [ending]
            + taken + missing + failedExports
            + report.failureReasons.map { "    \($0.count) × \($0.reason.messageLine)" }
            + next.map { "    \($0)" }
    }

    private var ending: String {
        let counts = report.counts
        switch report.end {
        case .partial:
            return "partial: did what was chosen; \(counts.succeeded) of \(counts.items) items have succeeded, "
                + "\(counts.pending) are left" + (counts.failed > 0 ? ", \(counts.failed) failed" : "")
                + (counts.canceled > 0 ? ", \(counts.canceled) canceled" : "")
                + (counts.held > 0 ? ", \(counts.held) held" : "")
                + "; the results are in \(report.outputDirectory)"
        case .completed where counts.failed + counts.canceled + counts.held + counts.pending == 0:
            return (counts.items == 1 ? "the item" : "all \(counts.items) items")
                + " succeeded; the results are in \(report.outputDirectory)"
        case .completed:
            return "\(counts.succeeded) of \(counts.items) items succeeded, \(counts.failed) failed"
                + (counts.canceled > 0 ? ", \(counts.canceled) canceled" : "")
                + (counts.held > 0 ? ", \(counts.held) held" : "")
                + (counts.pending > 0 ? ", \(counts.pending) waiting for what is held" : "")
                + "; the results are in \(report.outputDirectory)"
        case .interrupted where counts.items == 0:
            return "interrupted before the input set was read; nothing was sent"
        case .interrupted:
            return "interrupted with \(counts.succeeded) of \(counts.items) items succeeded; nothing is lost"
        case .canceled:
            return
                "canceled with \(counts.succeeded) of \(counts.items) items succeeded and \(counts.canceled) canceled"
        case .refused, .budget, .breaker, .canary, .disk, .check:
            return "error: stopped: \((report.end.reason ?? "").bounded(to: 2000))\n"
                + "    \(counts.succeeded) of \(counts.items) items have succeeded; nothing is lost"
        }
    }

    /// What it has taken, once there is something to tell of.
    private var taken: [String] {
        guard let history = report.history, report.counts.succeeded + report.counts.failed > 1 else { return [] }
        let retries = report.counts.retries > 0 ? [["retries", "\(report.counts.retries)"]] : []
        let table = Table(rows: history.rows(waiting: report.counts.blockedTime) + retries).text
        return table.split(separator: "\n").map { "    \($0)" }
    }

    private var missing: [String] {
        guard report.missingFiles > 0 else { return [] }
        let examples = report.missingExamples.map { "'\($0)'" }.joined(separator: ", ")
        let more = report.missingFiles > report.missingExamples.count ? ", …" : ""
        let files = report.missingFiles == 1 ? "1 file is" : "\(report.missingFiles) files are"
        return [
            "warning: \(files) not there any more: \(examples)\(more)",
            "    put them back, or get them again with: \(run("--retry-missing"))",
        ]
    }

    private var failedExports: [String] {
        report.exports.filter { $0.failure != nil }.flatMap { export in
            let advice = export.failure.map { ErrorAdvice(job: commandLine).lines($0) } ?? []
            return [export.sentence] + advice.map { "    \($0)" } + ["    make it again with: \(commandLine("run"))"]
        }
    }

    private func run(_ options: String...) -> String {
        commandLine("run", options + (report.unsendable > 0 ? ["--skip-invalid"] : []))
    }

    private var next: [String] {
        switch report.end {
        case .completed, .partial: return nextOfRest
        case .interrupted:
            // The next run is given no choice by itself.
            return [report.isLimited ? "go on with all that is left with: \(run())" : "go on with: \(run())"]
        case .canceled:
            return [
                "go on without what was canceled with: \(run())", "or with all of it: \(run("--retry-failed"))",
            ]
        case .budget: return ["raise 'budget' in the manifest, then go on with: \(run())"]
        case .canary: return ["run the rest with: \(run())"]
        case .breaker where report.counts.failed > 0:
            return [
                "when that is mended, go on with: \(run("--retry-failed"))",
                "or set 'budget: { same_failures: off }' in the manifest, if such failures are to be expected",
            ]
        case .refused, .breaker, .disk, .check: return ["when that is mended, go on with: \(run())"]
        }
    }

    private var nextOfRest: [String] {
        let counts = report.counts
        var next: [String] = []
        if counts.held > 0 {
            next.append("see what is known of the held ones with: \(commandLine("status"))")
        }
        if counts.failed + counts.canceled + counts.held > report.unsendable {
            // Where only a part was chosen, the rest is not begun for the sake of what failed.
            next.append(
                "try them again with: \(run(report.end == .partial ? "--failed" : "--retry-failed"))"
                    + (counts.held > 0 ? "; held ones may then be paid for twice" : ""))
        }
        if report.unsendable > 0 { next.append(Advice.unsendable(report.unsendable, commandLine)) }
        if report.end == .partial { next.append("do what is left with: \(run())") }
        if counts.items > 0, report.exports.isEmpty { next.append("export the results with: \(commandLine("export"))") }
        return next
    }
}
