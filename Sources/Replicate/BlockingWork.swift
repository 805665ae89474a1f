#if HTTPClient
import NIOPosix
#else
import Foundation
#endif

/// Does what waits for a disk, away from the few threads that all tasks share.
enum BlockingWork {
    /// - Throws: what the work throws, or `CancellationError` if the task was canceled before it began.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        #if HTTPClient
        return try await NIOThreadPool.singleton.runIfActive(body)
        #else
        try Task.checkCancellation()
        return try await withCheckedThrowingContinuation { continuation in
            queue.addOperation { continuation.resume(with: Result(catching: body)) }
        }
        #endif
    }

    #if !HTTPClient
    private static let queue = {
        let queue = OperationQueue()
        queue.maxConcurrentOperationCount = 4
        return queue
    }()
    #endif
}
