/// The parts of a path, by its text alone.
package enum PathName {
    /// Whether a path starts from the root. Compared by bytes: to Swift a slash and a combining mark are one character.
    package static func isAbsolute(_ path: String) -> Bool {
        path.utf8.first == UInt8(ascii: "/")
    }

    /// The parts between slashes, by bytes.
    package static func components(of path: String, omittingEmpty: Bool = true) -> [String] {
        path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: omittingEmpty).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    /// What stands after the last slash.
    package static func baseName(of path: String) -> String {
        var path = path.utf8[...]
        while path.count > 1, path.last == UInt8(ascii: "/") { path = path.dropLast() }
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return String(decoding: path, as: UTF8.self) }
        return String(decoding: path[path.index(after: slash)...], as: UTF8.self)
    }

    /// A file's name without its extension; a leading dot belongs to the name.
    package static func stem(of name: String) -> String {
        split(name).stem
    }

    /// What stands after the last dot of a file's name, empty if there is none.
    package static func fileExtension(of name: String) -> String {
        split(name).fileExtension
    }

    private static func split(_ name: String) -> (stem: String, fileExtension: String) {
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else { return (name, "") }
        return (String(name[..<dot]), String(name[name.utf8.index(after: dot)...]))
    }

    /// The components of a path with `.` and `..` resolved by text; `..` at the start stays.
    package static func normalizedComponents(of path: String) -> [String] {
        var components: [String] = []
        for part in PathName.components(of: path) where part != "." {
            if part == "..", let last = components.last, last != ".." {
                components.removeLast()
            } else {
                components.append(part)
            }
        }
        return components
    }
}
