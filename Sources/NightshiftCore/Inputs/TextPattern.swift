/// A regular expression that is matched in time linear in the text, whatever the pattern: all ways through it are
/// followed at once, and none is tried twice.
///
/// It knows what filters of rows need: characters, classes, groups, choices, repetitions, anchors and word ends. What
/// cannot be matched in this way, such as a reference to a group, is refused.
package struct TextPattern: Hashable, Sendable {
    /// As written.
    package let text: String
    let steps: [Step]

    enum Step: Hashable, Sendable {
        /// Takes one character of the set.
        case take(PatternCharacters)
        case split(Int, Int)
        case jump(Int)
        case start, end
        case wordEdge(isNegated: Bool)
        case match
    }

    /// Reads a pattern.
    /// - Throws: ``PatternMistake``.
    package init(_ text: String) throws(PatternMistake) {
        self.text = text
        var compiler = PatternCompiler()
        steps = try compiler.compile(text)
    }

    /// Whether the pattern is found anywhere in a text.
    package func isFound(in text: String) -> Bool {
        var search = PatternSearch(steps: steps)
        return search.finds(text)
    }

    // The steps follow from the text, and comparing them would take longer.
    package static func == (left: TextPattern, right: TextPattern) -> Bool { left.text == right.text }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// Why a text is no pattern.
package struct PatternMistake: Error, Hashable, Sendable {
    package var message: String
    package var help: String?
}

/// The characters that one place of a pattern takes.
struct PatternCharacters: Hashable, Sendable {
    enum Member: Hashable, Sendable {
        case range(ClosedRange<Unicode.Scalar>)
        case digit(isNegated: Bool)
        case word(isNegated: Bool)
        case space(isNegated: Bool)
    }

    var members: [Member]
    var isNegated = false
    var ignoresCase = false

    func contains(_ scalar: Unicode.Scalar) -> Bool {
        var found = holds(scalar)
        if !found, ignoresCase {
            found = PatternCharacters.otherCases(of: scalar).contains { holds($0) }
        }
        return found != isNegated
    }

    private func holds(_ scalar: Unicode.Scalar) -> Bool {
        members.contains { member in
            switch member {
            case .range(let range): range.contains(scalar)
            case .digit(let isNegated): ("0"..."9").contains(scalar) != isNegated
            case .word(let isNegated): PatternCharacters.isWord(scalar) != isNegated
            case .space(let isNegated): scalar.properties.isWhitespace != isNegated
            }
        }
    }

    static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x80 {
            return ("0"..."9").contains(scalar) || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
                || scalar == "_"
        }
        return scalar.properties.isAlphabetic || scalar.properties.numericType != nil
            || scalar.properties.generalCategory == .nonspacingMark
    }

    private static func otherCases(of scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        [scalar.properties.lowercaseMapping, scalar.properties.uppercaseMapping].compactMap { text in
            text.unicodeScalars.count == 1 ? text.unicodeScalars.first : nil
        }
    }
}

/// One walk of all ways through a pattern along a text.
private struct PatternSearch {
    let steps: [TextPattern.Step]
    /// For each step, the place in the text at which it was reached last.
    private var reachedAt: [Int]
    /// The steps that wait for a character.
    private var waiting: [Int] = []
    private var isMatched = false

    init(steps: [TextPattern.Step]) {
        self.steps = steps
        reachedAt = Array(repeating: -1, count: steps.count)
    }

    mutating func finds(_ text: String) -> Bool {
        var previous: Unicode.Scalar?
        var place = 0
        var rest = text.unicodeScalars.makeIterator()
        var next = rest.next()
        while true {
            // A match may begin anywhere.
            reach(0, at: place, after: previous, before: next)
            if isMatched { return true }
            guard let scalar = next else { return false }
            previous = scalar
            next = rest.next()
            place += 1
            let current = waiting
            waiting.removeAll(keepingCapacity: true)
            for step in current {
                guard case .take(let characters) = steps[step], characters.contains(scalar) else { continue }
                reach(step + 1, at: place, after: previous, before: next)
                if isMatched { return true }
            }
        }
    }

    /// Follows all steps that take no character.
    private mutating func reach(
        _ first: Int, at place: Int, after previous: Unicode.Scalar?, before next: Unicode.Scalar?
    ) {
        var pending = [first]
        while let step = pending.popLast() {
            guard reachedAt[step] != place else { continue }
            reachedAt[step] = place
            switch steps[step] {
            case .take: waiting.append(step)
            case .split(let one, let other):
                pending.append(one)
                pending.append(other)
            case .jump(let target): pending.append(target)
            case .start: if previous == nil { pending.append(step + 1) }
            case .end: if next == nil { pending.append(step + 1) }
            case .wordEdge(let isNegated):
                let isEdge =
                    (previous.map(PatternCharacters.isWord) ?? false) != (next.map(PatternCharacters.isWord) ?? false)
                if isEdge != isNegated { pending.append(step + 1) }
            case .match:
                isMatched = true
                return
            }
        }
    }
}
