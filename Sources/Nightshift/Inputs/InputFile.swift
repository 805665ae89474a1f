#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Why a file of the input set cannot be read.
struct InputFileError: Error, Hashable {
    var reason: String

    init(reason: String) {
        self.reason = reason
    }

    init(number: Int32) {
        reason = String(cString: strerror(number)).lowercased()
    }

    func message(doing action: String) -> String { "cannot \(action) the file: \(reason)" }
}

/// A regular file, open for reading from its start; closed with its last owner.
final class InputFile {
    /// What tells a file's content from an older one without reading it.
    struct Status {
        var size: Int
        /// Nanoseconds since 1970.
        var modifiedAt: Int
    }

    private let descriptor: Int32
    let status: Status
    private var offset = 0

    convenience init(_ path: String) throws(InputFileError) {
        // Not blocking, because opening a named pipe would wait for a writer for ever.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw InputFileError(number: errno) }
        try self.init(descriptor: descriptor)
    }

    /// - Parameter descriptor: belongs to this object from now on; its own offset is neither used nor moved.
    init(descriptor: Int32) throws(InputFileError) {
        self.descriptor = descriptor
        var found = stat()
        guard fstat(descriptor, &found) == 0 else {
            status = Status(size: 0, modifiedAt: 0)
            throw InputFileError(number: errno)
        }
        #if canImport(Darwin)
        let modified = found.st_mtimespec
        #else
        let modified = found.st_mtim
        #endif
        status = Status(
            size: Int(found.st_size),
            // A time stamp may be set to any year; here it only has to be the same for the same time.
            modifiedAt: Int(modified.tv_sec) &* 1_000_000_000 &+ Int(modified.tv_nsec))
        switch found.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw InputFileError(reason: "it is a directory")
        default: throw InputFileError(reason: "it is not a regular file")
        }
    }

    /// The same content from its start, by a descriptor of its own.
    func again() throws(InputFileError) -> InputFile {
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw InputFileError(number: errno) }
        return try InputFile(descriptor: copy)
    }

    deinit {
        close(descriptor)
    }

    /// Reads up to the buffer's size; 0 means the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputFileError) -> Int {
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if count >= 0 {
                offset += count
                return count
            }
            if errno != EINTR { throw InputFileError(number: errno) }
        }
    }

    /// The content, cut after `limit` bytes.
    func readAll(upTo limit: Int) throws(InputFileError) -> [UInt8] {
        var bytes: [UInt8] = []
        try forEachChunk(failure: { $0 }) { chunk throws(InputFileError) in
            bytes.append(contentsOf: chunk.prefix(limit - bytes.count))
            return bytes.count < limit
        }
        return bytes
    }

    /// Hands the content to `body` in large pieces, until it says that it has enough.
    ///
    /// - Parameter failure: what to throw if reading fails.
    func forEachChunk<Failure: Error>(
        failure: (InputFileError) -> Failure, _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Bool
    ) throws(Failure) {
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 256 << 10)
        defer { buffer.deallocate() }
        while true {
            let count: Int
            do throws(InputFileError) {
                count = try read(into: UnsafeMutableRawBufferPointer(buffer))
            } catch {
                throw failure(error)
            }
            guard count > 0 else { return }
            guard try body(UnsafeBufferPointer(rebasing: buffer[..<count])) else { return }
        }
    }
}
