/// Finds the slip behind a text that is no YAML.
///
/// libyaml says where it could go no further, which is often lines behind the mistake and in words about its own grammar. What
/// people do wrong is of few kinds, and those can be seen line by line.
struct YAMLDiagnosis {
    /// A slip with its place, lines and columns from 0.
    private struct Slip {
        var line: Int
        var column: Int
        var message: String
        var help: String
        /// Only a guess: a text in quotes may well go over several lines.
        var isWeak = false
    }

    /// A block that is open where the scan stands.
    private struct Block {
        var indent: Int
        var isList: Bool
        var key = ""
        var hasValue = false
    }

    private let lines: [[Unicode.Scalar]]
    private var slips: [Slip] = []
    private var blocks: [Block] = []
    /// The brackets that are open.
    private var brackets: [(scalar: Unicode.Scalar, line: Int, column: Int)] = []
    private var flowDepth: Int { brackets.count }
    private var quote: (scalar: Unicode.Scalar, line: Int, column: Int)?
    /// The indentation of the key whose value is a block of text, while inside of it.
    private var textBlock: Int?
    private var firstKey: (line: Int, indent: Int, name: String)?

    private init(_ bytes: some Sequence<UInt8>) {
        let text = String(decoding: Array(bytes), as: UTF8.self).unicodeScalars
        // A mark of the byte order is no part of the first line.
        lines = text.dropFirst(text.first == "\u{FEFF}" ? 1 : 0)
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.last == "\r" ? Array($0.dropLast()) : Array($0) }
    }

    /// The most likely slip of a text that could not be read beyond a line.
    ///
    /// - Parameter line: from 0; `nil` for the whole text.
    static func cause(in bytes: some Sequence<UInt8>, file: String, before line: Int? = nil) -> Diagnostic? {
        var diagnosis = YAMLDiagnosis(bytes)
        diagnosis.scan()
        let last = line ?? .max
        let found =
            diagnosis.slips.first { $0.line <= last && !$0.isWeak } ?? diagnosis.slips.first { $0.line <= last }
        return found.map { slip in
            Diagnostic(
                slip.message, at: SourceLocation(file: file, line: slip.line + 1, column: slip.column + 1),
                help: slip.help)
        }
    }

    // MARK: - Lines

    private mutating func scan() {
        for number in lines.indices {
            let line = lines[number]
            if let parent = textBlock {
                let indent = line.prefix { $0 == " " }.count
                if indent > parent || indent == line.count { continue }
                textBlock = nil
            }
            var index = 0
            if quote == nil, flowDepth == 0 {
                guard startsContent(line, number, &index) else { continue }
            }
            readTokens(line, number, from: index)
        }
        if let quote {
            add(
                quote.line, quote.column, "the quote that opens here is never closed",
                closing(quote.scalar, lines[quote.line]))
        } else if let open = brackets.first {
            add(
                open.line, open.column, "the '\(open.scalar)' that opens here is never closed",
                "close it with '\(Self.closer(of: open.scalar))'")
        }
    }

    /// Looks at what stands before the first character of a line outside of lists in brackets and quotes.
    private mutating func startsContent(_ line: [Unicode.Scalar], _ number: Int, _ index: inout Int) -> Bool {
        while index < line.count, line[index] == " " { index += 1 }
        guard index < line.count, line[index] != "#" else { return false }
        if line[index] == "\t" {
            guard line[index...].contains(where: { $0 != "\t" && $0 != " " }) else { return false }
            add(number, index, "a tab stands at the start of the line", "indent with spaces; YAML takes no tabs there")
            return false
        }
        return true
    }

    private mutating func add(
        _ line: Int, _ column: Int, _ message: String, _ help: String, isWeak: Bool = false
    ) {
        slips.append(Slip(line: line, column: column, message: message, help: help, isWeak: isWeak))
    }

    private func closing(_ quote: Unicode.Scalar, _ line: [Unicode.Scalar]) -> String {
        let isCurly = line.contains { YAMLQuotes.curly.contains($0) }
        return isCurly
            ? "close it with a straight quote (\(quote)), not with a curly one"
            : "close it with \(quote) at the end of the text"
    }

    private mutating func close(_ scalar: Unicode.Scalar, _ number: Int, _ column: Int) {
        guard let open = brackets.popLast() else {
            return add(number, column, "'\(scalar)' closes nothing", "put the text in quotes, or leave it out")
        }
        let closer = Self.closer(of: open.scalar)
        guard closer != scalar else { return }
        add(
            open.line, open.column, "the '\(open.scalar)' that opens here is closed by '\(scalar)'",
            "close it with '\(closer)' before")
    }

    private static func closer(of scalar: Unicode.Scalar) -> Unicode.Scalar { scalar == "[" ? "]" : "}" }

    // MARK: - Tokens

    private mutating func readTokens(_ line: [Unicode.Scalar], _ number: Int, from start: Int) {
        var index = start
        var isStart = quote == nil && flowDepth == 0
        if let open = quote {
            guard let end = endOfQuote(open.scalar, line, from: 0) else { return }
            quote = nil
            index = end
            checkAfterQuote(line, number, index)
        }
        while index < line.count {
            let scalar = line[index]
            switch scalar {
            case " ", "\t":
                index += 1
                continue
            case "#":
                return
            case "-" where isStart && isSpaceOrEnd(line, index + 1):
                open(number, index, isList: true, key: "")
                index += 1
                continue
            case "-" where isStart && flowDepth == 0 && isListElement(line, index):
                add(
                    number, index + 1, "there is no space after '-'",
                    "write: - \(text(line[(index + 1)...]))", isWeak: true)
                return
            case "\"", "'":
                if isStart, let colon = keyEnd(line, index) { openKey(line, number, index, colon) }
                guard let end = endOfQuote(scalar, line, from: index + 1) else {
                    quote = (scalar, number, index)
                    tellOpenQuote(scalar, line, number, index)
                    return
                }
                index = end
                checkAfterQuote(line, number, index)
            case "[", "{":
                brackets.append((scalar, number, index))
                index += 1
            case "]", "}":
                close(scalar, number, index)
                index += 1
            case "," where flowDepth > 0, ":" where flowDepth > 0 || isSpaceOrEnd(line, index + 1):
                index += 1
            case "|" where flowDepth == 0, ">" where flowDepth == 0:
                textBlock = blocks.last?.indent ?? -1
                return
            case "@", "`", "%":
                add(
                    number, index, "a text that starts with '\(scalar)' must be in quotes",
                    "write: \"\(text(token(line, index)))\"")
                index += token(line, index).count
            case "*":
                add(
                    number, index, "a text that starts with '*' must be in quotes",
                    "write: \"\(text(token(line, index)))\"", isWeak: isAlias(token(line, index)))
                index += token(line, index).count
            default:
                index = readPlain(line, number, index, isStart: isStart)
                if index == line.count { return }
            }
            isStart = false
        }
    }

    /// Reads a text without quotes, and says where it ends.
    private mutating func readPlain(_ line: [Unicode.Scalar], _ number: Int, _ start: Int, isStart: Bool) -> Int {
        if flowDepth > 0 {
            var index = start
            while index < line.count, !",]}[{".unicodeScalars.contains(line[index]) {
                if line[index] == ":", isSpaceOrEnd(line, index + 1) { return index + 1 }
                index += 1
            }
            return index
        }
        guard isStart else {
            if let colon = colon(line, from: start) {
                let key = blocks.last?.key ?? ""
                let value = text(line[start...])
                add(
                    number, colon, "': ' stands in a text that is not in quotes",
                    "put the text in quotes: \(key.isEmpty ? "" : "\(key): ")\"\(value)\"")
            }
            return line.count
        }
        if let colon = colon(line, from: start) {
            openKey(line, number, start, colon)
            return colon + 1
        }
        tellMissingColon(line, number, start)
        return line.count
    }

    /// A line that begins with a word and has no `: ` may have been meant as a key with a value.
    private mutating func tellMissingColon(_ line: [Unicode.Scalar], _ number: Int, _ start: Int) {
        let word = line[start...].prefix { $0.properties.isAlphabetic || $0 == "_" || ("0"..."9").contains($0) }
        let name = text(word)
        guard !name.isEmpty, ManifestSection.allKeys.contains(name), start + word.count < line.count else { return }
        var index = start + word.count
        func rest(_ from: Int) -> String { text(line[min(from, line.count)...]) }
        switch line[index] {
        case ":":
            let isBlank = index + 1 < line.count && VisibleText.isBlank(line[index + 1])
            add(
                number, index + 1,
                isBlank
                    ? "the space after '\(name):' is a no-break space (U+00A0)" : "there is no space after '\(name):'",
                "write: \(name): \(rest(index + (isBlank ? 2 : 1)))")
        case "\u{FF1A}", "\u{FE55}", "\u{A789}":
            add(
                number, index, "'\(line[index])' after '\(name)' is not the colon of YAML",
                "write: \(name): \(rest(index + 1))")
        default:
            while index < line.count, line[index] == " " { index += 1 }
            guard index < line.count, line[index] == "=" else { return }
            add(
                number, index, "'=' stands between '\(name)' and its value",
                "write: \(name): \(rest(index + 1))")
        }
    }

    // MARK: - Blocks

    private mutating func openKey(_ line: [Unicode.Scalar], _ number: Int, _ column: Int, _ colon: Int) {
        open(number, column, isList: false, key: text(line[column..<colon]))
        var index = colon + 1
        while index < line.count, line[index] == " " || line[index] == "\t" { index += 1 }
        guard index < line.count, line[index] != "#", let last = blocks.indices.last else { return }
        // What names a value for later is none itself.
        blocks[last].hasValue = line[index] != "&" && line[index] != "|" && line[index] != ">"
    }

    private mutating func open(_ number: Int, _ indent: Int, isList: Bool, key: String) {
        if !isList, firstKey == nil { firstKey = (number, indent, key) }
        var left: Block?
        while let last = blocks.last, last.indent > indent { left = blocks.removeLast() }
        if let last = blocks.last, last.indent == indent {
            if !isList, last.isList { blocks.removeLast() }
            if let same = blocks.indices.last, blocks[same].indent == indent {
                if isList, !blocks[same].isList {
                    blocks.append(Block(indent: indent, isList: true))
                } else {
                    blocks[same].key = key
                    blocks[same].hasValue = false
                }
                return
            }
        } else if let left {
            tellOutdent(number, indent, key, left, blocks.last)
        } else if let parent = blocks.last, parent.hasValue, !key.isEmpty {
            add(
                number, indent, "'\(key)' is indented further than '\(parent.key)' above it, which has a value already",
                "start '\(key)' in column \(parent.indent + 1), below '\(parent.key)'")
        }
        blocks.append(Block(indent: indent, isList: isList, key: key))
    }

    private mutating func tellOutdent(_ number: Int, _ indent: Int, _ key: String, _ left: Block, _ outer: Block?) {
        let name = key.isEmpty ? "'-'" : "'\(key)'"
        guard let outer else {
            guard let first = firstKey else { return }
            return add(
                first.line, first.indent,
                "'\(first.name)' is indented by \(Self.spaces(first.indent)), but \(name) below it is not",
                "start both in the same column")
        }
        let inner = left.key.isEmpty ? "what stands above" : "'\(left.key)'"
        add(
            number, indent, "\(name) is indented by \(Self.spaces(indent)), which fits nothing above it",
            "indent it by \(Self.spaces(left.indent)), as \(inner) is, or by \(Self.spaces(outer.indent)), as "
                + "'\(outer.key)' is")
    }

    private static func spaces(_ count: Int) -> String { count == 1 ? "1 space" : "\(count) spaces" }

    // MARK: - Quotes

    private func endOfQuote(_ quote: Unicode.Scalar, _ line: [Unicode.Scalar], from start: Int) -> Int? {
        var index = start
        while index < line.count {
            if quote == "\"", line[index] == "\\" {
                index += 2
            } else if line[index] == quote {
                guard quote == "'", index + 1 < line.count, line[index + 1] == "'" else { return index + 1 }
                index += 2
            } else {
                index += 1
            }
        }
        return nil
    }

    private mutating func checkAfterQuote(_ line: [Unicode.Scalar], _ number: Int, _ end: Int) {
        var index = end
        while index < line.count, line[index] == " " || line[index] == "\t" { index += 1 }
        guard index < line.count, !",]}:".unicodeScalars.contains(line[index]) else { return }
        guard line[index] != "#" || index == end else { return }
        let help =
            line[end - 1] == "'"
            ? "an apostrophe inside single quotes is written twice: ''"
            : "a quote inside double quotes is written \\\""
        add(number, end - 1, "a text ends at this quote, and more follows it", help)
    }

    /// A text in quotes that goes on behind its line: probably not meant if the next line looks like a key.
    private mutating func tellOpenQuote(
        _ scalar: Unicode.Scalar, _ line: [Unicode.Scalar], _ number: Int, _ index: Int
    ) {
        let next = lines.dropFirst(number + 1).first { $0.contains { $0 != " " } } ?? []
        let start = next.firstIndex { $0 != " " } ?? 0
        let word = next.dropFirst(start).prefix { $0.properties.isAlphabetic || $0 == "_" }
        let isKey = next.dropFirst(start + word.count).first == ":" && !word.isEmpty
        // A text that is never closed is told at the end of the scan.
        let isClosed = lines[(number + 1)...].contains { $0.contains(scalar) }
        guard isClosed else { return }
        add(
            number, index, "the quote that opens here is not closed in its line", closing(scalar, line),
            isWeak: !isKey)
    }

    // MARK: - Text

    private func isSpaceOrEnd(_ line: [Unicode.Scalar], _ index: Int) -> Bool {
        index >= line.count || line[index] == " " || line[index] == "\t"
    }

    /// Where `: ` or a colon at the end of the line stands.
    private func colon(_ line: [Unicode.Scalar], from start: Int) -> Int? {
        var index = start
        while index < line.count {
            if line[index] == ":", isSpaceOrEnd(line, index + 1) { return index }
            if line[index] == "#", index > start, line[index - 1] == " " { return nil }
            index += 1
        }
        return nil
    }

    /// Where the colon behind a key in quotes stands.
    private func keyEnd(_ line: [Unicode.Scalar], _ start: Int) -> Int? {
        guard let end = endOfQuote(line[start], line, from: start + 1) else { return nil }
        return end < line.count && line[end] == ":" ? end : nil
    }

    /// Whether what starts with a hyphen stands where elements of a list are.
    private func isListElement(_ line: [Unicode.Scalar], _ index: Int) -> Bool {
        guard index + 1 < line.count, line[index + 1] != "-" else { return false }
        guard let block = blocks.last else { return true }
        return block.isList ? block.indent == index : block.indent <= index && !block.hasValue
    }

    private func token(_ line: [Unicode.Scalar], _ start: Int) -> ArraySlice<Unicode.Scalar> {
        var end = start
        while end < line.count {
            if flowDepth > 0, ",]}".unicodeScalars.contains(line[end]) { break }
            if line[end] == "#", end > start, line[end - 1] == " " { break }
            end += 1
        }
        while end > start, line[end - 1] == " " { end -= 1 }
        return line[start..<end]
    }

    private func isAlias(_ token: ArraySlice<Unicode.Scalar>) -> Bool {
        token.dropFirst().allSatisfy {
            $0.properties.isAlphabetic || $0 == "_" || $0 == "-" || ("0"..."9").contains($0)
        }
    }

    private func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var rest = scalars
        while let first = rest.first, first == " " { rest = rest.dropFirst() }
        while let last = rest.last, last == " " { rest = rest.dropLast() }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: rest.prefix(60))
        return String(view) + (rest.count > 60 ? "…" : "")
    }
}
