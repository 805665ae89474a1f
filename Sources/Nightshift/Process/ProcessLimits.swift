import NIOCore
import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// What the system lets this process have.
package enum ProcessLimits {
    /// Why the process cannot even begin.
    package enum Shortage: Hashable, Sendable {
        /// So many files may be open.
        case files(limit: Int)
        /// So many bytes may be addressed, and so many are needed.
        case memory(limit: Int, least: Int)
        case threads(needed: Int)
    }

    /// More are never needed, and programs that this one starts go through all they may have.
    private static let enoughFiles: rlim_t = 65_536

    /// Lets the process open as many files as it may; what it gets without asking is meant for small programs.
    package static func raise() {
        guard var limit = files, limit.rlim_cur < enoughFiles, limit.rlim_cur < limit.rlim_max else { return }
        let before = limit.rlim_cur
        limit.rlim_cur = min(limit.rlim_max, enoughFiles)
        while setrlimit(Self.fileLimit, &limit) != 0, limit.rlim_cur / 2 > before {
            // Some systems allow less than they say.
            limit.rlim_cur /= 2
        }
    }

    /// Why no command can work in this process, or `nil`. To be asked before anything else: what lacks is not told by the
    /// runtime, which crashes or waits for ever.
    package static var shortage: Shortage? {
        if let limit = files?.rlim_cur, limit < leastFiles { return .files(limit: Int(clamping: limit)) }
        if let limit = addressSpace, limit < leastMemory {
            return .memory(limit: Int(clamping: limit), least: Int(clamping: leastMemory))
        }
        let threads = 2 * System.coreCount + 8
        return canStart(threads: threads) ? nil : .threads(needed: threads)
    }

    private static let leastFiles: rlim_t = 32
    /// Mostly reserved and not used: the stacks of threads, and what the allocator sets aside for each of them.
    private static let leastMemory: rlim_t = 700 << 20

    private static var addressSpace: rlim_t? {
        var limit = rlimit()
        #if canImport(Glibc)
        let resource = __rlimit_resource_t(RLIMIT_AS.rawValue)
        #else
        let resource = Int32(RLIMIT_AS)
        #endif
        return getrlimit(resource, &limit) == 0 ? limit.rlim_cur : nil
    }

    /// Starts so many threads at a time, which end at once.
    private static func canStart(threads count: Int) -> Bool {
        #if canImport(Darwin)
        return true
        #else
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return true }
        var threads: [pthread_t] = []
        for _ in 0..<count {
            var thread = pthread_t()
            let waitsFor = UnsafeMutableRawPointer(bitPattern: Int(ends[0]))
            let failure = pthread_create(
                &thread, nil,
                { descriptor in
                    var byte: UInt8 = 0
                    _ = read(Int32(Int(bitPattern: descriptor)), &byte, 1)
                    return nil
                }, waitsFor)
            guard failure == 0 else { break }
            threads.append(thread)
        }
        close(ends[1])
        for thread in threads { pthread_join(thread, nil) }
        close(ends[0])
        return threads.count == count
        #endif
    }

    /// Divides what there is.
    /// - Throws: ``EngineError`` if it is too little to work with.
    static func budget(wanted: Int, servesItself: Bool) throws(EngineError) -> DescriptorBudget {
        raise()
        let limit = Int(clamping: files?.rlim_cur ?? 256)
        let (open, loops) = (openFiles, System.coreCount)
        let budget = DescriptorBudget(
            limit: limit, open: open, loops: loops, wanted: wanted, servesItself: servesItself)
        guard let budget else {
            let least = DescriptorBudget.least(open: open, loops: loops, servesItself: servesItself)
            throw EngineError(
                .tooFewFiles,
                "this process may have only \(limit) files and connections open, which is too few to work with",
                facts: ["least": "\(least)"])
        }
        return budget
    }

    /// Whether no further file can be opened now.
    static var isOutOfFiles: Bool {
        let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return errno == EMFILE || errno == ENFILE }
        close(descriptor)
        return false
    }

    /// How many files and connections this process may have open.
    package static var allowedFiles: Int? { files.map { Int(clamping: $0.rlim_cur) } }

    private static var files: rlimit? {
        var limit = rlimit()
        return getrlimit(fileLimit, &limit) == 0 ? limit : nil
    }

    /// How many files are open; those with high numbers are not looked for.
    private static var openFiles: Int {
        (0..<4096).count { fcntl(Int32($0), F_GETFD) != -1 }
    }

    #if canImport(Glibc)
    private static var fileLimit: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
    #else
    private static var fileLimit: Int32 { Int32(RLIMIT_NOFILE) }
    #endif
}
