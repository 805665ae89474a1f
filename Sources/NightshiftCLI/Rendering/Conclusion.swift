import Nightshift

/// The last words of a run: how it ended, why items failed, and what to type next.
struct Conclusion {
    let report: RunReport
    let commandLine: JobCommandLine

    var lines: [String] {
        [ending]
            + missing + report.failureReasons.map { "    \($0.count) × \($0.reason.oneLine)" }
            + next.map { "    \($0)" }
    }

    private var ending: String {
        let counts = report.counts
        switch report.end {
        case .completed where report.isLimited && counts.pending > 0:
            return "did what was chosen: \(counts.succeeded) of \(counts.items) items have succeeded, "
                + "\(counts.pending) are left" + (counts.failed > 0 ? ", \(counts.failed) failed" : "")
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
        case .refused(let reason), .budget(let reason), .breaker(let reason), .canary(let reason),
            .disk(let reason):
            return "error: stopped: \(reason)\n"
                + "    \(counts.succeeded) of \(counts.items) items have succeeded; nothing is lost"
        }
    }

    private var missing: [String] {
        guard report.missingFiles > 0 else { return [] }
        let examples = report.missingExamples.map { "'\($0)'" }.joined(separator: ", ")
        let more = report.missingFiles > report.missingExamples.count ? ", …" : ""
        let files = report.missingFiles == 1 ? "1 file is" : "\(report.missingFiles) files are"
        return [
            "warning: \(files) not there any more: \(examples)\(more)",
            "    put them back, or get them again with: \(commandLine("run", "--retry-missing"))",
        ]
    }

    private var next: [String] {
        if report.end == .canceled {
            return [
                "go on without what was canceled with: \(commandLine("run"))",
                "or with all of it: \(commandLine("run", "--retry-failed"))",
            ]
        }
        guard report.end == .completed else { return ["go on with: \(commandLine("run"))"] }
        var next: [String] = []
        if report.counts.held > 0 {
            next.append("see what is known of the held ones with: \(commandLine("status"))")
        }
        if report.counts.failed + report.counts.canceled + report.counts.held > 0 {
            next.append(
                "try them again with: \(commandLine("run", "--retry-failed"))"
                    + (report.counts.held > 0 ? "; held ones may then be paid for twice" : ""))
        }
        if report.counts.items > 0 { next.append("export the results with: \(commandLine("export"))") }
        return next
    }
}
