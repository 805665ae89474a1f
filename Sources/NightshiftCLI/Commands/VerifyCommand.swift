import ArgumentParser
import LosslessJSON
import Nightshift

/// `nightshift verify`: are the files still what was stored?
struct VerifyCommand: AsyncParsableCommand, JobCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check the files of succeeded items by size and SHA-256.",
        discussion: "Ends with exit code 1 if files are missing or damaged.")

    @OptionGroup var job: JobOptions

    func run() async throws {
        let report = try await job.open().verify()
        if job.json {
            try CommandContext.output(report.json.jsonString())
        } else {
            let size = ByteCount.text(report.bytes)
            for file in report.badFiles {
                try CommandContext.output("\(file.path): \(file.reason) (item \(file.key))".wholeInOneLine)
            }
            try CommandContext.output(
                report.badFiles.isEmpty
                    ? "all \(report.files) files (\(size)) are as they were stored"
                    : "\(report.missing) of \(report.files) files are missing, \(report.damaged) damaged")
            if !report.badFiles.isEmpty {
                CommandContext.tell(
                    "get them again with: "
                        + Advice.run(job.commandLine, "--retry-missing", unsendable: report.unsendable))
            }
        }
        if !report.badFiles.isEmpty { throw ExitCode(ExitStatus.someFailed.rawValue) }
    }
}

extension VerifyReport {
    fileprivate var json: JSONValue {
        [
            "files": .number(JSONNumber(files)), "bytes": .number(JSONNumber(Int(bytes))),
            "missing": .number(JSONNumber(missing)), "damaged": .number(JSONNumber(damaged)),
            "output_directory": .string(outputDirectory),
            "bad_files": .array(
                badFiles.map { file in
                    [
                        "path": .string(file.path), "key": .string(file.key), "is_missing": .bool(file.isMissing),
                        "reason": .string(file.reason),
                    ]
                }),
        ]
    }
}
