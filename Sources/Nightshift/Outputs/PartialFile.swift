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
    /// The first bytes, by which the content is recognized.
    private(set) var head: [UInt8] = []

    private var path: String { "\(place.folderPath)/\(name)" }

    /// Begins a new part, discarding one that an earlier process left under the same name.
    /// - Parameter content: the MD5 of the whole, if the server told it.
    init(
        at place: OutputDirectory.Place, for target: OutputTarget, content: String?, withMD5: Bool
    ) throws(FetchFailure) {
        self.place = place
        name = target.partName(content: content)
        hasher = ContentHasher(withMD5: withMD5)
        do throws(SystemCallError) {
            // Not truncated: after a crash in the wrong moment the name can be the second one of a whole file.
            FileSystemCalls.remove(name, in: place.folder)
            file = try FileSystemCalls.openNew(name, in: place.folder, path: "\(place.folderPath)/\(name)")
            FileSystemCalls.setOwner(target.owner.text, of: file)
        } catch {
            throw FetchFailure(error, doing: "write")
        }
    }

    /// Takes over the part that an earlier process left, or returns `nil` if there is none worth it.
    init?(
        resuming place: OutputDirectory.Place, for target: OutputTarget, content: String, below limit: Int64
    ) throws(FetchFailure) {
        self.place = place
        name = target.partName(content: content)
        hasher = ContentHasher(withMD5: true)
        let path = "\(place.folderPath)/\(name)"
        do throws(SystemCallError) {
            let status = try FileSystemCalls.status(of: path)
            guard let status, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1, status.st_size > 0,
                status.st_size < limit
            else { return nil }
            file = try place.openForWriting(name, truncating: false)
            FileSystemCalls.setOwner(target.owner.text, of: file)
            try withUnsafeTemporaryBytes(count: 256 * 1024) { (buffer) throws(SystemCallError) in
                while case let count = try FileSystemCalls.read(into: buffer, from: file, path: path), count > 0 {
                    let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                    if length == 0 { head = Array(bytes.prefix(ContentKind.headLength)) }
                    hasher.update(bytes)
                    length += Int64(count)
                }
            }
        } catch {
            throw FetchFailure(error, doing: "read")
        }
    }

    /// Writes a content that is there as a whole; it has its final name when it is on the disk, and not before.
    /// - Returns: `false` if somebody else's file has the name.
    static func writeWhole(
        _ bytes: [UInt8], at place: OutputDirectory.Place, for target: OutputTarget, sha256: String
    ) throws(FetchFailure) -> Bool {
        let content = OutputDirectory.Place.Content(size: Int64(bytes.count), sha256: sha256)
        do throws(SystemCallError) {
            if let isStored = try writeNameless(bytes, at: place, for: target, content) { return isStored }
        } catch {
            throw FetchFailure(error, doing: "write")
        }
        var part = try PartialFile(at: place, for: target, content: nil, withMD5: false)
        do throws(FetchFailure) {
            try part.append(bytes)
            let isStored = try part.finish(for: target)
            if !isStored { part.remove() }
            return isStored
        } catch {
            part.remove()
            throw error
        }
    }

    /// The same by a file that has no name at all until it is whole, which costs one entry of the folder instead of two and
    /// leaves nothing behind in a crash.
    /// - Returns: `nil` if that cannot be done here.
    private static func writeNameless(
        _ bytes: [UInt8], at place: OutputDirectory.Place, for target: OutputTarget,
        _ content: OutputDirectory.Place.Content
    ) throws(SystemCallError) -> Bool? {
        guard let file = try FileSystemCalls.openNameless(in: place.folder, path: place.path) else { return nil }
        FileSystemCalls.setOwner(target.owner.text, of: file)
        try FileSystemCalls.write(bytes, to: file, at: 0, path: place.path)
        try FileSystemCalls.synchronize(file, path: place.path)
        return try place.claim(file, for: target, content)
    }

    mutating func append(_ bytes: [UInt8]) throws(FetchFailure) {
        do throws(SystemCallError) {
            try FileSystemCalls.write(bytes, to: file, at: length, path: place.path)
        } catch {
            throw FetchFailure(error, doing: "write")
        }
        if length == 0 { head = Array(bytes.prefix(ContentKind.headLength)) }
        hasher.update(bytes)
        length += Int64(bytes.count)
    }

    /// Puts the file under its final name. The entry itself is durable only after the folder is synchronized too.
    /// - Parameter target: in the same folder; its name may be another one than when the part was begun.
    /// - Returns: `false` if somebody else's file has the name; the part stays.
    func finish(for target: OutputTarget) throws(FetchFailure) -> Bool {
        var place = place
        place.name = PathName.baseName(of: target.path)
        do throws(SystemCallError) {
            try FileSystemCalls.synchronize(file, path: place.path)
            return try place.claim(
                name, for: target, OutputDirectory.Place.Content(size: length, sha256: hasher.sha256Text))
        } catch {
            throw FetchFailure(error, doing: "write")
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
