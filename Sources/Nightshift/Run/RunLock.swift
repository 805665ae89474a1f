import Foundation
import JSON
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

    /// Takes the lock.
    /// - Throws: ``RunLockError`` that says who holds it, or that the file cannot be opened.
    package init(path: String, job: String) throws(RunLockError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw RunLockError(message: "cannot open the lock file \(path): \(reason)")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = RunLock.holder(descriptor)
            close(descriptor)
            throw RunLockError(
                message: "run of '\(job)' is held by \(holder)\n    watch it with: nightshift status"
            )
        }
        let started = Date().formatted(.iso8601.time(includingFractionalSeconds: false))
        let text = "process \(getpid()), started \(started)"
        ftruncate(descriptor, 0)
        _ = text.utf8.withContiguousStorageIfAvailable { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    deinit {
        close(descriptor)
    }

    /// Whether some process holds the lock now.
    package static func isHeld(path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return true }
        return false
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
    package let message: String
}
