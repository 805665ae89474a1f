import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Finds the files of a pattern, in the order of their bytes, directory by directory.
///
/// Directories that are symbolic links are entered only where the pattern names them; a found file that is a link is
/// refused if it leads out of the directory that the pattern starts from. Names with a leading dot match only a
/// written dot.
struct GlobExpansion {
    let pattern: GlobPattern
    /// What the pattern's paths are relative to.
    let directory: String
    private let base: String
    private let realBase: String?
    private let visit: (String) throws -> Void

    /// Calls `visit` with every file's path as the pattern would write it; sorted, without repetitions.
    static func forEachFile(
        of pattern: GlobPattern, in directory: String, visit: (String) throws -> Void
    ) throws {
        try withoutActuallyEscaping(visit) { visit in
            var known: Set<String> = []
            // Only through two of `**` can one file be reached in two ways.
            let canRepeat = pattern.components.count { $0 == .anyDirectories } > 1
            let expansion = GlobExpansion(pattern: pattern, directory: directory) { path in
                if canRepeat, !known.insert(path).inserted { return }
                try visit(path)
            }
            var found = 0
            try expansion.walk(pattern.isAbsolute ? "/" : "", pattern.components[...], &found)
            guard found > 0 else {
                throw Diagnostic(
                    "no file matches '\(pattern.text)'", at: pattern.location,
                    help: "patterns start from \(directory == "." ? "the manifest's directory" : "'\(directory)'")")
            }
        }
    }

    private init(pattern: GlobPattern, directory: String, visit: @escaping (String) throws -> Void) {
        self.pattern = pattern
        self.directory = directory
        self.visit = visit
        // The directory that is written before the first wildcard; the last component is a file's name.
        var own: [String] = []
        for component in pattern.components.dropLast() {
            guard case .literal(let name) = component else { break }
            own.append(name)
        }
        base = (pattern.isAbsolute ? "/" : "") + own.joined(separator: "/")
        realBase = RealPath.of(RealPath.join(directory, base))
    }

    private func walk(_ path: String, _ components: ArraySlice<GlobPattern.Component>, _ found: inout Int) throws {
        guard let component = components.first else { return }
        let rest = components.dropFirst()
        switch component {
        case .literal(let name):
            let next = join(path, name)
            if rest.isEmpty {
                try take(next, &found)
            } else {
                try walk(next, rest, &found)
            }
        case .pattern(let text):
            let pattern = Array(text.utf8)
            for entry in try entries(of: path) where GlobPattern.matches(Array(entry.name.utf8), pattern: pattern) {
                let next = join(path, entry.name)
                if rest.isEmpty {
                    if entry.kind != .directory { try take(next, &found) }
                } else if entry.kind == .directory {
                    try walk(next, rest, &found)
                }
            }
        case .anyDirectories:
            // A trailing `**` means every file below.
            try walkBelow(path, rest.isEmpty ? [.pattern("*")] : rest, &found)
        }
    }

    /// The directory itself and all below it.
    private func walkBelow(
        _ path: String, _ rest: ArraySlice<GlobPattern.Component>, _ found: inout Int
    ) throws {
        if case .anyDirectories? = rest.first { return try walk(path, rest, &found) }
        try walk(path, rest, &found)
        for entry in try entries(of: path) where entry.kind == .directory && entry.name.utf8.first != UInt8(ascii: ".")
        {
            try walkBelow(join(path, entry.name), rest, &found)
        }
    }

    private func take(_ path: String, _ found: inout Int) throws {
        let full = RealPath.join(directory, path)
        var status = stat()
        guard lstat(full, &status) == 0 else {
            guard path.unicodeScalars.contains("\u{FFFD}") else { return }
            throw Diagnostic(
                "the file's name is not UTF-8", at: SourceLocation(file: path),
                help: "give it another one; \u{FFFD} stands for the bytes that are no text")
        }
        if status.st_mode & S_IFMT == S_IFLNK {
            guard stat(full, &status) == 0 else {
                throw Diagnostic("the link leads nowhere", at: SourceLocation(file: path))
            }
            guard let realBase, let real = RealPath.of(full), RealPath.isInside(real, realBase) else {
                throw Diagnostic(
                    "the file is a symbolic link that leads out of '\(base.isEmpty ? "." : base)'",
                    at: SourceLocation(file: path), help: "name the directory where the file really is")
            }
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return }
        found += 1
        try visit(path)
    }

    // MARK: - Directories

    private enum EntryKind {
        case directory, other
    }

    /// The entries of a directory, sorted; none if there is no such directory.
    private func entries(of path: String) throws -> [(name: String, kind: EntryKind)] {
        let full = RealPath.join(directory, path.isEmpty ? "." : path)
        guard let stream = opendir(full) else {
            let number = errno
            if number == ENOENT || number == ENOTDIR { return [] }
            let error = InputFileError(number: number)
            throw Diagnostic(
                "cannot read the directory '\(path.isEmpty ? "." : path)': \(error.reason)", at: pattern.location)
        }
        defer { closedir(stream) }
        var found: [(name: String, kind: EntryKind)] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: UInt8.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
                    String(decodingCString: $0, as: UTF8.self)
                }
            }
            guard name != ".", name != ".." else { continue }
            var isDirectory = Int32(entry.pointee.d_type) == Int32(DT_DIR)
            if Int32(entry.pointee.d_type) == Int32(DT_UNKNOWN) {
                var status = stat()
                isDirectory = lstat("\(full)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            }
            found.append((name, isDirectory ? .directory : .other))
        }
        found.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        return found
    }

    private func join(_ path: String, _ name: String) -> String {
        path.isEmpty || path.hasSuffix("/") ? path + name : "\(path)/\(name)"
    }
}

/// Paths as the file system resolves them.
enum RealPath {
    /// The path without links, `nil` if nothing is there.
    static func of(_ path: String) -> String? {
        guard let resolved = realpath(path.isEmpty ? "." : path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    static func join(_ directory: String, _ path: String) -> String {
        if PathName.isAbsolute(path) || directory == "." { return path }
        if path.isEmpty { return directory }
        return directory.hasSuffix("/") ? directory + path : "\(directory)/\(path)"
    }

    static func isInside(_ path: String, _ directory: String) -> Bool {
        path.utf8.starts(with: directory.utf8.last == UInt8(ascii: "/") ? directory.utf8 : (directory + "/").utf8)
    }
}
