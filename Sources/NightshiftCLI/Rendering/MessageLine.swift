extension String {
    /// A failure's message as one line of bounded length, for lists; `show` has all of it.
    ///
    /// Of a traceback it is the last line, which says what went wrong; of what is too long, its beginning and its end.
    var messageLine: String {
        let lines = split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
        let isTraceback = lines.count > 1 && contains("Traceback (most recent call last)")
        let line = isTraceback ? String(lines[lines.count - 1]).trimmed.oneLine : oneLine
        return line.bounded(to: 300)
    }

    /// The beginning and the end of a text that is longer than so many characters.
    func bounded(to limit: Int) -> String {
        // Counting the characters of megabytes takes its time.
        guard utf8.count > limit, count > limit else { return self }
        return "\(prefix(limit * 2 / 3)) … \(suffix(limit / 3 - 3))"
    }

    private var trimmed: String {
        String(drop(while: \.isWhitespace))
    }
}
