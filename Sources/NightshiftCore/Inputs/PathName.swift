/// The parts of a path, by its text alone.
package enum PathName {
    /// What stands after the last slash.
    package static func baseName(of path: String) -> String {
        var path = path.utf8[...]
        while path.count > 1, path.last == UInt8(ascii: "/") { path = path.dropLast() }
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return String(path) ?? "" }
        return String(path[path.index(after: slash)...]) ?? ""
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
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = components.last, last != ".." {
                components.removeLast()
            } else {
                components.append(String(part))
            }
        }
        return components
    }
}
