extension String {
    /// The text without control characters but line ends: a model's or a provider's words must not command the terminal.
    var printable: String {
        contains(where: \.isControl) ? String(map { $0.isControl ? "\u{FFFD}" : $0 }) : self
    }

    /// The text in one line, for lists.
    var oneLine: String {
        String(map { $0.isNewline || $0 == "\t" ? " " : $0 }).printable
    }
}

extension Character {
    fileprivate var isControl: Bool {
        !isNewline && unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}
