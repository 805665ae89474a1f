import CXattr
import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A failed system call: its error number, and the file it was about.
struct SystemCallError: Error {
    var number: Int32
    var path: String

    /// One sentence for people, with what they can do about it.
    func message(doing action: String) -> String {
        let reason = String(cString: strerror(number)).lowercased()
        let advice =
            switch number {
            case ENOSPC, EDQUOT: "; free some space, then run again"
            case EACCES, EPERM: "; allow this user to write there, then run again"
            case EROFS: "; the file system is read-only, choose another directory"
            case EFBIG: "; the file system or a limit of this process allows no larger file"
            case EMFILE, ENFILE: "; raise the limit of open files (ulimit -n), then run again"
            case ELOOP: "; it is a symbolic link, which is not followed here"
            case ENOTDIR: "; a file stands where a directory is needed, or a symbolic link, which is not followed here"
            default: ""
            }
        return "cannot \(action) '\(path)': \(reason)\(advice)"
    }
}

extension SystemCallError {
    /// Whether it is this process, or the system, that has no file descriptor left: a state that passes.
    var isShortOfDescriptors: Bool { number == EMFILE || number == ENFILE }
}

extension FetchFailure {
    /// What a failed system call means for an output.
    init(_ error: SystemCallError, doing action: String) {
        let message = error.message(doing: action)
        self = error.isShortOfDescriptors ? .unavailable(message) : .disk(message)
    }
}

/// An open file or directory, closed with its last owner.
final class Descriptor: Sendable {
    let raw: Int32

    init(_ raw: Int32) {
        self.raw = raw
    }

    deinit {
        close(raw)
    }
}

/// The few calls of the operating system that outputs and exports are made of, as throwing functions that carry the
/// path for the message. `path` is what a person should read; `name` is relative to the directory.
enum FileSystemCalls {
    static func openDirectory(_ path: String) throws(SystemCallError) -> Descriptor {
        Descriptor(try check(path) { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
    }

    /// Opens a folder inside `parent`; a symbolic link is refused.
    static func openDirectory(
        _ name: String, in parent: Descriptor, path: String
    ) throws(SystemCallError) -> Descriptor {
        Descriptor(
            try check(path) { openat(parent.raw, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) })
    }

    /// Makes a folder; one that exists already is fine.
    static func makeDirectory(
        _ name: String, in parent: Descriptor, path: String
    ) throws(SystemCallError) {
        if mkdirat(parent.raw, name, 0o755) != 0, errno != EEXIST {
            throw SystemCallError(number: errno, path: path)
        }
    }

    /// Makes a directory and what is missing above it, each entry synchronized to the disk.
    static func makeDirectories(_ path: String) throws(SystemCallError) {
        if mkdir(path, 0o755) == 0 {
            try synchronizeDirectory(parent(of: path))
            return
        }
        let failure = errno
        switch failure {
        case EEXIST:
            return
        case ENOENT:
            let above = parent(of: path)
            guard above != path else { throw SystemCallError(number: failure, path: path) }
            try makeDirectories(above)
            if mkdir(path, 0o755) != 0, errno != EEXIST { throw SystemCallError(number: errno, path: path) }
            try synchronizeDirectory(above)
        default:
            throw SystemCallError(number: failure, path: path)
        }
    }

    /// Makes a file for reading and writing that must not be there yet, not even as a link.
    static func openNew(_ name: String, in parent: Descriptor, path: String) throws(SystemCallError) -> Descriptor {
        let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        return Descriptor(try check(path) { openat(parent.raw, name, flags, 0o644) })
    }

    /// Makes a folder that only this user may look into; one that exists already is an error.
    static func makePrivateDirectory(_ path: String) throws(SystemCallError) {
        if mkdir(path, 0o700) != 0 { throw SystemCallError(number: errno, path: path) }
    }

    /// Opens a new or existing file for reading and writing; a symbolic link is refused.
    static func openForWriting(
        _ name: String, in parent: Descriptor, truncating: Bool, path: String
    ) throws(SystemCallError) -> Descriptor {
        let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | (truncating ? O_TRUNC : 0)
        return Descriptor(try check(path) { openat(parent.raw, name, flags, 0o644) })
    }

    /// Opens a new file without a name, for writing.
    /// - Returns: `nil` where the system or the file system knows no such files.
    static func openNameless(in parent: Descriptor, path: String) throws(SystemCallError) -> Descriptor? {
        #if canImport(Darwin)
        return nil
        #else
        // O_TMPFILE, which is written in C as more than a number.
        let flags = 0o20_000_000 | O_DIRECTORY | O_WRONLY | O_CLOEXEC
        do throws(SystemCallError) {
            return Descriptor(try check(path) { openat(parent.raw, ".", flags, 0o644) })
        } catch  where [EOPNOTSUPP, EISDIR, ENOENT, EINVAL].contains(error.number) {
            return nil
        }
        #endif
    }

    /// What became of the wish to have a name.
    enum Naming {
        case done
        /// Something has the name already.
        case taken
        /// The file system, or this system, does not give names in this way.
        case unsupported
    }

    private static let withoutLinks: Set<Int32> = [EOPNOTSUPP, ENOTSUP, EXDEV, EPERM, EMLINK, ENOSYS]

    /// Gives a file without a name one that nothing has yet.
    static func link(
        _ file: Descriptor, as name: String, in parent: Descriptor, path: String
    ) throws(SystemCallError) -> Naming {
        do throws(SystemCallError) {
            _ = try check(path) {
                linkat(AT_FDCWD, "/proc/self/fd/\(file.raw)", parent.raw, name, AT_SYMLINK_FOLLOW)
            }
            return .done
        } catch {
            if error.number == EEXIST { return .taken }
            // Without /proc the name of the open file is not there.
            if withoutLinks.contains(error.number) || error.number == ENOENT { return .unsupported }
            throw error
        }
    }

    /// Gives a file a second name that nothing has yet.
    static func link(
        _ name: String, as newName: String, in parent: Descriptor, path: String
    ) throws(SystemCallError) -> Naming {
        do throws(SystemCallError) {
            _ = try check(path) { linkat(parent.raw, name, parent.raw, newName, 0) }
            return .done
        } catch {
            if error.number == EEXIST { return .taken }
            if withoutLinks.contains(error.number) { return .unsupported }
            throw error
        }
    }

    /// Gives a file a second name in another folder, that nothing has yet.
    static func link(
        _ file: OutputDirectory.Place, as other: OutputDirectory.Place
    ) throws(SystemCallError) -> Naming {
        do throws(SystemCallError) {
            _ = try check(other.path) { linkat(file.folder.raw, file.name, other.folder.raw, other.name, 0) }
            return .done
        } catch {
            if error.number == EEXIST { return .taken }
            if withoutLinks.contains(error.number) { return .unsupported }
            throw error
        }
    }

    // MARK: - Owners

    private static let ownerAttribute = "user.nightshift.owner"
    private static let longestOwner = 200

    /// Writes on a file whose it is; file systems without extended attributes keep nothing of it.
    static func setOwner(_ owner: String, of file: Descriptor) {
        var bytes = Array(owner.utf8)
        #if canImport(Darwin)
        _ = fsetxattr(file.raw, ownerAttribute, &bytes, bytes.count, 0, 0)
        #else
        _ = fsetxattr(file.raw, ownerAttribute, &bytes, bytes.count, 0)
        #endif
    }

    /// What ``setOwner(_:of:)`` wrote on the file at a path; links are not followed.
    static func owner(of path: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: longestOwner)
        #if canImport(Darwin)
        let count = getxattr(path, ownerAttribute, &bytes, bytes.count, 0, XATTR_NOFOLLOW)
        #else
        let count = lgetxattr(path, ownerAttribute, &bytes, bytes.count)
        #endif
        return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
    }

    /// Opens a file in a folder to read it; a symbolic link is refused, and nothing is waited for.
    static func openPlain(_ name: String, in parent: Descriptor, path: String) throws(SystemCallError) -> Descriptor {
        Descriptor(
            try check(path) { openat(parent.raw, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) })
    }

    static func openForReading(_ path: String) throws(SystemCallError) -> Descriptor {
        Descriptor(try check(path) { open(path, O_RDONLY | O_CLOEXEC) })
    }

    static func write(
        _ bytes: [UInt8], to file: Descriptor, at offset: Int64, path: String
    ) throws(SystemCallError) {
        let failure: SystemCallError? = bytes.withUnsafeBytes { bytes in
            do throws(SystemCallError) {
                try write(bytes, to: file, at: offset, path: path)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    static func write(
        _ bytes: UnsafeRawBufferPointer, to file: Descriptor, at offset: Int64, path: String
    ) throws(SystemCallError) {
        var written = 0
        while written < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
            let count = pwrite(file.raw, rest.baseAddress, rest.count, off_t(offset) + off_t(written))
            if count > 0 {
                written += count
            } else if count == 0 {
                throw SystemCallError(number: ENOSPC, path: path)
            } else if errno != EINTR {
                throw SystemCallError(number: errno, path: path)
            }
        }
    }

    /// Reads up to the buffer's size from the file's current position; 0 means its end.
    static func read(
        into buffer: UnsafeMutableRawBufferPointer, from file: Descriptor, path: String
    ) throws(SystemCallError) -> Int {
        Int(try check(path) { Int32(clamping: posixRead(file.raw, buffer.baseAddress, buffer.count)) })
    }

    /// Reads up to `count` bytes from an offset; fewer at the file's end.
    static func read(
        _ count: Int, at offset: Int64, from file: Descriptor, path: String
    ) throws(SystemCallError) -> [UInt8] {
        var number: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(
                    file.raw, buffer.baseAddress?.advanced(by: filled), count - filled, off_t(offset) + off_t(filled))
                if got > 0 {
                    filled += got
                } else if got == 0 {
                    break
                } else if errno != EINTR {
                    number = errno
                    break
                }
            }
        }
        guard number == 0 else { throw SystemCallError(number: number, path: path) }
        return bytes
    }

    /// - Throws: for what is no plain file, such as a folder or a pipe.
    static func sizeOfPlainFile(_ file: Descriptor, path: String) throws(SystemCallError) -> Int64 {
        var status = stat()
        _ = try check(path) { fstat(file.raw, &status) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw SystemCallError(number: EINVAL, path: path) }
        return Int64(status.st_size)
    }

    /// A file's size in bytes, or `nil` if nothing is there.
    static func size(of path: String) throws(SystemCallError) -> Int64? {
        try status(of: path).map { Int64($0.st_size) }
    }

    /// The status of a path without following a last symbolic link, or `nil` if nothing is there.
    static func status(of path: String) throws(SystemCallError) -> stat? {
        var status = stat()
        if lstat(path, &status) == 0 { return status }
        if errno == ENOENT || errno == ENOTDIR { return nil }
        throw SystemCallError(number: errno, path: path)
    }

    static func truncate(_ file: Descriptor, to size: Int64, path: String) throws(SystemCallError) {
        _ = try check(path) { ftruncate(file.raw, off_t(size)) }
    }

    /// Gives a file the times of another one; where that is not possible, it keeps its own.
    static func setTimes(of file: Descriptor, like status: stat) {
        #if canImport(Darwin)
        let times = [status.st_atimespec, status.st_mtimespec]
        #else
        let times = [status.st_atim, status.st_mtim]
        #endif
        _ = futimens(file.raw, times)
    }

    static func rename(
        _ name: String, to newName: String, in parent: Descriptor, path: String
    ) throws(SystemCallError) {
        _ = try check(path) { renameat(parent.raw, name, parent.raw, newName) }
    }

    /// Moves a file into another folder.
    static func rename(
        _ file: OutputDirectory.Place, to other: OutputDirectory.Place
    ) throws(SystemCallError) {
        _ = try check(other.path) { renameat(file.folder.raw, file.name, other.folder.raw, other.name) }
    }

    static func remove(_ name: String, in parent: Descriptor) {
        _ = unlinkat(parent.raw, name, 0)
    }

    /// Waits until the file or directory has reached the disk itself.
    static func synchronize(_ file: Descriptor, path: String) throws(SystemCallError) {
        #if canImport(Darwin)
        // There, fsync alone leaves the data in the drive's cache.
        if fcntl(file.raw, F_FULLFSYNC) == 0 { return }
        #endif
        _ = try check(path) { fsync(file.raw) }
    }

    static func synchronizeDirectory(_ path: String) throws(SystemCallError) {
        try synchronize(try openDirectory(path), path: path)
    }

    /// The path without its last component.
    static func parent(of path: String) -> String {
        var rest = Substring(path)
        while rest.count > 1, rest.last == "/" { rest = rest.dropLast() }
        guard let slash = rest.lastIndex(of: "/") else { return "." }
        return slash == rest.startIndex ? "/" : String(rest[..<slash])
    }

    private static func check(_ path: String, _ call: () -> Int32) throws(SystemCallError) -> Int32 {
        while true {
            let result = call()
            if result >= 0 { return result }
            if errno != EINTR { throw SystemCallError(number: errno, path: path) }
        }
    }
}

/// The system's `read`, under a name that the function above does not hide.
private func posixRead(_ file: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    #if canImport(Darwin)
    Darwin.read(file, buffer, count)
    #elseif canImport(Musl)
    Musl.read(file, buffer, count)
    #else
    Glibc.read(file, buffer, count)
    #endif
}
