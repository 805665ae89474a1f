import LosslessJSON
import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The numbered files of one format that exports of a job have written into a directory: `JOB-000000.tar`, `JOB-000001.tar`.
///
/// A hidden list says of each what it was made of, so that the next export does not write again what would be the same, also where
/// the one before was interrupted: each file is on the list, under a hidden name, as soon as it is whole. All get their names at the
/// end, and then those that are none of this export are removed, if they are still what was written.
struct ShardList {
    /// A file as it was written.
    private struct Entry {
        var index: Int
        var size: Int64
        /// When it was written, in nanoseconds: who changes it changes that.
        var modified: Int64
        /// The digest of what it was made of.
        var content: String

        var json: JSONValue {
            [
                "index": .number(JSONNumber(index)), "size": .number(JSONNumber(Int(size))),
                "modified": .number(JSONNumber(Int(modified))), "content": .string(content),
            ]
        }
    }

    private let directory: OutputDirectory
    private let parts: ExportParts
    private let fileExtension: String
    private let earlier: [Int: [Entry]]
    private var entries: [Entry] = []

    init(_ fileExtension: String, in directory: OutputDirectory, parts: ExportParts) throws(ExportError) {
        self.directory = directory
        self.parts = parts
        self.fileExtension = fileExtension
        var earlier: [Int: [Entry]] = [:]
        // A list that cannot be read knows nothing: all is written anew.
        if var lines = try? LineReader("\(directory.path)/.\(parts.job).nightshift-\(fileExtension)") {
            while let line = try? lines.next() {
                guard let json = try? JSONValue(parsing: line), let index = json["index"]?.intValue,
                    let size = json["size"]?.intValue, let modified = json["modified"]?.intValue,
                    let content = json["content"]?.stringValue
                else { continue }
                earlier[index, default: []].append(
                    Entry(index: index, size: Int64(size), modified: Int64(modified), content: content))
            }
        }
        self.earlier = earlier
    }

    private var listName: String { ".\(parts.job).nightshift-\(fileExtension)" }

    /// The name of a file among the results.
    func name(_ index: Int) -> String {
        let digits = String(index)
        return "\(parts.job)-\(String(repeating: "0", count: max(0, 6 - digits.utf8.count)))\(digits).\(fileExtension)"
    }

    /// The name of a whole file until the others are whole too.
    func hiddenName(_ index: Int) -> String { ".\(name(index)).nightshift-shard" }

    /// Whether an earlier export has written a file for this place that is still there, so that it may be worth finding out whether
    /// it would be the same.
    func hasEarlier(_ index: Int) -> Bool {
        earlier[index]?.contains { entry in place(of: entry) != nil } ?? false
    }

    /// Takes the file of an earlier export for this one, if it was made of the same.
    mutating func keep(_ index: Int, content: String) -> Bool {
        guard let entry = earlier[index]?.last(where: { $0.content == content && place(of: $0) != nil }) else {
            return false
        }
        entries.append(entry)
        return true
    }

    /// Notes that a file is whole, under its hidden name.
    mutating func add(_ index: Int, content: String) throws(ExportError) {
        do throws(SystemCallError) {
            let path = "\(directory.path)/\(hiddenName(index))"
            guard let found = try FileSystemCalls.status(of: path) else {
                throw SystemCallError(number: ENOENT, path: path)
            }
            let entry = Entry(
                index: index, size: Int64(found.st_size), modified: Self.modified(found), content: content)
            entries.append(entry)
            let folder = try FileSystemCalls.openDirectory(directory.path)
            let list = try FileSystemCalls.openForWriting(
                listName, in: folder, truncating: false, path: "\(directory.path)/\(listName)")
            let end = try FileSystemCalls.sizeOfPlainFile(list, path: listName)
            try FileSystemCalls.write(entry.json.jsonBytes() + [0x0A], to: list, at: end, path: listName)
            try FileSystemCalls.synchronize(list, path: listName)
        } catch {
            throw ExportError(error, doing: "write")
        }
    }

    /// Gives all files their names, and removes those of earlier exports that are none of this one.
    func finish(_ report: inout ExportReport) throws(ExportError) {
        do throws(SystemCallError) {
            let folder = try FileSystemCalls.openDirectory(directory.path)
            for entry in entries where path(of: entry, hiddenName(entry.index)) != nil {
                let name = name(entry.index)
                try FileSystemCalls.rename(
                    hiddenName(entry.index), to: name, in: folder, path: "\(directory.path)/\(name)")
            }
            // What an interrupted export has left that is not what the files are now.
            for index in 0..<max(entries.count, (earlier.keys.max() ?? 0) + 2) {
                FileSystemCalls.remove(hiddenName(index), in: folder)
            }
            try FileSystemCalls.synchronize(folder, path: directory.path)
        } catch {
            throw ExportError(error, doing: "write")
        }
        try writeList(entries + removeEarlier(&report))
    }

    /// - Returns: those that somebody has changed. They stay, also on the list: who changes them back has them removed.
    private func removeEarlier(_ report: inout ExportReport) -> [Entry] {
        var changed: [Entry] = []
        for (index, versions) in earlier.sorted(by: { $0.key < $1.key }) where index >= entries.count {
            let path = "\(directory.path)/\(name(index))"
            guard let found = try? FileSystemCalls.status(of: path), found.st_mode & S_IFMT == S_IFREG else { continue }
            if versions.contains(where: { self.path(of: $0, name(index)) != nil }) {
                unlink(path)
                report.removedFiles += 1
            } else {
                report.keptFiles += 1
                changed += versions
            }
        }
        return changed
    }

    private func writeList(_ entries: [Entry]) throws(ExportError) {
        let list = try LineFile(listName, in: directory, parts: parts)
        for entry in entries { try list.append(entry.json.jsonBytes()) }
        try list.finish()
    }

    // MARK: - Files

    /// Where the file of an entry is, if it is still what was written.
    private func place(of entry: Entry) -> String? {
        path(of: entry, name(entry.index)) ?? path(of: entry, hiddenName(entry.index))
    }

    private func path(of entry: Entry, _ name: String) -> String? {
        let path = "\(directory.path)/\(name)"
        guard let found = try? FileSystemCalls.status(of: path), found.st_mode & S_IFMT == S_IFREG,
            Int64(found.st_size) == entry.size, Self.modified(found) == entry.modified
        else { return nil }
        return path
    }

    static func modified(_ status: stat) -> Int64 {
        #if canImport(Darwin)
        let time = status.st_mtimespec
        #else
        let time = status.st_mtim
        #endif
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
