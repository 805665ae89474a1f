/// Failures in groups of those that are the same but for what differs by chance, for summaries.
package struct FailureGroups: Sendable {
    package struct Group: Hashable, Sendable {
        /// What is told of all: the headline of the text that most of them have.
        package var reason: String
        package var failureClass: String
        package var count: Int
        /// The whole text, if all of them have the same.
        package var text: String?
        /// Its place among the groups.
        fileprivate var place: Int
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
            if groups[key]?.text != text { groups[key]?.text = nil }
        } else if groups.count < Self.kept {
            groups[key] = Group(
                reason: FailureText.headline(text), failureClass: failureClass, count: count, text: text,
                place: groups.count)
        }
    }

    /// The largest groups, the largest first.
    package func largest(_ limit: Int) -> [Group] {
        Array(groups.values.sorted { ($1.count, $0.place) < ($0.count, $1.place) }.prefix(limit))
    }
}
