import LosslessJSON
import Nightshift
import NightshiftCore

extension ExportOutcome {
    /// What people are told of it when it is over.
    var sentence: String {
        guard let report else {
            if failure?.cause == .canceled { return "the export to \(directory) was interrupted" }
            return "error: the export to \(directory) failed: \((failure?.message ?? "no reason given").messageLine)"
        }
        let removed = report.removedFiles > 0 ? ", \(report.removedFiles) of before removed" : ""
        return
            "exported \(report.sentence) as \(formats.map(\.rawValue).joined(separator: ", "))\(removed): \(directory)"
    }

    var json: JSONValue {
        func count(_ path: KeyPath<ExportReport, Int>) -> JSONValue {
            report.map { .number(JSONNumber($0[keyPath: path])) } ?? .null
        }
        return [
            "directory": .string(directory), "formats": .array(formats.map { .string($0.rawValue) }),
            "complete": .bool(report?.isComplete ?? false), "items": count(\.items), "failed": count(\.failedItems),
            "unfinished": count(\.unfinishedItems), "files": count(\.files), "removed": count(\.removedFiles),
            "missing": count(\.missingFiles), "code": failure.map { .string($0.cause.rawValue) } ?? .null,
            "reason": failure.map { .string($0.message) } ?? .null,
        ]
    }
}

extension ExportReport {
    /// `8 items, 8 files, 1 failed, 2 not done yet`.
    var sentence: String {
        "\(items) items, \(files) files" + (failedItems > 0 ? ", \(failedItems) failed" : "")
            + (unfinishedItems > 0 ? ", \(unfinishedItems) not done yet" : "")
    }
}
