package import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

extension OutputStore {
    /// Stores an output as a copy of one that was stored before, if that is still there and what it was.
    ///
    /// - Parameters:
    ///   - source: its path is inside the same directory, or inside `folder`.
    ///   - folder: the output directory of another job; `nil` for this one.
    ///   - relativePath: where; may be the source's own place.
    /// - Returns: `nil` if the source is gone or has changed.
    package func copy(
        _ source: StoredOutput, from folder: String? = nil, index: Int, to relativePath: String
    ) async throws(FetchFailure) -> StoredOutput? {
        let directory = writer.directory
        let isCopied = try await DiskThreads.run { () throws(FetchFailure) in
            try Self.copy(source, from: folder, to: relativePath, in: directory)
        }
        guard isCopied else { return nil }
        try await writer.synchronizeFolder(of: relativePath)
        var copied = source
        copied.index = index
        copied.path = relativePath
        return copied
    }

    private static func copy(
        _ source: StoredOutput, from folder: String?, to relativePath: String, in directory: OutputDirectory
    ) throws(FetchFailure) -> Bool {
        let sourcePath = "\(folder ?? directory.path)/\(source.path)"
        let file: Descriptor
        guard directory.leadsThroughNoLink(source.path) else { return false }
        do throws(SystemCallError) {
            guard let status = try FileSystemCalls.status(of: sourcePath), Int64(status.st_size) == source.size else {
                return false
            }
            file = try FileSystemCalls.openForReading(sourcePath)
        } catch {
            return false
        }
        let isInPlace = folder == nil && source.path == relativePath
        var part = isInPlace ? nil : try PartialFile(at: directory.place(of: relativePath), content: nil)
        var hasher = ContentHasher(withMD5: false)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count: Int
            do throws(SystemCallError) {
                count = try FileSystemCalls.read(into: buffer, from: file, path: sourcePath)
            } catch {
                part?.remove()
                return false
            }
            guard count > 0 else { break }
            let chunk = Array(buffer[..<count])
            hasher.update(chunk)
            try part?.append(chunk)
        }
        guard hasher.sha256Text == source.sha256 else {
            part?.remove()
            return false
        }
        try part?.finish()
        return true
    }
}
