/// Quotes of printed text, which YAML takes for letters.
enum YAMLQuotes {
    static let curly: Set<Unicode.Scalar> = [
        "\u{201C}", "\u{201D}", "\u{201E}", "\u{201F}", "\u{2018}", "\u{2019}", "\u{201A}", "\u{00AB}", "\u{00BB}",
        "\u{FF02}",
    ]

    /// What is wrong with a text without quotes that begins with such a quote, or ends with one that closes it.
    static func mistake(in text: String) -> (message: String, help: String)? {
        guard let first = text.unicodeScalars.first, curly.contains(first) else { return nil }
        let inner = text.unicodeScalars.dropFirst()
        // Without its end, a comma or a brace has cut the text.
        let isWhole = inner.last.map(curly.contains) ?? false
        let shown = isWhole && inner.count <= 60 ? String(String.UnicodeScalarView(inner.dropLast())) : "…"
        return (
            "the text begins with the curly quote '\(first)', which is no quote of YAML and would be a part of it",
            "write straight quotes: \"\(shown)\"; if the curly ones are meant, put straight ones around them"
        )
    }
}
