package import JSON

/// One source of rows, and which of them are taken: `where` first, then `offset`, then `limit`.
package struct InputSource: Sendable {
    package enum Kind: Sendable {
        /// Rows written in the manifest: mappings, or scalars for the column `value`.
        case list([JSONValue])
        case table(Table, path: String)
        /// Files by patterns, in the order of the patterns and then of their bytes.
        case files([GlobPattern])
        case range(NumberRange)
    }

    /// The formats of a file that holds rows.
    package enum Table: String, CaseIterable, Sendable {
        case csv, tsv, jsonl, json, lines
    }

    package var kind: Kind
    package var conditions: [Condition]
    package var offset: Int
    package var limit: Int?
    /// Where the manifest names the source.
    package var location: SourceLocation

    package init(
        _ kind: Kind, where conditions: [Condition] = [], offset: Int = 0, limit: Int? = nil, location: SourceLocation
    ) {
        self.kind = kind
        self.conditions = conditions
        self.offset = offset
        self.limit = limit
        self.location = location
    }
}

/// One column's demand in `where` or `exclude`: its value is one of these.
package struct Condition: Hashable, Sendable {
    package var column: String
    package var values: [JSONValue]
    package var location: SourceLocation

    package init(column: String, values: [JSONValue], location: SourceLocation) {
        self.column = column
        self.values = values
        self.location = location
    }
}

/// One entry of `exclude`: leaves out what meets all its conditions.
package struct Exclusion: Hashable, Sendable {
    package var conditions: [Condition]
    package var location: SourceLocation

    package init(conditions: [Condition], location: SourceLocation) {
        self.conditions = conditions
        self.location = location
    }
}

/// The values that multiply every row, the first column varying slowest.
package struct Matrix: Hashable, Sendable {
    package struct Column: Hashable, Sendable {
        package var name: String
        package var values: [JSONValue]
        package var location: SourceLocation

        package init(name: String, values: [JSONValue], location: SourceLocation) {
            self.name = name
            self.values = values
            self.location = location
        }
    }

    package var columns: [Column]

    package init(columns: [Column] = []) {
        self.columns = columns
    }
}
