/// A pattern of file paths: `*`, `?` and `[a-z]` inside a name, `**` for any number of directories.
package struct GlobPattern: Hashable, Sendable {
    /// One part between slashes.
    package enum Component: Hashable, Sendable {
        case literal(String)
        case pattern(String)
        case anyDirectories
    }

    /// As written.
    package let text: String
    package let isAbsolute: Bool
    package let components: [Component]
    package let location: SourceLocation

    package init(_ text: String, location: SourceLocation) {
        self.text = text
        self.location = location
        isAbsolute = PathName.isAbsolute(text)
        components = PathName.components(of: text).filter { $0 != "." }.map { part in
            if part == "**" { return .anyDirectories }
            let isPattern = part.utf8.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") || $0 == 0x5B }
            return isPattern ? .pattern(part) : .literal(part)
        }
    }

    /// Whether it can find more than the one file of its name.
    package var hasWildcards: Bool {
        components.contains { if case .literal = $0 { false } else { true } }
    }

    /// Whether a name matches a pattern; a leading dot must be written, as in a shell.
    package static func matches(_ name: [UInt8], pattern: [UInt8]) -> Bool {
        if name.first == UInt8(ascii: "."), pattern.first != UInt8(ascii: ".") { return false }
        var n = 0
        var p = 0
        var star: (pattern: Int, name: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                star = (p + 1, n)
                p += 1
            } else if p < pattern.count, let step = match(name, at: n, pattern: pattern, at: p) {
                n += step.name
                p += step.pattern
            } else if let last = star {
                // The last star takes one character more; earlier ones need no second look.
                n = last.name + scalarLength(name, at: last.name)
                p = last.pattern
                star = (p, n)
            } else {
                return false
            }
        }
        while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
        return p == pattern.count
    }

    /// How far one element of the pattern goes in pattern and name, or `nil` if it does not match.
    private static func match(
        _ name: [UInt8], at n: Int, pattern: [UInt8], at p: Int
    ) -> (name: Int, pattern: Int)? {
        let length = scalarLength(name, at: n)
        switch pattern[p] {
        case UInt8(ascii: "?"):
            return (length, 1)
        case UInt8(ascii: "["):
            guard let set = characterSet(pattern, at: p) else {
                return name[n] == UInt8(ascii: "[") ? (1, 1) : nil
            }
            let scalar = String(decoding: name[n..<n + length], as: UTF8.self).unicodeScalars.first
            let isMember = scalar.map { scalar in set.ranges.contains { $0.contains(scalar) } } ?? false
            return isMember != set.isNegated ? (length, set.length) : nil
        default:
            return name[n] == pattern[p] ? (1, 1) : nil
        }
    }

    private static func scalarLength(_ name: [UInt8], at index: Int) -> Int {
        let length =
            switch name[index] {
            case 0xC2...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF4: 4
            default: 1
            }
        return min(length, name.count - index)
    }

    private struct CharacterSet {
        var ranges: [ClosedRange<Unicode.Scalar>]
        var isNegated: Bool
        var length: Int
    }

    /// The set that starts at `[`, or `nil` if it never ends and the bracket stands for itself.
    private static func characterSet(_ pattern: [UInt8], at start: Int) -> CharacterSet? {
        var first = start + 1
        var isNegated = false
        if first < pattern.count, pattern[first] == UInt8(ascii: "!") || pattern[first] == UInt8(ascii: "^") {
            isNegated = true
            first += 1
        }
        // A closing bracket at the first place is a member.
        guard first < pattern.count, let end = pattern[(first + 1)...].firstIndex(of: UInt8(ascii: "]")) else {
            return nil
        }
        let members = Array(String(decoding: pattern[first..<end], as: UTF8.self).unicodeScalars)
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        var index = 0
        while index < members.count {
            if index + 2 < members.count, members[index + 1] == "-" {
                if members[index] <= members[index + 2] { ranges.append(members[index]...members[index + 2]) }
                index += 3
            } else {
                ranges.append(members[index]...members[index])
                index += 1
            }
        }
        return CharacterSet(ranges: ranges, isNegated: isNegated, length: end - start + 1)
    }
}
