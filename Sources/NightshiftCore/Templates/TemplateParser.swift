import LosslessJSON

/// Reads the text between `{{` and `}}`.
///
/// ```
/// placeholder = value { "|" filter }
/// value       = name steps | "[" quoted "]" steps | quoted | "random" "(" number "," number ")"
/// steps       = { "." name | "[" number "]" | "[" quoted "]" }
/// filter      = name [ "(" argument { "," argument } ")" ]
/// argument    = quoted | number | "true" | "false" | "null" | word
/// ```
package struct TemplateParser {
    /// The template of a text. Where a placeholder is wrong, its mistakes are added to `diagnostics`.
    ///
    /// - Parameter column: the column of the text's first character, if it stands in the file as it is.
    package static func parse(
        _ text: String, at location: SourceLocation, column: Int? = nil, into diagnostics: inout [Diagnostic]
    ) -> Template {
        var parser = TemplateParser(text: Array(text.unicodeScalars), location: location, column: column)
        return parser.parse(into: &diagnostics)
    }

    private let text: [Unicode.Scalar]
    private let location: SourceLocation
    private let column: Int?
    private var index = 0

    private init(text: [Unicode.Scalar], location: SourceLocation, column: Int?) {
        self.text = text
        self.location = location
        self.column = column
    }

    private mutating func parse(into diagnostics: inout [Diagnostic]) -> Template {
        var segments: [Template.Segment] = []
        var literal = String.UnicodeScalarView()
        while index < text.count {
            guard isAt("{{") else {
                literal.append(text[index])
                index += 1
                continue
            }
            if !literal.isEmpty { segments.append(.text(String(literal))) }
            literal = String.UnicodeScalarView()
            let start = index
            do {
                segments.append(.placeholder(try parsePlaceholder()))
            } catch {
                diagnostics.append(error)
                index = max(index, start + 2)
                while index < text.count, !isAt("}}") { index += 1 }
                index = min(text.count, index + 2)
            }
        }
        if !literal.isEmpty || segments.isEmpty { segments.append(.text(String(literal))) }
        return Template(segments: segments, location: location)
    }

    // MARK: - Placeholders

    private mutating func parsePlaceholder() throws(Diagnostic) -> Placeholder {
        let start = index
        index += 2
        skipSpace()
        let root: Placeholder.Root
        if isAt("}}") {
            throw mistake("'{{ }}' names nothing", at: start, help: "write a column's name, such as {{ name }}")
        }
        if let quoted = try parseQuoted() {
            root = .text(quoted)
        } else if peek == "[" {
            guard case .key(let name) = try parseBracket() else {
                throw mistake("a template cannot start with an index", at: start, help: "start with a column's name")
            }
            root = .name(name)
        } else {
            let name = try parseName("a column's name")
            root = name == "random" && peek == "(" ? try parseRandom(at: start) : .name(name)
        }
        var path: [JSONPathStep] = []
        while case .name = root, peek == "." || peek == "[" {
            if peek == "[" {
                path.append(try parseBracket())
            } else {
                index += 1
                path.append(.key(try parseName("a name after '.'")))
            }
        }
        var filters: [FilterCall] = []
        skipSpace()
        while peek == "|" {
            index += 1
            skipSpace()
            filters.append(try parseFilter())
            skipSpace()
        }
        guard index < text.count else {
            throw mistake(
                "'{{' is never closed", at: start, help: "close it with '}}'; two literal braces are written {{ '{{' }}"
            )
        }
        guard isAt("}}") else {
            if path.isEmpty, filters.isEmpty, case .name = root { try refuseLooseName(from: start) }
            throw mistake(
                "unexpected '\(text[index])' in a template", at: index,
                help: "a template is a column's name with filters, such as {{ name | trim | lower }}")
        }
        index += 2
        return Placeholder(
            root: root, path: path, filters: filters, source: source(from: start + 2, to: index - 2),
            location: place(of: start)
        )
    }

    /// A column's name with spaces, brackets or signs in it has to be told apart from what else a template can say.
    private func refuseLooseName(from start: Int) throws(Diagnostic) {
        var end = start + 2
        while end + 1 < text.count, text[end] != "|", !(text[end] == "}" && text[end + 1] == "}") { end += 1 }
        let name = source(from: start + 2, to: end)
        let isLoose = name.unicodeScalars.allSatisfy { scalar in
            TemplateParser.isNamePart(scalar) || VisibleText.isBlank(scalar)
                || "().,:;&#$%?!'".unicodeScalars.contains(scalar)
        }
        let words = name.unicodeScalars.split { VisibleText.isBlank($0) }
        guard isLoose, !name.isEmpty, words.allSatisfy({ $0.contains { TemplateParser.isNamePart($0) || $0 == "&" } })
        else { return }
        throw mistake(
            "the name '\(VisibleText.of(name))' has more than letters and digits in it", at: start,
            help: "write it in brackets and quotes: \(TemplateParser.placeholder(for: name))")
    }

    /// The placeholder of a column, whatever its name is.
    package static func placeholder(for name: String) -> String {
        let isPlain = !name.isEmpty && name.unicodeScalars.allSatisfy(isNamePart)
        if isPlain { return "{{ \(name) }}" }
        return "{{ ['\(name.replacingExactly("\\", with: "\\\\").replacingExactly("'", with: "\\'"))'] }}"
    }

    private mutating func parseFilter() throws(Diagnostic) -> FilterCall {
        let start = index
        let name = try parseName("a filter's name after '|'")
        guard let filter = Filter(rawValue: name) else {
            let help = NearestName.help(for: name, among: Filter.allCases.map(\.rawValue))
            throw mistake("unknown filter '\(name)'", at: start, help: help)
        }
        skipSpace()
        let arguments = peek == "(" ? try parseArguments(of: filter.rawValue, at: start, form: filter.form) : []
        if let mistake = filter.mistake(in: arguments) {
            throw self.mistake("'\(name)' \(mistake)", at: start, help: "write it as \(filter.form)")
        }
        return FilterCall(filter, arguments: arguments)
    }

    private mutating func parseArguments(
        of name: String, at start: Int, form: String
    ) throws(Diagnostic) -> [JSONValue] {
        var arguments: [JSONValue] = []
        repeat {
            index += 1
            skipSpace()
            if let quoted = try parseQuoted() {
                arguments.append(.string(quoted))
            } else if let bare = parseBareArgument() {
                arguments.append(bare)
            }
            skipSpace()
        } while peek == ","
        guard peek == ")" else {
            let isCurly = text[start..<min(text.count, index + 1)].contains { YAMLQuotes.curly.contains($0) }
            throw mistake(
                "the argument of '\(name)' is not closed", at: start,
                help: "write it as \(form)" + (isCurly ? "; curly quotes are none" : ""))
        }
        index += 1
        return arguments
    }

    /// A number or word without quotes, such as `default(0)`.
    private mutating func parseBareArgument() -> JSONValue? {
        let start = index
        while let next = peek, next != ")", next != "}", next != "|", next != ",", next != "'", next != "\"",
            !isSpace(next)
        {
            index += 1
        }
        guard index > start else { return nil }
        let text = source(from: start, to: index)
        if text.unicodeScalars.contains(where: { YAMLQuotes.curly.contains($0) }) {
            index = start
            return nil
        }
        switch text {
        case "true": return true
        case "false": return false
        case "null": return .null
        default: return JSONNumber(literal: text).map(JSONValue.number) ?? .string(text)
        }
    }

    private mutating func parseRandom(at start: Int) throws(Diagnostic) -> Placeholder.Root {
        let form = "random(1, 100)"
        let ends = try parseArguments(of: "random", at: start, form: form).map(\.intValue)
        guard ends.count == 2, let from = ends[0], let to = ends[1], from <= to else {
            throw mistake(
                "'random' needs two whole numbers, the smaller one first", at: start, help: "write it as \(form)")
        }
        return .random(from...to)
    }

    private mutating func parseBracket() throws(Diagnostic) -> JSONPathStep {
        let start = index
        index += 1
        skipSpace()
        let step: JSONPathStep
        if let quoted = try parseQuoted() {
            step = .key(quoted)
        } else {
            let first = index
            while let next = peek, ("0"..."9").contains(next) { index += 1 }
            guard let number = Int(source(from: first, to: index)) else {
                throw mistake("expected a number or a name in quotes after '['", at: start, help: "such as tags[0]")
            }
            step = .index(number)
        }
        skipSpace()
        guard peek == "]" else { throw mistake("'[' is never closed", at: start, help: "close it with ']'") }
        index += 1
        return step
    }

    private mutating func parseQuoted() throws(Diagnostic) -> String? {
        guard let quote = peek, quote == "'" || quote == "\"" else { return nil }
        let start = index
        index += 1
        var content = String.UnicodeScalarView()
        while let next = peek {
            index += 1
            if next == quote { return String(content) }
            // A backslash takes the next character as it is, so a quote can be written.
            if next == "\\", let escaped = peek {
                content.append(escaped)
                index += 1
            } else {
                content.append(next)
            }
        }
        throw mistake("a text in a template is never closed", at: start, help: "close it with \(quote)")
    }

    private mutating func parseName(_ expected: String) throws(Diagnostic) -> String {
        let start = index
        while let next = peek, TemplateParser.isNamePart(next) { index += 1 }
        guard index > start else {
            guard let next = peek else {
                throw mistake("'{{' is never closed", at: start, help: "close it with '}}'")
            }
            let help =
                YAMLQuotes.curly.contains(next)
                ? "curly quotes are none; write straight ones: '"
                : "a column's name with other characters is written {{ ['first name'] }}"
            throw mistake("expected \(expected), found '\(next)'", at: start, help: help)
        }
        return source(from: start, to: index)
    }

    /// Letters of any language, digits, `_` and `-`: there is no arithmetic that a hyphen could mean.
    private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar == "-" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            || scalar.properties.generalCategory == .nonspacingMark
    }

    // MARK: - Text

    private var peek: Unicode.Scalar? { index < text.count ? text[index] : nil }

    private func isAt(_ pair: StaticString) -> Bool {
        index + 1 < text.count && pair.withUTF8Buffer { text[index].value == $0[0] && text[index + 1].value == $0[1] }
    }

    private func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" || scalar == "\u{A0}"
    }

    private mutating func skipSpace() {
        while let next = peek, isSpace(next) { index += 1 }
    }

    private func source(from start: Int, to end: Int) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text[start..<end])
        while let first = view.first, isSpace(first) { view.removeFirst() }
        while let last = view.last, isSpace(last) { view.removeLast() }
        return String(view)
    }

    private func place(of offset: Int) -> SourceLocation {
        var place = location
        if let column { place.column = column + offset }
        return place
    }

    private func mistake(_ message: String, at offset: Int, help: String) -> Diagnostic {
        Diagnostic(message, at: place(of: offset), help: help)
    }
}
