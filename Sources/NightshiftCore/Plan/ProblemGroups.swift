/// The problems of an input set, grouped by what is wrong: a mistake that a thousand rows share is told once.
package struct ProblemGroups: Hashable, Sendable {
    /// One of the places with the problem.
    package struct Example: Hashable, Sendable {
        /// `prompts.csv:4812`.
        package var place: String
        /// What was found there; empty if the title says it all.
        package var found: String
    }

    package struct Group: Hashable, Sendable {
        package var kind: ProblemKind
        /// What is wrong, in a sentence: that of all of them, or else of the first one.
        package var title: String
        /// Whether the sentence is that of all of them.
        package var isUniform: Bool
        package var help: String?
        package var count: Int
        /// The first places.
        package var examples: [Example]
        /// The problem as it is told if it is the only one of its group.
        package var first: Diagnostic
    }

    /// In the order in which they were found first.
    package private(set) var groups: [Group] = []
    /// All problems, grouped or not.
    package private(set) var count = 0
    private var indices: [String: Int] = [:]

    /// How many groups are kept; the input set of a hostile file could have a million.
    private static let kept = 50
    /// How many places of each are kept.
    private static let examples = 5

    package init() {}

    /// - Parameters:
    ///   - title: the sentence that all problems of the group share. Without one, problems are in one group if their messages
    ///     differ in nothing but values.
    ///   - found: what was found at this place.
    package mutating func add(
        _ diagnostic: Diagnostic, kind: ProblemKind, title: String? = nil, found: String? = nil, help: String? = nil
    ) {
        count += 1
        let help = help ?? diagnostic.help
        let shape = title ?? Self.shape(of: diagnostic.message)
        let key = "\(kind.rawValue)\n\(shape)\n\(help.map(Self.shape) ?? "")"
        let place = diagnostic.location.map { "\($0)" } ?? ""
        let example = Example(place: place, found: found ?? diagnostic.message)
        if let index = indices[key] {
            groups[index].count += 1
            if title == nil, diagnostic.message != groups[index].title { groups[index].isUniform = false }
            if groups[index].examples.count < Self.examples { groups[index].examples.append(example) }
        } else if groups.count < Self.kept {
            indices[key] = groups.count
            groups.append(
                Group(
                    kind: kind, title: title ?? diagnostic.message, isUniform: true, help: help, count: 1,
                    examples: [example], first: diagnostic))
        }
    }

    /// Problems that are in no group, because there are too many.
    package var ungroupedCount: Int { count - groups.reduce(0) { $0 + $1.count } }

    /// What two messages about one mistake have in common: the message without what it quotes and without its numbers.
    ///
    /// Only compared, never shown. A digit of a name (`UTF-8`, `sep2.csv`) is no number.
    static func shape(of message: String) -> String {
        var shape = ""
        var isQuoted = false
        var previous: Character = " "
        let characters = Array(message)
        for (index, character) in characters.enumerated() {
            defer { previous = character }
            let next = index + 1 < characters.count ? characters[index + 1] : " "
            if character == "'" {
                // The apostrophe of "the model's" quotes nothing.
                let isApostrophe = !isQuoted && previous.isWordPart && next.isWordPart
                if !isApostrophe { isQuoted.toggle() }
                shape.append(character)
            } else if !isQuoted {
                guard character.isASCIIDigit, !Self.isNamed(characters, at: index) else {
                    shape.append(character)
                    continue
                }
                if !previous.isASCIIDigit { shape.append("0") }
            }
        }
        return shape
    }

    /// Whether a digit is part of a name: its run of digits touches a letter, or a hyphen, underscore or dot behind one.
    private static func isNamed(_ characters: [Character], at index: Int) -> Bool {
        var first = index
        while first > 0, characters[first - 1].isASCIIDigit { first -= 1 }
        var last = index
        while last + 1 < characters.count, characters[last + 1].isASCIIDigit { last += 1 }
        if first > 0, characters[first - 1].isLetter { return true }
        if first > 1, "-_.".contains(characters[first - 1]), characters[first - 2].isLetter { return true }
        return last + 1 < characters.count && characters[last + 1].isLetter
    }
}

extension Character {
    fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
    fileprivate var isWordPart: Bool { isLetter || isASCIIDigit }
}

extension ProblemGroups.Group {
    /// The group as lines for people.
    package var lines: [String] {
        guard count > 1 else { return ["\(first)"] }
        var lines: [String] = []
        var shown = examples[...]
        if isUniform {
            lines.append("error: \(title): \(count) times")
        } else {
            lines.append((examples[0].place.isEmpty ? "" : "\(examples[0].place): ") + "error: \(title)")
            lines.append("    and \(count - 1) more like it:")
            shown = shown.dropFirst()
        }
        for example in shown {
            // What the title says already is not said again at each place.
            let parts = [example.place, example.found == title ? "" : example.found].filter { !$0.isEmpty }
            if !parts.isEmpty { lines.append("    " + parts.joined(separator: ": ")) }
        }
        if count > examples.count { lines.append("    … and \(count - examples.count) more") }
        if let help { lines.append("    \(help)") }
        return lines
    }
}

extension ProblemGroups {
    /// All of it as lines for people.
    package var lines: [String] {
        let more = ungroupedCount
        return groups.flatMap(\.lines) + (more > 0 ? ["… and \(more) more problems"] : [])
    }
}
