import Foundation
import Synchronization

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Standard input as a file: what is piped in is kept on disk, so that it can be read more than once.
enum StandardInput {
    /// The descriptor of what was read, for the life of the process.
    private static let kept = Mutex<Int32?>(nil)

    /// A file with all that was or will be piped in; waits for its end.
    static func file() throws(InputFileError) -> InputFile {
        let found = try kept.withLock { (kept: inout Int32?) throws(InputFileError) -> Int32 in
            if let kept { return kept }
            let descriptor = try keep(STDIN_FILENO)
            kept = descriptor
            return descriptor
        }
        let copy = fcntl(found, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw InputFileError(number: errno) }
        return try InputFile(descriptor: copy)
    }

    /// The descriptor of a file with the content of another.
    private static func keep(_ input: Int32) throws(InputFileError) -> Int32 {
        guard isatty(input) == 0 else {
            throw InputFileError(reason: "it is a terminal; pipe the rows in, or write them to a file")
        }
        var status = stat()
        guard fstat(input, &status) == 0 else { throw InputFileError(number: errno) }
        if status.st_mode & S_IFMT == S_IFREG { return input }
        let output = try temporaryFile()
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(input, $0.baseAddress, $0.count) }
            if count == 0 { return output }
            if count < 0, errno == EINTR { continue }
            guard count > 0, writeAll(buffer[..<count], to: output) else {
                let error = InputFileError(number: errno)
                close(output)
                throw error
            }
        }
    }

    /// A file that is gone with its descriptor.
    private static func temporaryFile() throws(InputFileError) -> Int32 {
        var path = Array((FileManager.default.temporaryDirectory.path + "/nightshift-stdin-XXXXXX").utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw InputFileError(number: errno) }
        unlink(&path)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        return descriptor
    }

    private static func writeAll(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
