import Synchronization

/// Makes renames durable: groups all that wait for the same directory into one fsync of it.
///
/// A caller that arrives while an fsync is running cannot rely on that one; it waits for the next, together with all
/// others that arrived meanwhile. The first of them runs it, so no task outlives its caller.
final class DirectorySync: Sendable {
    private enum Turn {
        case lead
        case done(Result<Void, SystemCallError>)
    }

    /// The callers waiting for the next fsync of each directory that one is running for.
    private let waiting = Mutex<[String: [UnsafeContinuation<Turn, Never>]]>([:])

    /// How many fsyncs were made; fewer than callers when they could be grouped.
    let rounds = Atomic<Int>(0)

    /// Returns when all renames in the directory that ended before the call are on the disk.
    func synchronize(_ directory: String) async throws(SystemCallError) {
        let turn = await withUnsafeContinuation { continuation in
            let isFirst = waiting.withLock { waiting in
                if waiting[directory] == nil {
                    waiting[directory] = []
                    return true
                }
                waiting[directory]?.append(continuation)
                return false
            }
            if isFirst { continuation.resume(returning: .lead) }
        }
        switch turn {
        case .done(let result):
            try result.get()
        case .lead:
            try await lead(directory)
        }
    }

    private func lead(_ directory: String) async throws(SystemCallError) {
        // Those who wait now arrived before this fsync begins, so it serves them as well.
        let followers = waiting.withLock { waiting in
            let followers = waiting[directory] ?? []
            waiting[directory] = []
            return followers
        }
        rounds.add(1, ordering: .relaxed)
        let result: Result<Void, SystemCallError>
        do throws(SystemCallError) {
            try await DiskThreads.run { () throws(SystemCallError) in
                try FileSystemCalls.synchronizeDirectory(directory)
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        for follower in followers { follower.resume(returning: .done(result)) }

        let next: UnsafeContinuation<Turn, Never>? = waiting.withLock { waiting in
            guard let late = waiting[directory], let first = late.first else {
                waiting[directory] = nil
                return nil
            }
            waiting[directory] = Array(late.dropFirst())
            return first
        }
        next?.resume(returning: .lead)
        try result.get()
    }
}
