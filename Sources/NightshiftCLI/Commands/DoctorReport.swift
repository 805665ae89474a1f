import Foundation
import LosslessJSON
import Nightshift
import NightshiftCore

/// A diagnosis as a person reads it: a line for each check, and below it what to do.
struct DoctorReport {
    enum Verdict: String {
        case ok, warning, error
    }

    struct Line {
        var verdict: Verdict
        var check: String
        var finding: String
        var cure: String?
    }

    private(set) var lines: [Line] = []
    private(set) var status = ExitStatus.success

    /// A clock that is wrong by more makes times in the journal hard to compare; nothing else depends on it.
    private static let clockTolerance = Duration.seconds(30)
    private static let fewBytes = 1 << 30
    private static let fewFiles = 1024

    init(_ diagnosis: Diagnosis, token: TokenSource) {
        lines.append(Line(verdict: .ok, check: "version", finding: BuildDescription.text))
        addToken(token)
        addAccount(diagnosis)
        addClock(diagnosis)
        addFolder(diagnosis)
        if let files = diagnosis.openFiles {
            lines.append(
                files < Self.fewFiles
                    ? Line(
                        verdict: .warning, check: "open files", finding: "this process may have \(files)",
                        cure: "allow more, for a high concurrency, with: ulimit -n 4096")
                    : Line(verdict: .ok, check: "open files", finding: "this process may have \(files)"))
        }
    }

    private mutating func addToken(_ source: TokenSource) {
        let cure =
            "make one at https://replicate.com/account/api-tokens and export \(TokenSource.variable), or name its file in "
            + "\(TokenSource.fileVariable); jobs with 'provider: local' need none"
        if let problem = source.problem {
            lines.append(Line(verdict: .error, check: "token", finding: problem, cure: cure))
            status = .refused
            return
        }
        switch source.place {
        case .variable:
            lines.append(Line(verdict: .ok, check: "token", finding: "from \(TokenSource.variable)"))
        case .file(let path):
            lines.append(
                Line(verdict: .ok, check: "token", finding: "from '\(path)', as \(TokenSource.fileVariable) says"))
        case .credential(let path):
            lines.append(Line(verdict: .ok, check: "token", finding: "from systemd's credential '\(path)'"))
        case nil:
            lines.append(Line(verdict: .warning, check: "token", finding: "there is none", cure: cure))
        }
    }

    private mutating func addAccount(_ diagnosis: Diagnosis) {
        switch diagnosis.account {
        case .noToken: break
        case .known(let username, let time):
            let seconds = String(format: "%.1f", time.inSeconds)
            lines.append(
                Line(
                    verdict: .ok, check: "account",
                    finding: "'\(username)' at \(diagnosis.baseURL), which answered in \(seconds) s"))
        case .refused(let message):
            lines.append(
                Line(
                    verdict: .error, check: "account", finding: "\(diagnosis.baseURL) refuses: \(message)",
                    cure: "check the token at https://replicate.com/account/api-tokens"))
            status = .refused
        case .unreachable(let message):
            lines.append(
                Line(
                    verdict: .error, check: "account", finding: "\(diagnosis.baseURL) cannot be reached: \(message)",
                    cure: "check the network, a proxy or firewall, and REPLICATE_BASE_URL if it is set"))
            status = .refused
        }
    }

    private mutating func addClock(_ diagnosis: Diagnosis) {
        guard let offset = diagnosis.clockOffset else { return }
        let seconds = Int(saturating: offset.inSeconds.rounded())
        let finding =
            Duration.seconds(abs(seconds)) <= diagnosis.clockPrecision
            ? "agrees with the provider's" : "differs by \(abs(seconds)) s from the provider's"
        lines.append(
            Duration.seconds(abs(seconds)) > Self.clockTolerance
                ? Line(
                    verdict: .warning, check: "clock", finding: finding,
                    cure: "set it, such as with: timedatectl set-ntp true")
                : Line(verdict: .ok, check: "clock", finding: finding))
    }

    private mutating func addFolder(_ diagnosis: Diagnosis) {
        switch diagnosis.locks {
        case .work:
            let free = diagnosis.freeBytes
            let finding =
                "'\(diagnosis.folder)': locks work" + (free.map { ", \(ByteCount.text(Int64($0))) free" } ?? "")
            lines.append(
                free.map { $0 < Self.fewBytes } ?? false
                    ? Line(verdict: .warning, check: "folder", finding: finding, cure: "make room, if outputs go there")
                    : Line(verdict: .ok, check: "folder", finding: finding))
        case .missing(let message):
            lines.append(
                Line(
                    verdict: .error, check: "folder", finding: message,
                    cure: "keep the checkpoints in a folder on a local disk, with --state DIRECTORY"))
            status = .stopped
        case .notWritable(let reason):
            lines.append(
                Line(
                    verdict: .error, check: "folder", finding: "'\(diagnosis.folder)' cannot be written: \(reason)",
                    cure: "run as the user who owns the folder, or keep checkpoints elsewhere with --state DIRECTORY"))
            status = .stopped
        }
    }

    var text: String {
        let width = (lines.map(\.check.count).max() ?? 0) + 2
        return lines.map { line in
            let start =
                line.verdict.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)
                + line.check.padding(toLength: width, withPad: " ", startingAt: 0)
            let cure = line.cure.map { "\n" + String(repeating: " ", count: start.count) + $0 } ?? ""
            return start + line.finding.oneLine + cure
        }.joined(separator: "\n")
    }

    var json: JSONValue {
        [
            "checks": .array(
                lines.map { line in
                    [
                        "check": .string(line.check), "verdict": .string(line.verdict.rawValue),
                        "finding": .string(line.finding), "cure": line.cure.map(JSONValue.string) ?? .null,
                    ]
                })
        ]
    }
}
