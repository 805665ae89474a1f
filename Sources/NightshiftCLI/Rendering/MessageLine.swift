import NightshiftCore

extension String {
    /// A failure's message as one line of bounded length, for lists; `show` has all of it.
    var messageLine: String { FailureText.headline(self).bounded(to: 300).oneLine }

    /// The beginning and the end of a text that is longer than so many characters.
    func bounded(to limit: Int) -> String {
        // Counting the characters of megabytes takes its time.
        guard utf8.count > limit, count > limit else { return self }
        return "\(prefix(limit * 2 / 3)) … \(suffix(limit / 3 - 3))"
    }
}
