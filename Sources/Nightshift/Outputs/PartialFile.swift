import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A file that is not whole yet, under a hidden name beside its target. All functions block on the disk.
struct PartialFile: Sendable {
    let place: OutputDirectory.Place
    let name: String
    private let file: Descriptor
    private(set) var length: Int64 = 0
    private(set) var hasher: ContentHasher

    private var path: String { "\(place.folderPath)/\(name)" }

    /// Begins a new part, discarding one that an earlier process left under the same name.
    /// - Parameter content: the MD5 of the whole, if the server told it.
    init(at place: OutputDirectory.Place, content: String?) throws(FetchFailure) {
        self.place = place
        name = place.partialName(content: content)
        hasher = ContentHasher(withMD5: content != nil)
        do throws(SystemCallError) {
            file = try FileSystemCalls.openForWriting(
                name, in: place.folder, truncating: true, path: "\(place.folderPath)/\(name)")
        } catch {
            throw .disk(error.message(doing: "write"))
        }
    }

    /// Takes over the part that an earlier process left, or returns `nil` if there is none worth it.
    init?(resuming place: OutputDirectory.Place, content: String, below limit: Int64) throws(FetchFailure) {
        self.place = place
        name = place.partialName(content: content)
        hasher = ContentHasher(withMD5: true)
        let path = "\(place.folderPath)/\(name)"
        do throws(SystemCallError) {
            let status = try FileSystemCalls.status(of: path)
            guard let status, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0, status.st_size < limit else {
                return nil
            }
            file = try place.openForWriting(name, truncating: false)
            try withUnsafeTemporaryBytes(count: 256 * 1024) { (buffer) throws(SystemCallError) in
                while case let count = try FileSystemCalls.read(into: buffer, from: file, path: path), count > 0 {
                    hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                    length += Int64(count)
                }
            }
        } catch {
            throw .disk(error.message(doing: "read"))
        }
    }

    /// Writes a content that is there as a whole; it has its final name when it is on the disk, and not before.
    static func writeWhole(_ bytes: [UInt8], at place: OutputDirectory.Place) throws(FetchFailure) {
        let name = place.partialName()
        do throws(SystemCallError) {
            if try writeNameless(bytes, at: place) { return }
            let file = try place.openForWriting(name, truncating: true)
            try FileSystemCalls.write(bytes, to: file, at: 0, path: place.path)
            try FileSystemCalls.synchronize(file, path: place.path)
            try place.rename(name)
        } catch {
            FileSystemCalls.remove(name, in: place.folder)
            throw .disk(error.message(doing: "write"))
        }
    }

    /// The same by a file that has no name at all until it is whole, which costs one entry of the folder instead of two and
    /// leaves nothing behind in a crash.
    /// - Returns: `false` if that cannot be done here, or if something has the name already.
    private static func writeNameless(
        _ bytes: [UInt8], at place: OutputDirectory.Place
    ) throws(SystemCallError) -> Bool {
        guard let file = try FileSystemCalls.openNameless(in: place.folder, path: place.path) else { return false }
        try FileSystemCalls.write(bytes, to: file, at: 0, path: place.path)
        try FileSystemCalls.synchronize(file, path: place.path)
        return try FileSystemCalls.link(file, as: place.name, in: place.folder, path: place.path)
    }

    mutating func append(_ bytes: [UInt8]) throws(FetchFailure) {
        do throws(SystemCallError) {
            try FileSystemCalls.write(bytes, to: file, at: length, path: place.path)
        } catch {
            throw .disk(error.message(doing: "write"))
        }
        hasher.update(bytes)
        length += Int64(bytes.count)
    }

    /// Puts the file under its final name. The entry itself is durable only after the folder is synchronized too.
    func finish() throws(FetchFailure) {
        do throws(SystemCallError) {
            try FileSystemCalls.synchronize(file, path: place.path)
            try place.rename(name)
        } catch {
            throw .disk(error.message(doing: "write"))
        }
    }

    func remove() {
        FileSystemCalls.remove(name, in: place.folder)
    }
}

/// A buffer that lives as long as `body`.
func withUnsafeTemporaryBytes<Failure: Error>(
    count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
) throws(Failure) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    defer { buffer.deallocate() }
    try body(buffer)
}
