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
        /// What is wrong, in a sentence.
        package var title: String
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
    ///   - title: the sentence that all problems of the group share; by default the message without what it quotes.
    ///   - found: what was found at this place.
    package mutating func add(
        _ diagnostic: Diagnostic, kind: ProblemKind, title: String? = nil, found: String? = nil, help: String? = nil
    ) {
        count += 1
        let title = title ?? Self.unquoted(diagnostic.message)
        let help = help ?? diagnostic.help
        let key = "\(kind.rawValue)\n\(title)\n\(help.map(Self.unquoted) ?? "")"
        let place = diagnostic.location.map { "\($0)" } ?? ""
        let example = Example(place: place, found: found ?? diagnostic.message)
        if let index = indices[key] {
            groups[index].count += 1
            if groups[index].examples.count < Self.examples { groups[index].examples.append(example) }
        } else if groups.count < Self.kept {
            indices[key] = groups.count
            groups.append(
                Group(kind: kind, title: title, help: help, count: 1, examples: [example], first: diagnostic))
        }
    }

    /// Problems that are in no group, because there are too many.
    package var ungroupedCount: Int { count - groups.reduce(0) { $0 + $1.count } }

    /// A message with `…` for what it quotes and for its numbers: those of one mistake differ in nothing else.
    static func unquoted(_ message: String) -> String {
        var text = ""
        var isQuoted = false
        var wasNumber = false
        for character in message {
            if character == "'" {
                isQuoted.toggle()
                text.append(isQuoted ? "'…" : "'")
                wasNumber = false
            } else if !isQuoted {
                let isNumber = ("0"..."9").contains(character)
                if !isNumber { text.append(character) } else if !wasNumber { text.append("…") }
                wasNumber = isNumber
            }
        }
        return text
    }
}

extension ProblemGroups.Group {
    /// The group as lines for people.
    package var lines: [String] {
        guard count > 1 else { return ["\(first)"] }
        var lines = ["error: \(title): \(count) times"]
        for example in examples {
            let found = example.found.isEmpty ? "" : ": \(example.found)"
            lines.append("    \(example.place)\(found)")
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
