/// Reads a regular expression and makes the steps of a ``TextPattern``.
///
/// ```
/// choice = sequence { "|" sequence }
/// sequence = { piece [ "*" | "+" | "?" | "{" n [ "," [ n ] ] "}" ] [ "?" ] }
/// piece = character | "." | "[" set "]" | "(" choice ")" | "(?:" choice ")" | "^" | "$" | "\" escape
/// ```
struct PatternCompiler {
    /// How many steps a pattern may have: what is repeated many times is written many times.
    static let mostSteps = 2000
    private static let deepest = 50

    private indirect enum Node {
        case take(PatternCharacters)
        case start, end
        case wordEdge(isNegated: Bool)
        case sequence([Node])
        case choice([Node])
        case repeated(Node, least: Int, most: Int?)
    }

    private var text: [Unicode.Scalar] = []
    private var index = 0
    private var ignoresCase = false
    private var steps: [TextPattern.Step] = []

    mutating func compile(_ pattern: String) throws(PatternMistake) -> [TextPattern.Step] {
        text = Array(pattern.unicodeScalars)
        if pattern.hasPrefix("(?i)") {
            ignoresCase = true
            index = 4
        }
        let node = try parseChoice(depth: 0)
        guard index == text.count else {
            throw PatternMistake(message: "')' closes nothing", help: "write '\\)' for the character itself")
        }
        try emit(node)
        try append(.match)
        return steps
    }

    // MARK: - Steps

    private mutating func append(_ step: TextPattern.Step) throws(PatternMistake) {
        guard steps.count < PatternCompiler.mostSteps else {
            throw PatternMistake(
                message: "the pattern is too large",
                help: "it repeats more than \(PatternCompiler.mostSteps) characters")
        }
        steps.append(step)
    }

    private mutating func emit(_ node: Node) throws(PatternMistake) {
        switch node {
        case .take(let characters): try append(.take(characters))
        case .start: try append(.start)
        case .end: try append(.end)
        case .wordEdge(let isNegated): try append(.wordEdge(isNegated: isNegated))
        case .sequence(let nodes): for node in nodes { try emit(node) }
        case .choice(let nodes): try emit(choice: nodes[...])
        case .repeated(let node, let least, let most):
            for _ in 0..<least {
                let before = steps.count
                try emit(node)
                // Nothing, repeated, is nothing; counting it could take for ever.
                if steps.count == before { break }
            }
            if let most {
                var splits: [Int] = []
                for _ in least..<most {
                    splits.append(steps.count)
                    try append(.match)
                    try emit(node)
                }
                for split in splits { steps[split] = .split(split + 1, steps.count) }
            } else {
                let start = steps.count
                try append(.match)
                try emit(node)
                try append(.jump(start))
                steps[start] = .split(start + 1, steps.count)
            }
        }
    }

    private mutating func emit(choice nodes: ArraySlice<Node>) throws(PatternMistake) {
        guard let first = nodes.first else { return }
        guard nodes.count > 1 else { return try emit(first) }
        let start = steps.count
        try append(.match)
        try emit(first)
        let jump = steps.count
        try append(.match)
        steps[start] = .split(start + 1, steps.count)
        try emit(choice: nodes.dropFirst())
        steps[jump] = .jump(steps.count)
    }

    // MARK: - Reading

    private var peek: Unicode.Scalar? { index < text.count ? text[index] : nil }

    private mutating func parseChoice(depth: Int) throws(PatternMistake) -> Node {
        guard depth <= PatternCompiler.deepest else {
            throw PatternMistake(message: "the groups nest deeper than \(PatternCompiler.deepest) levels")
        }
        var choices = [try parseSequence(depth: depth)]
        while peek == "|" {
            index += 1
            choices.append(try parseSequence(depth: depth))
            guard choices.count <= PatternCompiler.mostSteps else {
                throw PatternMistake(message: "the pattern is too large")
            }
        }
        return choices.count == 1 ? choices[0] : .choice(choices)
    }

    private mutating func parseSequence(depth: Int) throws(PatternMistake) -> Node {
        var nodes: [Node] = []
        while let next = peek, next != "|", next != ")" {
            let node = try parsePiece(depth: depth)
            nodes.append(try parseRepetition(of: node))
        }
        return .sequence(nodes)
    }

    private mutating func parseRepetition(of node: Node) throws(PatternMistake) -> Node {
        let bounds: (least: Int, most: Int?)
        switch peek {
        case "*": bounds = (0, nil)
        case "+": bounds = (1, nil)
        case "?": bounds = (0, 1)
        case "{":
            guard let counted = parseCounts() else { return node }
            guard counted.most.map({ $0 >= counted.least }) ?? true else {
                throw PatternMistake(message: "a repetition ends before it begins", help: "write it as {1,3}")
            }
            bounds = counted
            index -= 1
        default: return node
        }
        index += 1
        // Which way is tried first makes no difference to whether there is one.
        if peek == "?" { index += 1 }
        if peek == "*" || peek == "+" {
            throw PatternMistake(message: "a repetition is repeated", help: "put the first one in parentheses")
        }
        return .repeated(node, least: bounds.least, most: bounds.most)
    }

    /// The counts in braces; braces that hold none stand for themselves.
    private mutating func parseCounts() -> (least: Int, most: Int?)? {
        guard let end = text[index...].firstIndex(of: "}") else { return nil }
        var inner = String.UnicodeScalarView()
        inner.append(contentsOf: text[(index + 1)..<end])
        let parts = String(inner).split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= 2, let least = parts.first.flatMap({ Int($0) }), least >= 0 else { return nil }
        var most: Int? = least
        if parts.count == 2 {
            if parts[1].isEmpty { most = nil } else if let count = Int(parts[1]) { most = count } else { return nil }
        }
        index = end + 1
        // Larger ones fail while the steps are made, at the latest.
        return (min(least, PatternCompiler.mostSteps), most.map { min($0, PatternCompiler.mostSteps) })
    }

    private mutating func parsePiece(depth: Int) throws(PatternMistake) -> Node {
        guard let next = peek else { return .sequence([]) }
        index += 1
        switch next {
        case ".": return .take(PatternCharacters(members: [.range("\n"..."\n")], isNegated: true))
        case "^": return .start
        case "$": return .end
        case "[": return .take(try parseSet())
        case "(": return try parseGroup(depth: depth)
        case "*", "+", "?":
            throw PatternMistake(
                message: "'\(next)' repeats nothing", help: "write '\\\(next)' for the character itself")
        case "\\":
            if peek == "b" || peek == "B" {
                defer { index += 1 }
                return .wordEdge(isNegated: peek == "B")
            }
            return .take(characters([try parseEscape()]))
        default: return .take(characters([.range(next...next)]))
        }
    }

    private func characters(_ members: [PatternCharacters.Member], isNegated: Bool = false) -> PatternCharacters {
        PatternCharacters(members: members, isNegated: isNegated, ignoresCase: ignoresCase)
    }

    private mutating func parseGroup(depth: Int) throws(PatternMistake) -> Node {
        if peek == "?" {
            guard index + 1 < text.count, text[index + 1] == ":" else {
                throw PatternMistake(
                    message: "groups that start with '(?' are not supported, except '(?:'",
                    help: "'(?i)' at the start of the pattern ignores the case of letters")
            }
            index += 2
        }
        let node = try parseChoice(depth: depth + 1)
        guard peek == ")" else {
            throw PatternMistake(message: "'(' is never closed", help: "write '\\(' for the character itself")
        }
        index += 1
        return node
    }

    private mutating func parseEscape() throws(PatternMistake) -> PatternCharacters.Member {
        guard let next = peek else {
            throw PatternMistake(
                message: "nothing follows the last '\\'", help: "write '\\\\' for the character itself")
        }
        index += 1
        switch next {
        case "d", "D": return .digit(isNegated: next == "D")
        case "w", "W": return .word(isNegated: next == "W")
        case "s", "S": return .space(isNegated: next == "S")
        case "t": return .range("\t"..."\t")
        case "n": return .range("\n"..."\n")
        case "r": return .range("\r"..."\r")
        case "1"..."9":
            throw PatternMistake(message: "references to groups, such as '\\\(next)', are not supported")
        default:
            guard !PatternCharacters.isWord(next) else {
                throw PatternMistake(
                    message: "'\\\(next)' is not supported",
                    help: "known are \\d \\w \\s \\b, \\D \\W \\S \\B, \\t \\n \\r")
            }
            return .range(next...next)
        }
    }

    private mutating func parseSet() throws(PatternMistake) -> PatternCharacters {
        let unclosed = PatternMistake(message: "'[' is never closed", help: "write '\\[' for the character itself")
        var isNegated = false
        if peek == "^" {
            isNegated = true
            index += 1
        }
        var members: [PatternCharacters.Member] = []
        while true {
            guard let next = peek else { throw unclosed }
            // A closing bracket at the first place is a member.
            if next == "]", !members.isEmpty {
                index += 1
                return characters(members, isNegated: isNegated)
            }
            index += 1
            let member = next == "\\" ? try parseEscape() : .range(next...next)
            guard peek == "-", index + 1 < text.count, text[index + 1] != "]", case .range(let from) = member else {
                members.append(member)
                continue
            }
            index += 1
            guard let last = peek else { throw unclosed }
            index += 1
            let upper = last == "\\" ? try parseEscape() : .range(last...last)
            guard case .range(let to) = upper, from.lowerBound <= to.lowerBound else {
                throw PatternMistake(message: "a range in '[ ]' runs backwards", help: "write it as [a-z]")
            }
            members.append(.range(from.lowerBound...to.lowerBound))
        }
    }
}
