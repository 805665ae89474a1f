import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Brings the files of items into the export: as hard links where the file system can, which costs no space, else as
/// copies. Blocks on the disk.
struct FileExport {
    let outputs: OutputDirectory
    let destination: OutputDirectory
    /// The folders whose new entries are not on the disk yet.
    private var unsynchronized: [String: Descriptor] = [:]

    private static let maximumUnsynchronized = 500

    /// Whether files become hard links where that is possible.
    private let links: Bool
    private let parts: ExportParts

    init(outputs: OutputDirectory, destination: OutputDirectory, parts: ExportParts, links: Bool = true) {
        self.parts = parts
        self.outputs = outputs
        self.destination = destination
        self.links = links
    }

    /// Whether a file is there, as it was recorded.
    func isThere(_ file: ExportItem.File) -> Bool { ((try? source(of: file)) ?? nil) != nil }

    /// - Returns: the status of the output; `nil` if it is not there, or not the one that was recorded.
    private func source(of file: ExportItem.File) throws(SystemCallError) -> stat? {
        guard outputs.leadsThroughNoLink(file.path),
            let found = try FileSystemCalls.status(of: "\(outputs.path)/\(file.path)"),
            found.st_mode & S_IFMT == S_IFREG, Int64(found.st_size) == file.size
        else { return nil }
        return found
    }

    /// How large a picture is.
    func pictureSize(of file: ExportItem.File) -> PictureSize? {
        guard let (opened, _) = try? OutputReader.open(file.path, in: outputs.path),
            let head = try? FileSystemCalls.read(PictureSize.headLength, at: 0, from: opened, path: file.path)
        else { return nil }
        return PictureSize(ofHead: head)
    }

    /// Exports one file under its own relative path.
    /// - Returns: `false` if the file is not there, or not the one that was recorded.
    mutating func export(_ file: ExportItem.File) throws(ExportError) -> Bool {
        do {
            let sourcePath = "\(outputs.path)/\(file.path)"
            guard let source = try source(of: file) else { return false }
            let place = try destination.place(of: file.path)
            let target = try FileSystemCalls.status(of: place.path)
            let isLinked = target.map { $0.st_dev == source.st_dev && $0.st_ino == source.st_ino } ?? false
            // In place, or linked by an export before.
            if isLinked, links { return true }
            // In the directory itself, where the next export finds it if this one is interrupted.
            let part = try destination.place(of: parts.name())
            if !links || linkat(AT_FDCWD, sourcePath, part.folder.raw, part.name, 0) != 0 {
                if let target, !isLinked, Self.isCopy(target, of: source) { return true }
                try copy(sourcePath, source, to: part)
            }
            try FileSystemCalls.rename(part, to: place)
            unsynchronized[place.folderPath] = place.folder
            if unsynchronized.count >= FileExport.maximumUnsynchronized { try synchronize() }
            return true
        } catch let error as ExportError {
            throw error
        } catch {
            throw ExportError(error, doing: "export")
        }
    }

    /// Returns when every file exported so far is on the disk under its name.
    mutating func synchronize() throws(ExportError) {
        for (path, folder) in unsynchronized {
            do throws(SystemCallError) {
                try FileSystemCalls.synchronize(folder, path: path)
            } catch {
                throw ExportError(error, doing: "synchronize")
            }
        }
        unsynchronized.removeAll(keepingCapacity: true)
    }

    /// Whether a file was copied by an export before, and neither has changed since: a copy has the time of what it is of.
    private static func isCopy(_ target: stat, of source: stat) -> Bool {
        target.st_mode & S_IFMT == S_IFREG && target.st_size == source.st_size
            && ShardList.modified(target) == ShardList.modified(source)
    }

    private func copy(
        _ sourcePath: String, _ status: stat, to part: OutputDirectory.Place
    ) throws(SystemCallError) {
        let source = try FileSystemCalls.openForReading(sourcePath)
        let target = try part.openForWriting(part.name, truncating: true)
        do throws(SystemCallError) {
            var offset: Int64 = 0
            try withUnsafeTemporaryBytes(count: 256 * 1024) { (buffer) throws(SystemCallError) in
                while case let count = try FileSystemCalls.read(into: buffer, from: source, path: sourcePath), count > 0
                {
                    let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
                    try FileSystemCalls.write(bytes, to: target, at: offset, path: part.path)
                    offset += Int64(count)
                }
            }
            FileSystemCalls.setTimes(of: target, like: status)
            try FileSystemCalls.synchronize(target, path: part.path)
        } catch {
            FileSystemCalls.remove(part.name, in: part.folder)
            throw error
        }
    }
}
