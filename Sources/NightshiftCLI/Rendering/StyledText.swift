/// A line of text with styles, which are shown where the terminal has colours. Its width is that of its characters alone.
struct StyledText: Hashable, Sendable, ExpressibleByStringLiteral {
    /// By the codes of ANSI terminals.
    enum Style: String {
        case plain = ""
        case strong = "1"
        case quiet = "2"
        case bad = "31"
        case good = "32"
        case notice = "33"
        case active = "36"
    }

    private struct Span: Hashable {
        var text: String
        var style: Style
    }

    private var spans: [Span]

    init(_ text: String, _ style: Style = .plain) {
        // What others say must neither command the terminal nor begin another line.
        spans = [Span(text: text.wholeInOneLine, style: style)]
    }

    init(stringLiteral text: String) { self.init(text) }

    private init(_ spans: [Span]) {
        self.spans = spans
    }

    static func + (first: StyledText, second: StyledText) -> StyledText { StyledText(first.spans + second.spans) }

    /// The text without its styles.
    var plain: String { spans.reduce("") { $0 + $1.text } }

    /// How many columns a terminal needs for it.
    var columns: Int { spans.reduce(0) { $0 + $1.text.columns } }

    /// As much of it as fits into so many columns; a cut is marked.
    func prefix(columns: Int) -> StyledText {
        guard self.columns > columns else { return self }
        var left = columns - 1
        guard left > 0 else { return StyledText(plain.prefix(columns: columns)) }
        var kept: [Span] = []
        for span in spans where left > 0 {
            let text = span.text.prefix(columns: left)
            kept.append(Span(text: text, style: span.style))
            left = text.count < span.text.count ? 0 : left - text.columns
        }
        return StyledText(kept) + "…"
    }

    /// With spaces up to so many columns.
    func padded(to columns: Int) -> StyledText {
        let missing = columns - self.columns
        return missing > 0 ? self + StyledText(spaces: missing) : self
    }

    private init(spaces count: Int) {
        self.init([Span(text: String(repeating: " ", count: count), style: .plain)])
    }

    /// As it is written to a terminal.
    func rendered(inColor: Bool) -> String {
        guard inColor else { return plain }
        return spans.reduce("") { text, span in
            span.style == .plain || span.text.isEmpty
                ? text + span.text : text + "\u{1B}[\(span.style.rawValue)m\(span.text)\u{1B}[0m"
        }
    }

    /// As many of the parts as fit, the first ones first, with dots between them.
    static func line(_ parts: [StyledText], columns: Int) -> StyledText {
        var line: StyledText?
        for part in parts {
            let longer = line.map { $0 + " · " + part } ?? part
            guard longer.columns <= columns else { break }
            line = longer
        }
        return line ?? (parts.first ?? "").prefix(columns: columns)
    }
}
