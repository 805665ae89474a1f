package import JSON

extension Condition {
    /// Whether a value is one of those asked for. A missing value equals null. Values of a text format equal what they
    /// would be without quotes.
    package func isMet(by value: JSONValue?, isText: Bool) -> Bool {
        let found = value ?? .null
        return values.contains { wanted in
            if wanted == found { return true }
            guard isText, case .string(let text) = found else { return false }
            return switch wanted {
            case .number(let number): JSONNumber(literal: text) == number
            case .bool(let value): text == (value ? "true" : "false")
            case .null, .string, .array, .object: false
            }
        }
    }
}

/// Which rows of a source are taken: those that meet the conditions, after `offset` of them, at most `limit`.
package struct Selection: Sendable {
    private let conditions: [Condition]
    private let offset: Int
    private let limit: Int?
    private var met = 0
    /// The conditions' columns that no row has had so far.
    package private(set) var unseen: [Condition]

    package init(_ source: InputSource) {
        conditions = source.conditions
        offset = source.offset
        limit = source.limit
        unseen = source.conditions
    }

    /// No further row can be taken.
    package var isComplete: Bool {
        limit.map { met >= offset + $0 } ?? false
    }

    package mutating func takes(_ row: Row) -> Bool {
        if !unseen.isEmpty { unseen.removeAll { row[$0.column] != nil } }
        for condition in conditions where !condition.isMet(by: row[condition.column], isText: row.isText) {
            return false
        }
        guard !isComplete else { return false }
        met += 1
        return met > offset
    }
}

extension Exclusion {
    package func excludes(_ scope: RenderScope) -> Bool {
        conditions.allSatisfy { condition in
            for column in scope.matrix where column.name == condition.column {
                return condition.isMet(by: column.value, isText: false)
            }
            return condition.isMet(by: scope.row[condition.column], isText: scope.row.isText)
        }
    }
}

extension Matrix {
    /// How many combinations there are; `nil` if more than an `Int` can count.
    package var combinationCount: Int? {
        var count = 1
        for column in columns {
            let (product, overflow) = count.multipliedReportingOverflow(by: column.values.count)
            if overflow { return nil }
            count = product
        }
        return count
    }

    /// The combination of a number from 0, the last column varying fastest.
    package func combination(_ number: Int) -> [(name: String, value: JSONValue)] {
        var rest = number
        var values: [(name: String, value: JSONValue)] = []
        for column in columns.reversed() {
            values.append((column.name, column.values[rest % column.values.count]))
            rest /= column.values.count
        }
        return values.reversed()
    }
}
