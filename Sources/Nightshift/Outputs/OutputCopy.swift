import NightshiftCore

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
    ///   - target: where; may be the source's own place.
    /// - Returns: `nil` if the source is gone or has changed.
    func copy(
        _ source: StoredOutput, from folder: String? = nil, to target: OutputTarget
    ) async throws(FetchFailure) -> StoredOutput? {
        let directory = writer.directory
        var target = target
        while true {
            let current = target
            let isCopied = try await DiskThreads.run { () throws(FetchFailure) in
                try Self.copy(source, from: folder, to: current, in: directory)
            }
            guard let isCopied else { return nil }
            guard !isCopied else { break }
            target.path = try await target.move(target.path)
        }
        try await writer.synchronizeFolder(of: target.path)
        var copied = source
        copied.index = target.place
        copied.path = target.path
        return copied
    }

    /// - Returns: `nil` if the source is gone or has changed, `false` if somebody else's file has the name.
    private static func copy(
        _ source: StoredOutput, from folder: String?, to target: OutputTarget, in directory: OutputDirectory
    ) throws(FetchFailure) -> Bool? {
        let origin = folder.map(OutputDirectory.init(path:)) ?? directory
        let sourcePath = "\(origin.path)/\(source.path)"
        let file: Descriptor
        guard origin.leadsThroughNoLink(source.path) else { return nil }
        do throws(SystemCallError) {
            guard let status = try FileSystemCalls.status(of: sourcePath), Int64(status.st_size) == source.size else {
                return nil
            }
            file = try FileSystemCalls.openForReading(sourcePath)
        } catch {
            if error.isShortOfDescriptors { throw FetchFailure(error, doing: "read") }
            return nil
        }
        let isInPlace = folder == nil && source.path == target.path
        var part: PartialFile?
        if !isInPlace {
            part = try PartialFile(
                at: directory.place(of: target.path), for: target, content: nil, withMD5: false)
        }
        do throws(FetchFailure) {
            var hasher = ContentHasher(withMD5: false)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 * 1024, alignment: 16)
            defer { buffer.deallocate() }
            while case let count = try read(into: buffer, from: file, path: sourcePath), count > 0 {
                let chunk = Array(buffer[..<count])
                hasher.update(chunk)
                try part?.append(chunk)
            }
            guard hasher.sha256Text == source.sha256 else {
                part?.remove()
                return nil
            }
            guard let part else { return true }
            let isDone = try part.finish(for: target)
            if !isDone { part.remove() }
            return isDone
        } catch {
            part?.remove()
            throw error
        }
    }

    /// - Returns: 0 also where the file cannot be read on; its content then is not the one that is looked for.
    private static func read(
        into buffer: UnsafeMutableRawBufferPointer, from file: Descriptor, path: String
    ) throws(FetchFailure) -> Int {
        do throws(SystemCallError) {
            return try FileSystemCalls.read(into: buffer, from: file, path: path)
        } catch {
            return 0
        }
    }
}
