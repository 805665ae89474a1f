/// Texts of others within bounds: a provider, a model or a file may say as much as it likes, and what is kept and shown of it
/// must not depend on that.
package enum BoundedText {
    /// How many bytes are kept of an error, a log or a message.
    package static let kept = 64 * 1024
    /// How many characters of a text are shown in one line.
    package static let shown = 400

    /// The text, or its beginning and its end with the length of the whole between them: models say first what they do, and last
    /// why they failed.
    ///
    /// The result has at most `limit` bytes.
    package static func keep(_ text: String, bytes limit: Int = kept) -> String {
        let count = text.utf8.count
        guard count > limit else { return text }
        let mark = "\n… of \(count) bytes, those in the middle were left out …\n"
        let half = max(0, limit - mark.utf8.count) / 2
        return head(text, half) + mark + tail(text, half)
    }

    /// The beginning of the text as one line that no terminal takes for a command: line ends and tabs become single spaces,
    /// control characters and those that turn the direction of writing become U+FFFD.
    ///
    /// What does not fit is said by its length, so that a reader knows that there is more.
    package static func line(_ text: String, characters limit: Int = shown) -> String {
        var line = String.UnicodeScalarView()
        var isSpacePending = false
        var count = 0
        var index = text.unicodeScalars.startIndex
        while index < text.unicodeScalars.endIndex {
            let scalar = text.unicodeScalars[index]
            if isLineEnd(scalar) {
                isSpacePending = !line.isEmpty
            } else {
                guard count < limit else {
                    let rest = text.utf8.distance(from: index, to: text.utf8.endIndex)
                    return "\(String(line))… (\(rest) bytes more)"
                }
                if isSpacePending {
                    line.append(" ")
                    isSpacePending = false
                    count += 1
                }
                line.append(isCommand(scalar) ? "\u{FFFD}" : scalar)
                count += 1
            }
            text.unicodeScalars.formIndex(after: &index)
        }
        return String(line)
    }

    private static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    private static func isCommand(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x202A...0x202E, 0x2066...0x2069: true
        default: scalar.properties.generalCategory == .control
        }
    }

    // MARK: - Cutting between characters of UTF-8

    private static func head(_ text: String, _ count: Int) -> String {
        let bytes = text.utf8
        var end = bytes.index(bytes.startIndex, offsetBy: count)
        while end > bytes.startIndex, isContinuation(bytes[end]) { bytes.formIndex(before: &end) }
        return String(text[..<end])
    }

    private static func tail(_ text: String, _ count: Int) -> String {
        let bytes = text.utf8
        var start = bytes.index(bytes.endIndex, offsetBy: -count)
        while start < bytes.endIndex, isContinuation(bytes[start]) { bytes.formIndex(after: &start) }
        return String(text[start...])
    }

    private static func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }
}
