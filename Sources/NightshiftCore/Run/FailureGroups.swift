/// Failures in groups of those that are the same but for what differs by chance, for summaries.
package struct FailureGroups: Sendable {
    private struct Group {
        /// What is told of all: the text that most of them have.
        var reason: String
        var count: Int
        /// Its place among the groups.
        var place: Int
    }

    private var groups: [String: Group] = [:]

    /// How many groups are kept; a night may have a million texts that have nothing in common.
    private static let kept = 10_000

    package init() {}

    /// - Parameters:
    ///   - text: the whole text of the failures; those of the most items come first.
    ///   - count: how many items have it.
    package mutating func add(_ text: String, class failureClass: String, count: Int) {
        let key = "\(failureClass) \(FailureText.normalForm(text))"
        if groups[key] != nil {
            groups[key]?.count += count
        } else if groups.count < Self.kept {
            groups[key] = Group(reason: FailureText.headline(text), count: count, place: groups.count)
        }
    }

    /// The largest groups, the largest first.
    package func largest(_ limit: Int) -> [(reason: String, count: Int)] {
        groups.values.sorted { ($1.count, $0.place) < ($0.count, $1.place) }.prefix(limit).map { ($0.reason, $0.count) }
    }
}
