import NIOCore
import NIOPosix

/// Runs tasks on an event loop of the network.
///
/// The tasks of a run mostly wait for answers, and an answer that is taken up on the thread where it arrived wakes no other
/// one: that is worth a tenth of a run's processor time. None of them may block; what blocks has ``DiskThreads``.
final class LoopExecutor: TaskExecutor {
    /// One of the loops that requests use.
    static var any: LoopExecutor { LoopExecutor(MultiThreadedEventLoopGroup.singleton.any()) }

    private let loop: any EventLoop

    private init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
