import Foundation
import LosslessJSON
import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Holds a run for this process: the system releases it by itself on any crash.
package struct RunLock: ~Copyable {
    private let descriptor: Int32

    /// How long who only looks whether the lock is held is waited for.
    private static let patience = Duration.milliseconds(500)

    /// Takes the lock.
    /// - Throws: ``RunLockError`` that says who holds it, or why it cannot be had.
    package init(path: String, job: String) throws(RunLockError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw RunLockError.cannotOpen(path, errno) }
        let deadline = ContinuousClock.now.advanced(by: Self.patience)
        while let failure = RunLock.failure(of: LOCK_EX, on: descriptor) {
            // Another `status` holds it for the moment in which it looks.
            if failure == EWOULDBLOCK, ContinuousClock.now < deadline {
                usleep(5000)
                continue
            }
            let holder = RunLock.holder(descriptor)
            close(descriptor)
            throw failure == EWOULDBLOCK
                ? RunLockError(.held, "run of '\(job)' is held by \(holder)")
                : RunLockError(.noLocks, RunLockError.noLocks(at: path, ErrorReason.text(of: failure)))
        }
        let started = Date().formatted(.iso8601.time(includingFractionalSeconds: false))
        let text = "process \(getpid()), started \(started)"
        ftruncate(descriptor, 0)
        _ = text.utf8.withContiguousStorageIfAvailable { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Whether some process holds the lock now. Where there are no locks, nobody can hold one.
    package static func isHeld(path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return failure(of: LOCK_SH, on: descriptor) == EWOULDBLOCK
    }

    /// Why a lock cannot be had now; `nil` if it was taken.
    private static func failure(of kind: Int32, on descriptor: Int32) -> Int32? {
        while flock(descriptor, kind | LOCK_NB) != 0 {
            if errno != EINTR { return errno }
        }
        return nil
    }

    private static func holder(_ descriptor: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 200)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return "another process" }
        return BoundedText.line(String(decoding: buffer[..<count], as: UTF8.self))
    }
}

/// The run belongs to somebody else, or its lock cannot be had.
package struct RunLockError: Error, Hashable, Sendable {
    package enum Code: Hashable, Sendable {
        /// Another process has it.
        case held
        /// The file system has no locks.
        case noLocks
        /// This user may not write the file.
        case notPermitted
        /// The file cannot be opened for another reason.
        case unusable

        var cause: EngineError.Cause {
            switch self {
            case .held: .heldByAnotherProcess
            case .noLocks: .noLocks
            case .notPermitted: .lockNotPermitted
            case .unusable: .lockUnusable
            }
        }
    }

    package let code: Code
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// What is said where locks do not work at all, as on some network file systems.
    static func noLocks(at path: String, _ reason: String) -> String {
        "the file system of \(FileSystemCalls.parent(of: path)) has no locks (\(reason))"
    }

    fileprivate static func cannotOpen(_ path: String, _ number: Int32) -> RunLockError {
        RunLockError(
            [EACCES, EPERM, EROFS].contains(number) ? .notPermitted : .unusable,
            "cannot open the lock file \(path): \(ErrorReason.text(of: number))")
    }
}
