import Foundation
import LosslessJSON
import NightshiftCore
import Replicate
import ReplicateAPI

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What of the surroundings a run depends on, as it is now. It holds facts; what to do about them is said by whoever shows them.
package struct Diagnosis: Sendable {
    package enum Account: Hashable, Sendable {
        case noToken
        /// The provider knows the token; it took so long to say so.
        case known(username: String, after: Duration)
        /// The provider answers, and does not accept the token.
        case refused(String)
        case unreachable(String)
    }

    package enum Locks: Hashable, Sendable {
        case work
        case missing(String)
        /// Nothing can be written there.
        case notWritable(String)
    }

    package var baseURL: String
    package var account: Account
    /// How far this machine's clock is behind the provider's; `nil` where the provider has told no time.
    package var clockOffset: Duration?
    /// How much of that may come from the measuring alone: an answer says its time in whole seconds, which servers renew once a
    /// second, and it was on its way for a while.
    package var clockPrecision: Duration
    /// The folder that was asked about.
    package var folder: String
    package var locks: Locks
    package var freeBytes: Int?
    /// How many files and connections this process may open.
    package var openFiles: Int?

    package init(
        baseURL: String, account: Account, clockOffset: Duration? = nil, clockPrecision: Duration = .seconds(2),
        folder: String, locks: Locks, freeBytes: Int?, openFiles: Int?
    ) {
        self.baseURL = baseURL
        self.account = account
        self.clockOffset = clockOffset
        self.clockPrecision = clockPrecision
        self.folder = folder
        self.locks = locks
        self.freeBytes = freeBytes
        self.openFiles = openFiles
    }
}

extension Engine {
    /// Looks at the account, the clock and a folder. Sends one request that reads, and writes one file that is removed again.
    package func diagnose(folder: String) async -> Diagnosis {
        var diagnosis = Diagnosis(
            baseURL: settings.baseURL ?? "https://api.replicate.com/v1", account: .noToken, folder: folder,
            locks: Self.locks(in: folder), freeBytes: Self.freeBytes(in: folder), openFiles: ProcessLimits.allowedFiles)
        guard settings.token != nil else { return diagnosis }
        let start = ContinuousClock.now
        do {
            let client = try Client(
                token: settings.token, baseURL: settings.baseURL, retry: .none, timeout: .seconds(20))
            diagnosis.baseURL = "\(client.baseURL)"
            let answer = try await client.request("GET", "/account")
            let name = try answer.json["username"]?.stringValue ?? "an account without a name"
            diagnosis.account = .known(username: name, after: start.duration(to: .now))
            diagnosis.clockPrecision += start.duration(to: .now)
            diagnosis.clockOffset = answer.headers["Date"].flatMap(APITime.parseHTTPDate).map(Self.offset)
        } catch {
            diagnosis.clockPrecision += start.duration(to: .now)
            diagnosis.clockOffset = error.serverDate.map(Self.offset)
            diagnosis.account = error.status == nil ? .unreachable(error.message) : .refused(error.message)
        }
        return diagnosis
    }

    private static func offset(of date: Date) -> Duration {
        .milliseconds(Int64(saturating: date.timeIntervalSinceNow * 1000))
    }

    private static func locks(in folder: String) -> Diagnosis.Locks {
        let path = "\(folder)/.nightshift-doctor-\(UUID().uuidString)"
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return .notWritable(ErrorReason.text(of: errno)) }
        close(descriptor)
        defer { unlink(path) }
        do {
            _ = try RunLock(path: path, job: "doctor")
            return .work
        } catch {
            return .missing(error.message)
        }
    }

    private static func freeBytes(in folder: String) -> Int? {
        var system = statvfs()
        guard statvfs(folder, &system) == 0 else { return nil }
        return Int(
            clamping: UInt64(system.f_bavail).multipliedReportingOverflow(by: UInt64(system.f_frsize)).partialValue)
    }
}
