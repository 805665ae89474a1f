import Foundation
import LosslessJSON
package import NightshiftCore
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The rate of an account that all runs of a user on this machine share, in a small file under a lock.
///
/// Its times are counted from the start of the machine, since each process has a clock of its own for the wall, which may be
/// wrong or be set. The file is locked for the moment of each claim only and never synced: what a crash of the machine loses
/// is worth a second of the rate. It is written by one call of one length, so a killed process leaves no half of it. Runs are
/// known by token and base URL; the file's name is their digest and tells neither.
package final class AccountGate: Sendable {
    private let file: Descriptor
    private let path: String
    private let member: SharedRateRecord.Member
    private let clock: WallClock

    /// Space for the runs of one account, so that every write has one length.
    private static let length = 16_384
    private static let bootKey = "boot"
    /// A process that was stopped while it holds the lock must not stop the others for good.
    private static let patience = Duration.seconds(2)

    /// - Parameters:
    ///   - directory: made if it is missing, for this user alone.
    ///   - clock: the one that the run goes by.
    /// - Throws: ``EngineError`` if the file cannot be used.
    package init(directory: String, token: String, baseURL: String, clock: WallClock) throws(EngineError) {
        let name = ContentDigest.sha256(Array("\(token)\n\(baseURL)".utf8))
        path = "\(directory)/rate-\(name.prefix(32)).json"
        self.clock = clock
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw EngineError(.disk, "cannot make the folder \(directory): \(error.localizedDescription)")
        }
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw EngineError(.disk, "cannot open \(path): \(String(cString: strerror(errno)))")
        }
        file = Descriptor(descriptor)
        let process = Int(getpid())
        member = SharedRateRecord.Member(
            id: "\(process)-\(UInt64.random(in: .min ... .max))", process: process,
            startedAt: MachineClock.now)
    }

    /// Claims requests. Where the file cannot be had, the run's own gate is all there is.
    package func claim(_ claim: AccountClaim) async -> AccountGrant {
        await DiskThreads.run { [self] in
            let grant = withRecord { record in
                let (ours, shared) = (clock.now, MachineClock.now)
                let shift = ours.duration(to: shared)
                let grant = record.claim(claim.moved(by: shift), as: member, at: shared, isAlive: Self.isAlive)
                return grant.moved(by: .zero - shift)
            }
            let now = clock.now
            return grant
                ?? AccountGrant(
                    creates: AccountGrant.Part(count: claim.creates.wanted, nextAt: now, closedUntil: nil),
                    reads: AccountGrant.Part(count: claim.reads.wanted, nextAt: now, closedUntil: nil), members: 1)
        }
    }

    /// Says that the run is over.
    package func leave() async {
        await DiskThreads.run { [self] in _ = withRecord { $0.leave(member.id) } }
    }

    private static func isAlive(_ process: Int) -> Bool {
        guard let process = pid_t(exactly: process), process > 0 else { return false }
        return kill(process, 0) == 0 || errno != ESRCH
    }

    /// Changes the record under the file's lock; blocks.
    /// - Returns: `nil` if the lock cannot be had.
    private func withRecord<Value>(_ body: (inout SharedRateRecord) -> Value) -> Value? {
        guard lock() else { return nil }
        defer { flock(file.raw, LOCK_UN) }
        var record = read()
        let value = body(&record)
        write(record)
        return value
    }

    private func lock() -> Bool {
        let deadline = ContinuousClock.now.advanced(by: Self.patience)
        while flock(file.raw, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR, ContinuousClock.now < deadline else { return false }
            usleep(500)
        }
        return true
    }

    private func read() -> SharedRateRecord {
        var buffer = [UInt8](repeating: 0, count: Self.length)
        let count = pread(file.raw, &buffer, buffer.count, 0)
        guard count > 0,
            let json = try? JSONValue(parsing: Array(buffer[..<(buffer[..<count].firstIndex(of: 0x0A) ?? count)]))
        else {
            return SharedRateRecord()
        }
        // What was counted from another start means nothing now.
        guard json[Self.bootKey]?.stringValue == MachineClock.boot else { return SharedRateRecord() }
        return SharedRateRecord(json: json) ?? SharedRateRecord()
    }

    private func write(_ record: SharedRateRecord) {
        var members = record.json.objectValue ?? [:]
        members[Self.bootKey] = .string(MachineClock.boot)
        var bytes = JSONValue.object(members).jsonBytes()
        guard bytes.count <= Self.length else { return }
        bytes += repeatElement(UInt8(ascii: "\n"), count: Self.length - bytes.count)
        // A write that fails leaves the record as it was: the next claim earns for both.
        _ = pwrite(file.raw, bytes, bytes.count, 0)
    }
}
