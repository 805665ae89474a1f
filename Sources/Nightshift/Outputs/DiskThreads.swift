import NIOPosix

/// The threads that may block on the disk, so that Swift's cooperative threads never do.
///
/// An fsync waits for milliseconds without using the processor; a number of threads well above that of the cores lets
/// the file system commit many of them together.
enum DiskThreads {
    private static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 16)
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
