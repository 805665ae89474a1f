import Foundation
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
/// Directories that are symbolic links are entered only where the pattern names them, or where the manifest says
/// `links: follow`; without that, a found file that is a link is refused if it leads out of the directory that the
/// pattern starts from. Names with a leading dot match only a written dot.
final class GlobExpansion {
    /// A file's path as the pattern would write it, or why a file that was found cannot be read.
    typealias Visit = (Result<String, Diagnostic>) throws -> Void

    /// What was not found, and could have been meant.
    struct NearMisses {
        /// Files that match if case is ignored.
        var otherCase: [String] = []
        var otherCaseCount = 0
        var linkedFolders = 0
        var linkedFolder = ""

        fileprivate static let kept = 1000
    }

    let pattern: GlobPattern
    /// What the pattern's paths are relative to.
    let directory: String
    private let followsLinks: Bool
    let base: String
    private let realBase: String?
    private let visit: Visit
    private var found = 0
    private var nearMisses = NearMisses()
    /// The folders that `**` has entered, by device and number, so that links in circles end.
    private var entered: Set<[UInt64]> = []

    /// Calls `visit` with every file's path as the pattern would write it; sorted, without repetitions.
    /// - Throws: ``Diagnostic`` if there is none.
    @discardableResult
    static func forEachFile(
        of pattern: GlobPattern, in directory: String, followsLinks: Bool = false,
        visit: (Result<String, Diagnostic>) throws -> Void
    ) throws -> NearMisses {
        try withoutActuallyEscaping(visit) { visit in
            var known: Set<ExactText> = []
            // Only through two of `**` can one file be reached in two ways.
            let canRepeat = pattern.components.count { $0 == .anyDirectories } > 1
            let expansion = GlobExpansion(pattern: pattern, directory: directory, followsLinks: followsLinks) { file in
                if canRepeat, case .success(let path) = file, !known.insert(ExactText(path)).inserted { return }
                try visit(file)
            }
            try expansion.walk(pattern.isAbsolute ? "/" : "", pattern.components[...])
            guard expansion.found > 0 else { throw expansion.nothingFound }
            return expansion.nearMisses
        }
    }

    private init(pattern: GlobPattern, directory: String, followsLinks: Bool, visit: @escaping Visit) {
        self.pattern = pattern
        self.directory = directory
        self.followsLinks = followsLinks
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

    private var nothingFound: Diagnostic {
        let cure: String
        if nearMisses.otherCaseCount > 0 {
            let count = nearMisses.otherCaseCount
            cure =
                "\(count) \(count == 1 ? "file matches" : "files match") if case is ignored, such as "
                + "'\(nearMisses.otherCase[0])'"
        } else if nearMisses.linkedFolders > 0 {
            cure = "'\(nearMisses.linkedFolder)' is a linked folder; enter such folders with: links: follow"
        } else {
            // What a shell makes of '~' has a sentence of its own.
            let looked = pattern.text.utf8.first == UInt8(ascii: "~") ? nil : missingFolder ?? otherFiles
            cure = looked ?? PathAdvice(pattern.text, in: directory).text ?? ""
        }
        return Diagnostic("no file matches '\(pattern.text)'", at: pattern.location, help: cure.isEmpty ? nil : cure)
    }

    // MARK: - Walking

    private func walk(_ path: String, _ components: ArraySlice<GlobPattern.Component>) throws {
        guard let component = components.first else { return }
        let rest = components.dropFirst()
        switch component {
        case .literal(let name):
            let next = join(path, name)
            if rest.isEmpty {
                try take(next, isNamed: true)
            } else if RealPath.of(RealPath.join(directory, next)) == nil,
                let other = PathAdvice(next, in: directory).sameName
            {
                try walk(other, rest)
            } else {
                try walk(next, rest)
            }
        case .pattern(let text):
            for entry in try matches(text, of: path, isLast: rest.isEmpty) {
                let next = join(path, entry.name)
                if rest.isEmpty {
                    try take(next, isText: entry.isText)
                } else if try enters(entry, next) {
                    try walk(next, rest)
                }
            }
        case .anyDirectories:
            // A trailing `**` means every file below.
            try walkBelow(path, rest.isEmpty ? [.pattern("*")] : rest)
        }
    }

    /// The entries of a folder that a pattern finds: those it matches as it is; else those whose accents are written
    /// otherwise; else those that have its brackets in their name.
    private func matches(_ text: String, of path: String, isLast: Bool) throws -> [Entry] {
        let entries = try self.entries(of: path).filter { !isLast || $0.kind != .directory }
        let pattern = Array(text.utf8)
        let found = entries.filter { GlobPattern.matches($0.bytes, pattern: pattern) }
        if found.isEmpty, !text.utf8.allSatisfy({ $0 < 0x80 }) {
            let composed = Array(text.precomposedStringWithCanonicalMapping.utf8)
            let similar = entries.filter {
                GlobPattern.matches(Array($0.name.precomposedStringWithCanonicalMapping.utf8), pattern: composed)
            }
            if !similar.isEmpty { return similar }
        }
        if found.isEmpty, text.utf8.contains(UInt8(ascii: "[")) {
            let literal = Array(text.replacingExactly("[", with: "[[]").utf8)
            let named = entries.filter { GlobPattern.matches($0.bytes, pattern: literal) }
            if !named.isEmpty { return named }
        }
        if isLast { noteOtherCase(pattern, entries, in: path) }
        return found
    }

    private func noteOtherCase(_ pattern: [UInt8], _ entries: [Entry], in path: String) {
        let folded = String(decoding: pattern, as: UTF8.self).lowercased()
        let lower = Array(folded.utf8)
        for entry in entries where entry.kind == .other && !GlobPattern.matches(entry.bytes, pattern: pattern) {
            guard GlobPattern.matches(Array(entry.name.lowercased().utf8), pattern: lower) else { continue }
            nearMisses.otherCaseCount += 1
            guard nearMisses.otherCase.count < NearMisses.kept else { continue }
            nearMisses.otherCase.append(join(path, entry.name))
        }
    }

    /// The directory itself and all below it.
    private func walkBelow(_ path: String, _ rest: ArraySlice<GlobPattern.Component>) throws {
        if case .anyDirectories? = rest.first { return try walk(path, rest) }
        try walk(path, rest)
        if followsLinks { _ = enter(path) }
        for entry in try entries(of: path) where entry.bytes.first != UInt8(ascii: ".") {
            let next = join(path, entry.name)
            guard try enters(entry, next) else { continue }
            // Each folder once, so that links in circles end.
            if followsLinks, !enter(next) { continue }
            try walkBelow(next, rest)
        }
    }

    /// Whether the walk goes into an entry.
    private func enters(_ entry: Entry, _ path: String) throws -> Bool {
        switch entry.kind {
        case .directory: return true
        case .other: return false
        case .link:
            guard isDirectory(path) else { return false }
            if followsLinks { return true }
            if nearMisses.linkedFolders == 0 { nearMisses.linkedFolder = path }
            nearMisses.linkedFolders += 1
            return false
        }
    }

    /// - Returns: `false` if the folder was entered before.
    private func enter(_ path: String) -> Bool {
        var status = stat()
        guard stat(RealPath.join(directory, path.isEmpty ? "." : path), &status) == 0 else { return true }
        return entered.insert([UInt64(truncatingIfNeeded: status.st_dev), UInt64(truncatingIfNeeded: status.st_ino)])
            .inserted
    }

    func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(RealPath.join(directory, path), &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    // MARK: - Files

    private func take(_ path: String, isText: Bool = true, isNamed: Bool = false) throws {
        guard isText else {
            return try refuse(
                Diagnostic(
                    "the file's name is not UTF-8", at: SourceLocation(file: path),
                    help: "give it another one; \u{FFFD} stands for the bytes that are no text"))
        }
        let full = RealPath.join(directory, path)
        var status = stat()
        guard lstat(full, &status) == 0 else {
            guard isNamed, let other = PathAdvice(path, in: directory).sameName else { return }
            return try take(other)
        }
        if status.st_mode & S_IFMT == S_IFLNK {
            guard stat(full, &status) == 0 else {
                return try refuse(Diagnostic("the link leads nowhere", at: SourceLocation(file: path)))
            }
            // A linked folder is no file, wherever it leads.
            guard status.st_mode & S_IFMT == S_IFREG else { return }
            guard followsLinks || isInside(full) else {
                return try refuse(
                    Diagnostic(
                        "the file is a symbolic link that leads out of '\(base.isEmpty ? "." : base)'",
                        at: SourceLocation(file: path),
                        help: "allow such links beside the pattern with: links: follow"))
            }
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return }
        found += 1
        try visit(.success(path))
    }

    private func isInside(_ path: String) -> Bool {
        guard let realBase, let real = RealPath.of(path) else { return false }
        return RealPath.isInside(real, realBase)
    }

    /// One file that cannot be read says nothing of the others.
    private func refuse(_ problem: Diagnostic) throws {
        found += 1
        try visit(.failure(problem))
    }

    // MARK: - Directories

    enum EntryKind {
        case directory, link, other
    }

    struct Entry {
        var name: String
        /// As the file system has it, if it is text.
        var bytes: [UInt8]
        var kind: EntryKind
        /// Whether the bytes are UTF-8.
        var isText: Bool
    }

    /// The entries of a directory, sorted; none if there is no such directory.
    func entries(of path: String) throws -> [Entry] {
        let full = RealPath.join(directory, path.isEmpty ? "." : path)
        guard let stream = opendir(full) else {
            let number = errno
            if number == ENOENT || number == ENOTDIR { return [] }
            let error = InputFileError(number: number)
            throw Diagnostic(
                "cannot read the directory '\(path.isEmpty ? "." : path)': \(error.reason)", at: pattern.location)
        }
        defer { closedir(stream) }
        var found: [Entry] = []
        while let entry = readdir(stream) {
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            guard bytes != Array(".".utf8), bytes != Array("..".utf8) else { continue }
            let name = String(decoding: bytes, as: UTF8.self)
            let kind: EntryKind
            switch Int32(entry.pointee.d_type) {
            case Int32(DT_DIR): kind = .directory
            case Int32(DT_LNK): kind = .link
            case Int32(DT_UNKNOWN):
                var status = stat()
                let isThere = lstat("\(full)/\(name)", &status) == 0
                switch status.st_mode & S_IFMT {
                case S_IFDIR where isThere: kind = .directory
                case S_IFLNK where isThere: kind = .link
                default: kind = .other
                }
            default: kind = .other
            }
            let isText = String(validating: bytes, as: UTF8.self) != nil
            // Patterns are matched character by character, so what is no text is matched as it is shown.
            found.append(Entry(name: name, bytes: isText ? bytes : Array(name.utf8), kind: kind, isText: isText))
        }
        found.sort { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        return found
    }

    func join(_ path: String, _ name: String) -> String {
        path.isEmpty || path.utf8.last == UInt8(ascii: "/") ? path + name : "\(path)/\(name)"
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
        return directory.utf8.last == UInt8(ascii: "/") ? directory + path : "\(directory)/\(path)"
    }

    static func isInside(_ path: String, _ directory: String) -> Bool {
        path.utf8.starts(with: directory.utf8.last == UInt8(ascii: "/") ? directory.utf8 : (directory + "/").utf8)
    }
}
