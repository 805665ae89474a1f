import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Holds a directory for one export at a time: each of them removes what others have left.
///
/// The lock is on the directory itself, so that it leaves no file, and the system releases it on any crash.
final class ExportLock: Sendable {
    private let folder: Descriptor
    /// Whether there is a lock: some network file systems have none.
    let isHeld: Bool

    private static let timeBetweenTries: UInt32 = 20_000

    /// Waits for other exports, until the task is cancelled.
    init(_ directory: OutputDirectory, cancellation: ExportCancellation) throws {
        do throws(SystemCallError) {
            try FileSystemCalls.makeDirectories(directory.path)
            folder = try FileSystemCalls.openDirectory(directory.path)
        } catch {
            throw ExportError(error, doing: "write")
        }
        while flock(folder.raw, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                isHeld = false
                return
            }
            if cancellation.isRequested { throw CancellationError() }
            usleep(Self.timeBetweenTries)
        }
        isHeld = true
    }
}
