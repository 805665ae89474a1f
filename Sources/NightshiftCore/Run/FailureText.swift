/// The text of a failure: what is told of it in a line, and what it has in common with others of its kind.
package enum FailureText {
    /// The line that says why it failed: of a Python traceback the last one, of another stack trace the one above its last
    /// frames; any other text whole, in one line.
    package static func headline(_ text: String) -> String {
        // A hostile text may be long; what says why is near its end, or it is no trace.
        let lines = text.suffix(longestText).split(whereSeparator: \.isNewline)
            .map { $0.trimmingSpaces() }.filter { !$0.isEmpty }
        guard let last = lines.last else { return "" }
        guard lines.count > 1 else { return shortened(last) }
        if text.contains("Traceback (most recent call last)") { return shortened(last) }
        if let frame = lines.lastIndex(where: isFrame),
            let cause = lines[..<frame].lastIndex(where: { !isFrame($0) })
        {
            return shortened(lines[cause])
        }
        return shortened(lines.joined(separator: " ")[...])
    }

    /// What is the same in all texts of one failure: the headline without what it quotes, numbers, units, paths, addresses and
    /// names that were made by chance.
    package static func normalForm(_ text: String) -> String {
        var form: [Substring] = []
        for word in words(unquoted(headline(withoutSharing(text)))) {
            if form.last == "#", word == "#" || units.contains(word) { continue }
            form.append(word)
        }
        return form.joined(separator: " ")
    }

    private static let longestText = 64 * 1024
    private static let longestLine = 500
    private static let units: Set<Substring> = [
        "B", "KB", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB", "bytes", "ns", "us", "µs", "ms", "s", "sec",
        "secs",
        "second", "seconds", "min", "minute", "minutes", "h", "hour", "hours", "%",
    ]

    private static func shortened(_ line: Substring) -> String {
        guard line.utf8.count > longestLine, line.count > longestLine else { return String(line) }
        // What went wrong may stand at either end.
        return "\(line.prefix(longestLine * 2 / 3)) … \(line.suffix(longestLine / 3))"
    }

    /// A frame of a stack trace: `at run (main.js:3:1)`, `File "predict.py", line 3`.
    private static func isFrame(_ line: Substring) -> Bool {
        line.hasPrefix("at ") || line.hasPrefix("File \"")
    }

    /// Items with equal inputs take the failure of the first of them, with its key in front.
    private static func withoutSharing(_ text: String) -> String {
        let mark = ", which has the same input: "
        guard text.hasPrefix("as item "), let range = text.firstRange(of: mark) else { return text }
        return String(text[range.upperBound...])
    }

    // MARK: - Quotes

    private static let closers: [Character: Character] = [
        "'": "'", "\"": "\"", "`": "`", "\u{2018}": "\u{2019}", "\u{201C}": "\u{201D}", "«": "»",
    ]

    /// The line with `#` for what is quoted, and without escapes for terminals.
    private static func unquoted(_ line: String) -> String {
        var text = ""
        var rest = line[...]
        while let character = rest.popFirst() {
            if character == "\u{1B}" {
                // Up to the letter that ends it, as in `ESC [ 31 m`.
                rest = rest.drop { !$0.isLetter }.dropFirst()
            } else if let closer = closers[character], !(text.last?.isWordCharacter ?? false),
                let end = end(of: closer, in: rest)
            {
                text.append(" # ")
                rest = rest[rest.index(after: end)...]
            } else {
                text.append(character)
            }
        }
        return text
    }

    /// Where a quotation ends: not at an apostrophe inside of a word.
    private static func end(of closer: Character, in text: Substring) -> Substring.Index? {
        var index = text.startIndex
        while let found = text[index...].firstIndex(of: closer) {
            let after = text.index(after: found)
            if after == text.endIndex || !text[after].isWordCharacter { return found }
            index = after
        }
        return nil
    }

    // MARK: - Words

    private static func words(_ line: String) -> [Substring] {
        line.split { $0.isWhitespace || $0 == "," || $0 == "=" || $0 == "|" }.compactMap { word in
            let core = word.trimming { "()[]{}<>.;:!?'\"`".contains($0) }
            guard !core.isEmpty else { return nil }
            return isVariable(core) ? "#" : core
        }
    }

    /// Whether a word differs from one failure to the next: a number, an id, a path, an address, a name of a temporary file.
    private static func isVariable(_ word: Substring) -> Bool {
        if word == "#" || word.contains(where: \.isNumber) || word.contains("://") { return true }
        if word.hasPrefix("/") || word.hasPrefix("./") || word.hasPrefix("../") || word.hasPrefix("~/") { return true }
        if word.contains("\\") || word.count(where: { $0 == "/" }) > 1 { return true }
        if word.contains("/"), word.contains(".") || word.contains("_") { return true }
        if word.contains("@"), word.contains(".") { return true }
        let isPlain = word.allSatisfy { $0.isLowercase || $0 == "_" || $0 == "-" }
        guard isPlain else { return false }
        if word.count >= 8, word.allSatisfy({ ("a"..."f").contains($0) }) { return true }
        if word.count == 11, word.hasPrefix("tmp") { return true }
        return word.count >= 24 && !word.contains("_") && !word.contains("-")
    }
}

extension Substring {
    fileprivate func trimming(_ isDropped: (Character) -> Bool) -> Substring {
        var text = self.drop(while: isDropped)
        while let last = text.last, isDropped(last) { text.removeLast() }
        return text
    }

    fileprivate func trimmingSpaces() -> Substring { trimming(\.isWhitespace) }
}

extension Character {
    fileprivate var isWordCharacter: Bool { isLetter || isNumber }
}
