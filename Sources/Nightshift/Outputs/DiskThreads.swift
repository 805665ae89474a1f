import NIOPosix

/// The threads that may block on the disk, so that Swift's cooperative threads never do.
///
/// An fsync waits without using the processor, so a few threads keep the disk busy. More of them meet at the lock of the one
/// output folder and burn time there: with 16 threads the kernel spun for a seventh of the run.
enum DiskThreads {
    private static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 4)
        pool.start()
        return pool
    }()

    /// Runs `body` on one of the threads. It is not interrupted by cancellation: a write that has begun ends.
    static func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withUnsafeContinuation { continuation in
            // The pool lives as long as the process, so no work is ever turned away.
            pool.submit { _ in
                continuation.resume(returning: Result(catching: body))
            }
        }
        return try result.get()
    }
}
