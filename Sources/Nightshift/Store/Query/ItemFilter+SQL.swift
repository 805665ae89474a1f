import GRDB
import LosslessJSON
import NightshiftCore

/// Items of a run as SQL: what columns are, which items a filter means, and their order.
struct ItemQuerySQL {
    let run: RunRecord
    /// What each step's predictions cost, by the steps' names; empty where the manifest gives no prices.
    let prices: [String: PriceSettings]

    // MARK: - Columns

    /// An expression that gives the column's value of an item; NULL where there is none.
    func expression(_ column: ItemColumn) -> SQL {
        switch column {
        case .position: "item.position"
        case .name: "item.name"
        case .key: "item.key"
        case .origin: "item.origin"
        case .state: "item.state"
        case .step: "item.step"
        case .failureClass: "item.failure_class"
        case .failure: "item.failure"
        case .attempts: "item.attempt"
        case .sentAt: "item.intent_at"
        case .startedAt: "item.started_at"
        case .completedAt: "item.completed_at"
        case .endedAt: "item.finished_at"
        case .waiting: "item.wait_time"
        case .running: "item.run_time"
        case .download: "CASE item.state WHEN 'succeeded' THEN (item.finished_at - item.fetching_at) / 1000.0 END"
        case .duration: "(item.finished_at - item.intent_at) / 1000.0"
        case .predictTime: "CASE WHEN item.spent_predictions > 0 THEN item.spent_time END"
        case .cost: cost
        case .rating: "(SELECT rating FROM remark WHERE remark.digest = item.digest)"
        case .note: "(SELECT note FROM remark WHERE remark.digest = item.digest)"
        case .tag: "(SELECT MIN(tag) FROM tag WHERE tag.digest = item.digest)"
        case .media: "(SELECT media_type FROM output WHERE output.item_id = item.id ORDER BY place LIMIT 1)"
        case .row(let name): member(name)
        }
    }

    private var cost: SQL {
        guard prices.contains(where: { $0.value != PriceSettings() }) else { return "NULL" }
        var expression: SQL = "CASE WHEN item.spent_predictions > 0 THEN CASE item.step"
        for (step, price) in prices.sorted(by: { $0.key < $1.key }) {
            expression += """
                 WHEN \(step) THEN \
                item.spent_predictions * \(price.perPrediction) + item.spent_time * \(price.perSecond)
                """
        }
        return expression + " END END"
    }

    private func member(_ name: String) -> SQL {
        // A path cannot name everything that a column may be called.
        guard !name.unicodeScalars.contains(where: { $0 == "\"" || $0 == "\\" }) else {
            return "(SELECT atom FROM json_each(item.row) WHERE key = \(name))"
        }
        return "json_extract(item.row, \("$.\"\(name)\""))"
    }

    // MARK: - Conditions

    /// What is true of the items of the run that the filter means. Withdrawn ones are meant only where it names their state.
    func condition(_ filter: ItemFilter) -> SQL {
        let base: SQL = "item.run_id = \(run.id) AND item.generation <= \(run.generation)"
        let namesWithdrawn = filter.terms.contains { term in
            guard case .column(.state, _, let values) = term.subject else { return false }
            return values.contains(.text(ItemState.withdrawn.rawValue))
        }
        var condition = namesWithdrawn ? base : base + " AND item.is_withdrawn = 0"
        for term in filter.terms {
            let subject = self.condition(term.subject, namesWithdrawn: namesWithdrawn)
            condition += term.isNegated ? " AND NOT COALESCE((\(subject)), 0)" : " AND (\(subject))"
        }
        return condition
    }

    private func condition(_ subject: ItemFilter.Term.Subject, namesWithdrawn: Bool) -> SQL {
        switch subject {
        case .text(let text): Self.search(text)
        case .column(.tag, let comparison, let values):
            each(values, comparison) { self.exists("tag", "tag.digest = item.digest", "tag.tag", comparison, $0) }
        case .column(.media, let comparison, let values):
            each(values, comparison) {
                self.exists("output", "output.item_id = item.id", "output.media_type", comparison, $0)
            }
        case .column(.state, let comparison, let values) where namesWithdrawn:
            each(values, comparison) {
                Self.compare(
                    "CASE WHEN item.is_withdrawn THEN 'withdrawn' ELSE item.state END", comparison, $0, as: .text)
            }
        case .column(let column, let comparison, let values):
            each(values, comparison) { Self.compare(expression(column), comparison, $0, as: column.kind) }
        }
    }

    /// With any of the values; for `!=`, with none of them.
    private func each(
        _ values: [ItemFilter.Value], _ comparison: ItemFilter.Comparison, _ condition: (ItemFilter.Value) -> SQL
    ) -> SQL {
        let conditions: [SQL] = values.map { "(\(condition($0)))" }
        return conditions.joined(separator: comparison == .notEqual ? " AND " : " OR ")
    }

    private func exists(
        _ table: String, _ link: SQL, _ column: SQL, _ comparison: ItemFilter.Comparison, _ value: ItemFilter.Value
    ) -> SQL {
        let isNegated = comparison == .notEqual
        if value == .missing {
            return "\(isNegated ? SQL("") : SQL("NOT ")) EXISTS (SELECT 1 FROM \(sql: table) WHERE \(link))"
        }
        let compared = Self.compare(column, isNegated ? .equal : comparison, value, as: .text)
        return "\(isNegated ? SQL("NOT ") : SQL("")) EXISTS (SELECT 1 FROM \(sql: table) WHERE \(link) AND \(compared))"
    }

    private static func compare(
        _ column: SQL, _ comparison: ItemFilter.Comparison, _ value: ItemFilter.Value, as kind: ItemColumn.Kind
    ) -> SQL {
        switch value {
        case .missing: return comparison == .notEqual ? "\(column) IS NOT NULL" : "\(column) IS NULL"
        case .time(let milliseconds): return compare(column, comparison, milliseconds.databaseValue)
        case .number(let number, let text):
            guard kind == .any else { return compare(column, comparison, number.databaseValue) }
            // Tables of texts hold numbers as texts.
            switch comparison {
            case .equal: return "CAST(\(column) AS TEXT) = \(text) OR \(column) = \(number)"
            case .notEqual: return "(CAST(\(column) AS TEXT) = \(text) OR \(column) = \(number)) IS NOT 1"
            default: return compare("CAST(NULLIF(\(column), '') AS REAL)", comparison, number.databaseValue)
            }
        case .text(let text):
            if comparison == .contains { return like(column, text) }
            return compare(kind == .any ? "CAST(\(column) AS TEXT)" : column, comparison, text.databaseValue)
        }
    }

    private static func compare(
        _ column: SQL, _ comparison: ItemFilter.Comparison, _ value: DatabaseValue
    ) -> SQL {
        switch comparison {
        case .equal: "\(column) = \(value)"
        case .notEqual: "\(column) IS NOT \(value)"
        case .atLeast: "\(column) >= \(value)"
        case .atMost: "\(column) <= \(value)"
        case .more: "\(column) > \(value)"
        case .less: "\(column) < \(value)"
        case .contains: "\(column) = \(value)"
        }
    }

    private static func search(_ text: String) -> SQL {
        // Within JSON it stands as JSON writes it.
        let inJSON = String(JSONValue.string(text).jsonString().dropFirst().dropLast())
        return """
            \(like("item.name", text)) OR \(like("item.origin", text)) OR \(like("item.row", inJSON)) \
            OR \(like("item.input", inJSON)) OR \(like("json_extract(item.result, '$.output')", text)) \
            OR \(like("item.failure", text))
            """
    }

    private static func like(_ column: SQL, _ text: String) -> SQL {
        let escaped = text.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_")
        return "\(column) LIKE \("%\(escaped)%") ESCAPE '\\'"
    }

    // MARK: - Order

    /// Items without a value come last, in either direction.
    func order(_ sort: ItemSort) -> SQL {
        guard sort.column != .position else {
            return sort.isDescending ? "item.position DESC" : "item.position"
        }
        let value = expression(sort.column)
        return "\(value) IS NULL, \(value)\(sql: sort.isDescending ? " DESC" : ""), item.position"
    }
}
