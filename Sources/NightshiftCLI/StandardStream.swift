import Foundation
import Nightshift

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What was to be printed has not arrived.
struct OutputError: Error, Hashable, Sendable, CustomStringConvertible {
    var number: Int32

    /// Whether nobody reads any more, as behind `| head -1`. Nothing is wrong then.
    var isReaderGone: Bool { number == EPIPE }

    var description: String {
        let advice = [ENOSPC, EDQUOT].contains(number) ? "; free some space, then try again" : ""
        return "cannot write to standard output: \(ErrorReason.text(of: number))\(advice)"
    }
}

/// Writing to the standard streams, without a buffer between: what has returned has been written.
enum StandardStream {
    /// Opens `/dev/null` in the place of standard streams that are closed, so that no file of the run takes their numbers and
    /// is written over by messages. Reading gives nothing, and writing fails as it did before.
    static func fillClosed() {
        while true {
            let descriptor = open("/dev/null", O_RDONLY)
            guard (0...STDERR_FILENO).contains(descriptor) else {
                if descriptor > STDERR_FILENO { close(descriptor) }
                return
            }
        }
    }

    /// Writes all of it, or says why not. A stream that takes nothing for a while is waited for.
    static func write(_ text: String, to descriptor: Int32) throws(OutputError) {
        var text = text
        let failure: Int32? = text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)[...]
            while !rest.isEmpty {
                let count = systemWrite(descriptor, UnsafeRawBufferPointer(rebasing: rest))
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if count == 0 {
                    return ENOSPC
                } else if errno == EAGAIN || errno == EWOULDBLOCK {
                    var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    if poll(&wanted, 1, -1) < 0, errno != EINTR { return errno }
                } else if errno != EINTR {
                    return errno
                }
            }
            return nil
        }
        if let failure { throw OutputError(number: failure) }
    }

    private static func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        #if canImport(Darwin)
        Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Glibc)
        Glibc.write(descriptor, bytes.baseAddress, bytes.count)
        #elseif canImport(Musl)
        Musl.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }
}
