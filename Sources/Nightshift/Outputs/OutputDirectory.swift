import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The folder that outputs are stored in, and the rules of what may be written there.
///
/// Folders are walked one by one without following symbolic links, so neither a hostile name nor a link can lead a file
/// out of the directory. All functions block on the disk.
struct OutputDirectory: Sendable {
    let path: String

    /// An open folder inside the directory, and the name of a file in it.
    struct Place: Sendable {
        var folder: Descriptor
        var folderPath: String
        var name: String

        var path: String { "\(folderPath)/\(name)" }
    }

    init(path: String) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path.isEmpty ? "." : path
    }

    /// Opens the folder of a file, making it and what is above it when missing.
    func place(of relativePath: String) throws(FetchFailure) -> Place {
        let names = try components(of: relativePath)
        do throws(SystemCallError) {
            var folder = try openRoot()
            var folderPath = path
            for name in names.dropLast() {
                let next = "\(folderPath)/\(name)"
                do throws(SystemCallError) {
                    folder = try FileSystemCalls.openDirectory(name, in: folder, path: next)
                } catch  where error.number == ENOENT {
                    try FileSystemCalls.makeDirectory(name, in: folder, path: next)
                    try FileSystemCalls.synchronize(folder, path: folderPath)
                    folder = try FileSystemCalls.openDirectory(name, in: folder, path: next)
                }
                folderPath = next
            }
            return Place(folder: folder, folderPath: folderPath, name: names[names.count - 1])
        } catch {
            throw FetchFailure(error, doing: "use the output folder")
        }
    }

    /// Opens the folder of a file that should be there.
    /// - Throws: if it is not, or cannot be reached by a plain path.
    func existingPlace(of relativePath: String) throws -> Place {
        let names = try components(of: relativePath)
        var folder = try FileSystemCalls.openDirectory(path)
        var folderPath = path
        for name in names.dropLast() {
            folderPath += "/\(name)"
            folder = try FileSystemCalls.openDirectory(name, in: folder, path: folderPath)
        }
        return Place(folder: folder, folderPath: folderPath, name: names[names.count - 1])
    }

    /// Makes the directory if it is missing, and finds out whether a file can be written there.
    func prepare() throws(FetchFailure) {
        let probe = ".nightshift-\(getpid()).nightshift.part"
        do throws(SystemCallError) {
            let folder = try openRoot()
            _ = try FileSystemCalls.openForWriting(probe, in: folder, truncating: true, path: "\(path)/\(probe)")
            FileSystemCalls.remove(probe, in: folder)
        } catch {
            throw FetchFailure(error, doing: "use the output folder")
        }
    }

    /// The folder that a file is in, as a path.
    func folderPath(of relativePath: String) -> String {
        guard let slash = relativePath.lastIndex(of: "/") else { return path }
        return "\(path)/\(relativePath[..<slash])"
    }

    /// Whether neither a file that is there nor a folder above it, inside the directory, is a symbolic link: outputs are stored
    /// without them, so one leads to something that is no output.
    func leadsThroughNoLink(_ relativePath: String) -> Bool {
        var path = path
        for name in relativePath.split(separator: "/") {
            path += "/\(name)"
            guard let found = try? FileSystemCalls.status(of: path) else { return true }
            if found.st_mode & S_IFMT == S_IFLNK { return false }
        }
        return true
    }

    private func openRoot() throws(SystemCallError) -> Descriptor {
        do throws(SystemCallError) {
            return try FileSystemCalls.openDirectory(path)
        } catch  where error.number == ENOENT {
            try FileSystemCalls.makeDirectories(path)
            return try FileSystemCalls.openDirectory(path)
        }
    }

    private func components(of relativePath: String) throws(FetchFailure) -> [String] {
        let names = relativePath.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let isSafe = names.allSatisfy { name in
            !name.isEmpty && name != "." && name != ".." && !name.utf8.contains(0)
        }
        guard isSafe else {
            throw .disk(
                "the output path '\(relativePath)' is not a plain path inside '\(path)'; it must be relative, "
                    + "without empty, '.' or '..' parts")
        }
        return names
    }
}

extension OutputDirectory.Place {
    /// Opens or makes a file in the folder for writing.
    func openForWriting(_ name: String, truncating: Bool) throws(SystemCallError) -> Descriptor {
        try FileSystemCalls.openForWriting(name, in: folder, truncating: truncating, path: path)
    }

    /// Gives a whole file its final name, replacing what has it.
    func rename(_ partialName: String) throws(SystemCallError) {
        try FileSystemCalls.rename(partialName, to: name, in: folder, path: path)
    }

    /// The name of a file that is written anew while it is not whole; no other program uses it at the same time.
    static func partName() -> String {
        ".\(getpid())-\(String(UInt64.random(in: .min ... .max), radix: 36)).nightshift.part"
    }
}
