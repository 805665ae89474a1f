import Crypto
import LosslessJSON
import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The files that exports of one job have written into a directory, kept there in a hidden file.
///
/// The next export removes those of them that belong to no item any more. What it removes must still be what was written, so
/// that nothing is lost that anybody has put or changed there; a list that was tampered with can do no more than that.
///
/// The list grows with the export, under another name, so that what an interrupted one has written is known to the next as well.
struct ExportList {
    private let destination: OutputDirectory
    private let name: String
    private let file: LineFile
    /// The paths of this export, by half of their digest.
    private var written: Set<SIMD2<UInt64>> = []
    /// The keys of items whose outputs are lost, the same way: what an export has of them may be all that there is.
    private var lost: Set<SIMD2<UInt64>> = []
    /// The keys of items that have no result now.
    private var unfinished: Set<SIMD2<UInt64>> = []

    init(_ parts: ExportParts, in destination: OutputDirectory) throws(ExportError) {
        self.destination = destination
        name = ".\(parts.job).nightshift-export"
        let partName = "\(name).part"
        try Self.fold(partName, into: name, in: destination)
        file = try LineFile(name, in: destination, partName: partName)
    }

    /// Takes an item, and says which of its files are not to be had.
    mutating func note(_ item: ExportItem, missing: [String]) {
        if !missing.isEmpty { lost.insert(ContentDigest.half(of: item.key)) }
        if !item.isSucceeded { unfinished.insert(ContentDigest.half(of: item.key)) }
    }

    mutating func add(_ exported: ExportItem.File, of key: String) throws(ExportError) {
        guard written.insert(ContentDigest.half(of: exported.path)).inserted else { return }
        let line: JSONValue = [
            "key": .string(key), "path": .string(exported.path), "size": .number(JSONNumber(Int(exported.size))),
            "sha256": .string(exported.sha256),
        ]
        try file.append(line.jsonBytes())
    }

    /// Puts on the disk what was added: should the export not come to its end, the next one knows it.
    func flush() throws(ExportError) { try file.flush() }

    /// Removes what earlier exports wrote and this one did not, then puts this list in the place of theirs.
    func finish(_ report: inout ExportReport) throws(ExportError) {
        try forEachEarlier { (entry) throws(ExportError) in
            guard !written.contains(ContentDigest.half(of: entry.path)) else { return }
            let key = ContentDigest.half(of: entry.key)
            guard !lost.contains(key) else { return try file.append(entry.line) }
            switch remove(entry, unlessLast: unfinished.contains(key)) {
            case .removed: report.removedFiles += 1
            case .gone: break
            case .last: try file.append(entry.line)
            case .changed:
                report.keptFiles += 1
                // It stays on the list: whoever changes it back has it removed by the next export.
                try file.append(entry.line)
            }
        }
        try file.finish()
    }

    /// What was written so far stays known.
    func discard() {
        guard !written.isEmpty, (try? file.flush()) != nil else { return file.discard() }
        // It may fail on a full disk; then the next export does it.
        try? Self.fold(file.partName, into: name, in: destination)
    }

    /// Adds the list of an interrupted export to the one of before.
    private static func fold(
        _ partName: String, into name: String, in directory: OutputDirectory
    ) throws(ExportError) {
        let part = "\(directory.path)/\(partName)"
        do throws(SystemCallError) {
            guard try FileSystemCalls.size(of: part) ?? 0 > 0 else { return }
            let path = "\(directory.path)/\(name)"
            let folder = try FileSystemCalls.openDirectory(directory.path)
            let list = try FileSystemCalls.openForWriting(name, in: folder, truncating: false, path: path)
            let end = try FileSystemCalls.sizeOfPlainFile(list, path: path)
            var lines = try LineReader(part)
            var bytes: [UInt8] = []
            while let line = try lines.next() { bytes += line + [0x0A] }
            try FileSystemCalls.write(bytes, to: list, at: end, path: path)
            try FileSystemCalls.synchronize(list, path: path)
            FileSystemCalls.remove(partName, in: folder)
        } catch {
            throw ExportError(error, doing: "write")
        }
    }

    // MARK: - Earlier exports

    private struct Entry {
        var key: String
        var path: String
        var size: Int64
        var sha256: String
        var line: [UInt8]
    }

    private enum Removal {
        case removed
        case gone
        /// Nothing else is known to have what it holds.
        case last
        case changed
    }

    private func forEachEarlier(_ body: (Entry) throws(ExportError) -> Void) throws(ExportError) {
        // Without a list there is no earlier export.
        guard var list = try? LineReader("\(destination.path)/\(name)") else { return }
        while let line = try? list.next() {
            if let entry = Self.entry(line) { try body(entry) }
        }
    }

    private static func entry(_ line: [UInt8]) -> Entry? {
        guard let json = try? JSONValue(parsing: line), let key = json["key"]?.stringValue,
            let path = json["path"]?.stringValue,
            let size = json["size"]?.intValue, let sha256 = json["sha256"]?.stringValue
        else { return nil }
        return Entry(key: key, path: path, size: Int64(size), sha256: sha256, line: line)
    }

    /// - Parameter unlessLast: whether a file stays that may be all that is left of a result.
    private func remove(_ entry: Entry, unlessLast: Bool) -> Removal {
        // A path that leads out of the directory, or through a link, is refused here.
        guard let place = try? destination.existingPlace(of: entry.path) else { return .gone }
        guard let status = try? FileSystemCalls.status(of: place.path) else { return .gone }
        guard status.st_mode & S_IFMT == S_IFREG, Int64(status.st_size) == entry.size,
            Self.digest(of: place.path) == entry.sha256
        else { return .changed }
        // Results that are made again are kept in the outputs, and a hard link is one more name of them.
        if unlessLast, status.st_nlink < 2 { return .last }
        FileSystemCalls.remove(place.name, in: place.folder)
        removeEmptyFolders(above: entry.path)
        return .removed
    }

    /// A folder that has become empty goes too: it would be a class without pictures.
    private func removeEmptyFolders(above path: String) {
        var names = path.split(separator: "/").dropLast()
        while !names.isEmpty {
            guard rmdir("\(destination.path)/\(names.joined(separator: "/"))") == 0 else { return }
            names = names.dropLast()
        }
    }

    private static func digest(of path: String) -> String? {
        guard let file = try? FileSystemCalls.openForReading(path) else { return nil }
        var hasher = SHA256()
        let isRead: Void? = try? withUnsafeTemporaryBytes(count: 256 * 1024) { (buffer) throws(SystemCallError) in
            while case let count = try FileSystemCalls.read(into: buffer, from: file, path: path), count > 0 {
                hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
        return isRead == nil ? nil : ContentDigest.hex(hasher.finalize())
    }
}
