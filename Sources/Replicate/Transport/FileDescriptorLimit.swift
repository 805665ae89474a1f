import Foundation

/// How many files, connections among them, this process may have open.
enum FileDescriptorLimit {
    /// Half of the limit, at least 16; no more than there are ports to one host.
    static let half = max(16, min(current / 2, 24_000))

    private static var current: Int {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return 1024 }
        return Int(clamping: limit.rlim_cur)
    }

    #if canImport(Glibc) || canImport(Musl)
    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }
    #else
    private static var resource: Int32 { Int32(RLIMIT_NOFILE) }
    #endif
}
