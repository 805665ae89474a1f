import Foundation
import GRDB
import NightshiftCore

/// The checkpoints of one job: a SQLite file that is the truth about its runs.
///
/// Every commit is durable when it returns (write-ahead log, `synchronous=FULL`). One process writes, others may read.
package struct Store: Sendable {
    package let path: String
    let pool: DatabasePool
    /// What is looked at instead of the store's own files, where these cannot be opened; removed with the last owner.
    private let copy: StoreCopy?

    /// Opens the store, making it if there is none.
    /// - Throws: ``StoreError``, for example if the file is damaged or its disk is full.
    package init(path: String) throws(StoreError) {
        self.path = path
        copy = nil
        try StoreFiles.check(path)
        var configuration = Self.configuration
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            guard try !pool.read({ try Migrations.migrator.hasBeenSuperseded($0) }) else {
                throw StoreError(newerAt: path)
            }
            try Migrations.migrator.migrate(pool)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// Opens a store that another process may be writing to, to look at it; nobody needs to be allowed to write for that.
    package init(readingAt path: String) throws(StoreError) {
        self.path = path
        try StoreFiles.check(path)
        do {
            (pool, copy) = try StoreReading.open(path)
            let (isCurrent, isNewer) = try pool.read {
                (try Migrations.migrator.hasCompletedMigrations($0), try Migrations.migrator.hasBeenSuperseded($0))
            }
            guard isCurrent else {
                throw StoreError(
                    message: "the checkpoint store \(path) was written by an older version of nightshift\n"
                        + "    run its job once with this one, which brings it up to date")
            }
            guard !isNewer else { throw StoreError(newerAt: path) }
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(error, path: path)
        }
    }

    /// What all connections that write have in common.
    static var configuration: Configuration {
        var configuration = Configuration()
        // The switch to another input set may take seconds, and everything else that writes is short.
        configuration.busyMode = .timeout(30)
        // A store may come from somebody else: nothing in its schema may call more than plain functions.
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA trusted_schema = OFF") }
        return configuration
    }

    /// The failure class of items that were never sent because they do not fit the model.
    package static let notSendable = "not_sendable"

    /// Writes in one durable transaction.
    func write<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) async throws(StoreError) -> Value {
        do {
            return try await pool.write(body)
        } catch {
            throw StoreError(error, path: path)
        }
    }

    func read<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) async throws(StoreError) -> Value {
        do {
            return try await pool.read(body)
        } catch {
            throw StoreError(error, path: path)
        }
    }
}

/// The store cannot do what it must; nothing that was committed is lost.
package struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    package let cause: EngineError.Cause
    package let message: String

    package init(_ cause: EngineError.Cause = .store, message: String) {
        self.cause = cause
        self.message = message
    }

    fileprivate init(newerAt path: String) {
        self.init(
            .storeIsNewer, message: "the checkpoint store \(path) was written by a newer version of nightshift")
    }

    init(_ error: any Error, path: String) {
        if let error = error as? StoreError {
            self = error
            return
        }
        guard let error = error as? DatabaseError else {
            let isCanceled = error is CancellationError
            self.init(
                isCanceled ? .canceled : .store,
                message: isCanceled ? "interrupted" : "checkpoint store \(path): \(error)")
            return
        }
        let reason = error.message ?? "error \(error.resultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_NOTADB, .SQLITE_CORRUPT:
            self.init(.storeDamaged, message: "the checkpoint store \(path) is damaged (\(reason))")
        case .SQLITE_FULL:
            self.init(.storeDiskFull, message: "the disk of the checkpoint store \(path) is full")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self.init(.storeIsBusy, message: "the checkpoint store \(path) is locked by another program")
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
            self.init(message: "the checkpoint store \(path) cannot be opened for writing (\(reason))")
        case .SQLITE_IOERR where Self.lockFailures.contains(error.extendedResultCode):
            self.init(.storeHasNoLocks, message: RunLockError.noLocks(at: path, reason))
        case .SQLITE_IOERR:
            self.init(
                .storeDiskFails, message: "the disk of the checkpoint store \(path) fails or is full (\(reason))")
        default:
            self.init(message: "checkpoint store \(path): \(reason)")
        }
    }

    package var description: String { message }

    /// What SQLite says where the file system refuses its locks as such, not because another process holds them.
    private static let lockFailures: [ResultCode] = [
        .SQLITE_IOERR_LOCK, .SQLITE_IOERR_UNLOCK, .SQLITE_IOERR_RDLOCK, .SQLITE_IOERR_CHECKRESERVEDLOCK,
        .SQLITE_IOERR_SHMLOCK,
    ]
}
