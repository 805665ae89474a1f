import LosslessJSON

extension String {
    /// The text without control characters but line ends: a model's or a provider's words must not command the terminal.
    var printable: String {
        contains(where: \.isControl) ? String(map { $0.isControl ? "\u{FFFD}" : $0 }) : self
    }

    /// The beginning of the text in one line, for what others say.
    var oneLine: String { BoundedText.line(self) }

    /// The whole text in one line, for names that programs may read.
    var wholeInOneLine: String { BoundedText.line(self, characters: .max) }
}

extension Character {
    fileprivate var isControl: Bool {
        !isNewline && unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}
