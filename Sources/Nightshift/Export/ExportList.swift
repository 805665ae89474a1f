import Crypto
import Foundation
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
struct ExportList {
    private let destination: OutputDirectory
    private let name: String
    private let file: LineFile
    /// The paths of this export, by half of their digest.
    private var written: Set<SIMD2<UInt64>> = []
    /// The keys of items that have no result now, or not all files of it, the same way: what there is of them stays.
    private var unfinished: Set<SIMD2<UInt64>> = []

    /// The longest line that is read: a path and a few numbers.
    private static let longestLine = 64 * 1024

    init(_ parts: ExportParts, in destination: OutputDirectory) throws(ExportError) {
        self.destination = destination
        name = ".\(parts.job).nightshift-export"
        file = try LineFile(name, in: destination, parts: parts)
    }

    /// Takes an item and the files of it that are in the directory now.
    mutating func add(_ item: ExportItem, without missing: [String]) throws(ExportError) {
        if !missing.isEmpty || item.state != ItemState.succeeded.rawValue {
            unfinished.insert(ContentDigest.half(of: item.key))
        }
        for file in item.files where !missing.contains(file.path) { try add(file, of: item.key) }
    }

    mutating func add(_ exported: ExportItem.File, of key: String) throws(ExportError) {
        guard written.insert(ContentDigest.half(of: exported.path)).inserted else { return }
        let line: JSONValue = [
            "key": .string(key), "path": .string(exported.path), "size": .number(JSONNumber(Int(exported.size))),
            "sha256": .string(exported.sha256),
        ]
        try file.append(line.jsonBytes())
    }

    /// Removes what earlier exports wrote and this one did not, then puts this list in the place of theirs.
    func finish(_ report: inout ExportReport) throws(ExportError) {
        try forEachEarlier { (entry) throws(ExportError) in
            guard !written.contains(ContentDigest.half(of: entry.path)) else { return }
            guard !unfinished.contains(ContentDigest.half(of: entry.key)) else { return try file.append(entry.line) }
            switch remove(entry) {
            case .removed: report.removedFiles += 1
            case .gone: break
            case .changed:
                report.keptFiles += 1
                // It stays on the list: whoever changes it back has it removed by the next export.
                try file.append(entry.line)
            }
        }
        try file.finish()
    }

    func discard() {
        file.discard()
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
        case changed
    }

    private func forEachEarlier(_ body: (Entry) throws(ExportError) -> Void) throws(ExportError) {
        guard let list = InputStream(fileAtPath: "\(destination.path)/\(name)") else { return }
        list.open()
        defer { list.close() }
        var rest: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while case let count = list.read(&buffer, maxLength: buffer.count), count > 0 {
            rest += buffer[..<count]
            var start = rest.startIndex
            while let end = rest[start...].firstIndex(of: 0x0A) {
                if let entry = Self.entry(Array(rest[start..<end])) { try body(entry) }
                start = end + 1
            }
            rest.removeFirst(start)
            guard rest.count <= Self.longestLine else { return }
        }
    }

    private static func entry(_ line: [UInt8]) -> Entry? {
        guard let json = try? JSONValue(parsing: line), let key = json["key"]?.stringValue,
            let path = json["path"]?.stringValue,
            let size = json["size"]?.intValue, let sha256 = json["sha256"]?.stringValue
        else { return nil }
        return Entry(key: key, path: path, size: Int64(size), sha256: sha256, line: line)
    }

    private func remove(_ entry: Entry) -> Removal {
        // A path that leads out of the directory, or through a link, is refused here.
        guard let place = try? destination.existingPlace(of: entry.path) else { return .gone }
        guard let status = try? FileSystemCalls.status(of: place.path) else { return .gone }
        guard status.st_mode & S_IFMT == S_IFREG, Int64(status.st_size) == entry.size,
            Self.digest(of: place.path) == entry.sha256
        else { return .changed }
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
