import Foundation
import GRDB
import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Opens a store to look at it, whatever this user may do there.
///
/// A database with a write-ahead log has two more files beside it while somebody uses it, and whoever opens it makes them.
/// Where that cannot be done (another user's folder, a read-only or a full disk) there are three other ways:
///
/// 1. The files are there, because a run is alive or has crashed: they are read as they are.
/// 2. There is no log: the database is whole by itself, and is read as a file that nobody changes.
/// 3. There is a log without its index: both are copied, and the copy is read.
enum StoreReading {
    /// Whether there is a store, or something that this user may not look at.
    static func isThere(_ path: String) -> Bool {
        access(path, F_OK) == 0 || errno == EACCES
    }

    static func open(_ path: String) throws -> (pool: DatabasePool, copy: StoreCopy?) {
        guard access(path, F_OK) == 0 else {
            guard errno == EACCES else { throw StoreError(message: "there is no checkpoint store at \(path)") }
            throw StoreError(
                message: "the checkpoint store \(path) cannot be opened: this user may not look into its folder")
        }
        guard access(path, R_OK) == 0 else {
            throw StoreError(message: "the checkpoint store \(path) cannot be opened: this user may not read it")
        }
        if access(path, W_OK) == 0, access(FileSystemCalls.parent(of: path), W_OK) == 0 {
            do {
                return (try tried(DatabasePool(path: path, configuration: configuration())), nil)
            } catch let error as DatabaseError where Self.canBeAvoided.contains(error.resultCode) {
                // A full disk, or a file system without locks.
            }
        }
        if FileManager.default.fileExists(atPath: path + "-shm") {
            do {
                return (try readOnly(path), nil)
            } catch let error as DatabaseError where Self.canBeAvoided.contains(error.resultCode) {
                // The run that made them has just ended, or this user may not read them.
            }
        }
        if !hasLog(path) {
            do {
                return (try readOnly(URL(filePath: path).absoluteString + "?immutable=1"), nil)
            } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
                // This system's SQLite takes no addresses.
            }
        }
        let copy = try StoreCopy(of: path)
        return (try tried(DatabasePool(path: copy.path, configuration: configuration())), copy)
    }

    private static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        // A store may come from somebody else: nothing in its schema may call more than plain functions.
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA trusted_schema = OFF") }
        return configuration
    }

    private static func readOnly(_ path: String) throws -> DatabasePool {
        var configuration = configuration()
        configuration.readonly = true
        return try tried(DatabasePool(path: path, configuration: configuration))
    }

    /// Nothing is opened before something is read.
    private static func tried(_ pool: DatabasePool) throws -> DatabasePool {
        _ = try pool.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM sqlite_master") }
        return pool
    }

    private static let canBeAvoided: [ResultCode] = [
        .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_FULL, .SQLITE_IOERR,
    ]

    /// Whether anything was committed that is not in the database's own file yet.
    private static func hasLog(_ path: String) -> Bool {
        var status = stat()
        return stat(path + "-wal", &status) == 0 && status.st_size > 0
    }
}

/// A copy of a store and its log in a folder of this user's own, for as long as somebody reads it.
final class StoreCopy: Sendable {
    let path: String
    private let folder: String

    init(of store: String) throws {
        folder = FileManager.default.temporaryDirectory.path + "/nightshift-store-\(UUID().uuidString)"
        path = folder + "/checkpoints.sqlite"
        do throws(SystemCallError) {
            try FileSystemCalls.makePrivateDirectory(folder)
        } catch {
            throw StoreError(message: error.message(doing: "make the folder for a copy of \(store)"))
        }
        let before = Self.marks(of: store)
        var reason: String?
        do {
            for suffix in ["", "-wal"] where FileManager.default.fileExists(atPath: store + suffix) {
                try FileManager.default.copyItem(atPath: store + suffix, toPath: path + suffix)
            }
            // Two files that belong together only as they were at one moment.
            if Self.marks(of: store) != before { reason = "a run is writing it; try again" }
        } catch {
            reason = ErrorReason.of(error)
        }
        guard let reason else { return }
        try? FileManager.default.removeItem(atPath: folder)
        throw StoreError(message: "the checkpoint store \(store) cannot be copied to be read: \(reason)")
    }

    /// What tells whether the files have been written since.
    private static func marks(of store: String) -> [Int64] {
        ["", "-wal"].flatMap { suffix -> [Int64] in
            var status = stat()
            guard stat(store + suffix, &status) == 0 else { return [] }
            #if canImport(Darwin)
            let modified = status.st_mtimespec
            #else
            let modified = status.st_mtim
            #endif
            return [Int64(status.st_size), Int64(modified.tv_sec), Int64(modified.tv_nsec)]
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }
}
