/// The value of a `Content-Range` header: `bytes 100-199/200`, or `/*` when the total is not told.
struct ContentRange: Hashable, Sendable {
    var first: Int64
    /// The first byte that is not part of it any more.
    var end: Int64
    /// How long the whole is, if it is told.
    var total: Int64?

    /// Reads a range of bytes that makes sense by itself.
    init?(_ text: String) {
        guard let (range, total) = Self.parts(of: text) else { return nil }
        let ends = range.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Self.number(ends[0]), let last = Self.number(ends[1]), first <= last,
            last < Int64.max
        else { return nil }
        if total != "*" {
            guard let known = Self.number(total), last < known else { return nil }
            self.total = known
        }
        self.first = first
        end = last + 1
    }

    /// The total of `bytes */200`, with which a server refuses a range that begins behind the end.
    static func refusedTotal(_ text: String) -> Int64? {
        guard let (range, total) = parts(of: text), range == "*" else { return nil }
        return number(total)
    }

    private static func parts(of text: String) -> (range: Substring, total: Substring)? {
        guard text.lowercased().hasPrefix("bytes") else { return nil }
        let parts = text.dropFirst(5).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        return (trimmed(parts[0]), trimmed(parts[1]))
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let text = text.drop { $0 == " " || $0 == "\t" || $0 == "=" }
        return text[..<(text.lastIndex { $0 != " " && $0 != "\t" }.map(text.index(after:)) ?? text.startIndex)]
    }

    private static func number(_ text: Substring) -> Int64? {
        let text = trimmed(text)
        return text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int64(text) : nil
    }
}
