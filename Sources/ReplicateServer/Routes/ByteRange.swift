/// What a `Range` header asks for.
package enum ByteRange: Hashable, Sendable {
    case whole
    case part(Range<Int>)
    case unsatisfiable

    /// Reads a header with one range; anything else is answered with the whole, as the standard allows.
    package static func read(_ header: String, size: Int) -> ByteRange {
        guard header.hasPrefix("bytes=") else { return .whole }
        let bounds = header.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard bounds.count == 2 else { return .whole }
        if bounds[0].isEmpty {
            guard let count = Int(bounds[1]), count >= 0 else { return .whole }
            return count == 0 || size == 0 ? .unsatisfiable : .part(max(0, size - count)..<size)
        }
        guard let first = Int(bounds[0]), first >= 0, bounds[1].isEmpty || Int(bounds[1]) != nil else { return .whole }
        let last = Int(bounds[1]) ?? size - 1
        guard last >= first || bounds[1].isEmpty else { return .whole }
        return first >= size ? .unsatisfiable : .part(first..<min(last, size - 1) + 1)
    }
}
