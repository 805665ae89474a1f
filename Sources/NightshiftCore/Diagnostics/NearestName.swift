/// Finds the name that a misspelled one was probably meant to be.
package enum NearestName {
    /// The candidate that needs the fewest typing mistakes to become `name`, if that are few enough to be likely.
    package static func suggestion(for name: String, among candidates: some Sequence<String>) -> String? {
        // A name from a hostile file must not make the comparison slow.
        guard name.utf8.count <= 100 else { return nil }
        let folded = Array(name.lowercased().unicodeScalars)
        let allowed = max(1, folded.count / 3)
        var best: (name: String, distance: Int)?
        for candidate in candidates where !candidate.isExactly(name) && candidate.utf8.count <= 100 {
            let other = Array(candidate.lowercased().unicodeScalars)
            guard abs(other.count - folded.count) <= allowed else { continue }
            let distance = editDistance(folded, other)
            if distance <= allowed, distance < max(folded.count, other.count), distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    /// "did you mean 'b'?" where a name is near, else "expected one of: a, b, c"; for the second line of a diagnostic.
    package static func help(for name: String, among names: [String], label: String = "expected one of") -> String {
        if let suggestion = suggestion(for: name, among: names) {
            return "did you mean '\(VisibleText.of(suggestion))'?" + hint(name, suggestion)
        }
        let shown = names.prefix(40).map(VisibleText.of).joined(separator: ", ") + (names.count > 40 ? ", …" : "")
        return "\(label): \(shown)"
    }

    /// Two names that look alike and are not.
    private static func hint(_ name: String, _ suggestion: String) -> String {
        let shown = VisibleText.of(suggestion)
        guard shown.utf8.contains(0xE2), shown != suggestion, !shown.isExactly(suggestion) else { return "" }
        return " (⍽ is a no-break space, U+00A0)"
    }

    /// Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other.
    private static func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var before: [Int] = []
        var previous = Array(0...right.count)
        for i in 1...left.count {
            var current = [i] + Array(repeating: 0, count: right.count)
            for j in 1...right.count {
                let substitution = previous[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)
                current[j] = min(previous[j] + 1, current[j - 1] + 1, substitution)
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    current[j] = min(current[j], before[j - 2] + 1)
                }
            }
            before = previous
            previous = current
        }
        return previous[right.count]
    }
}
