package import LosslessJSON

/// One source of rows, and which of them are taken: `where` first, then `unique`, `sample`, `shuffle`, `offset` and
/// `limit`.
package struct InputSource: Sendable {
    package enum Kind: Sendable {
        /// Rows written in the manifest: mappings, or scalars for the column `value`.
        case list([JSONValue])
        /// Rows of files in one format, one file after the other.
        case table(Table, [TablePlace])
        /// Files by patterns, in the order of the patterns and then of their bytes.
        case files([GlobPattern])
        case range(NumberRange)
        /// The rows that a query gives, from a database file that is only read.
        case sqlite(file: String, query: String)
        /// The rows of Parquet files, one after the other, read by DuckDB.
        case parquet([TablePlace])
        /// The rows that a query of DuckDB gives, which may name files; `file` is a database that is only read.
        case duckdb(file: String?, query: String)
        /// What a command of the shell prints, as a table.
        case command(String, Table)
        /// Requests of OpenAI's Batch API, one a line.
        case openAIBatch([TablePlace])
        /// The results of another job: its name, or the path of its manifest.
        case run(String)
    }

    /// The formats of a file that holds rows.
    package enum Table: String, CaseIterable, Sendable {
        case csv, tsv, jsonl, json, lines
    }

    /// Where a table is.
    package enum TablePlace: Hashable, Sendable {
        /// A file, or all files that a pattern finds.
        case files(GlobPattern)
        /// An https address, or an http address of this machine.
        case web(String)
        case standardInput
    }

    /// A part of the rows, drawn by their content: rows that are appended change little of it.
    package struct Sample: Hashable, Sendable {
        package enum Amount: Hashable, Sendable {
            case count(Int)
            /// From 0 to 1.
            case share(Double)
        }

        package var amount: Amount
        package var seed: Int

        package init(_ amount: Amount, seed: Int = 0) {
            self.amount = amount
            self.seed = seed
        }
    }

    package var kind: Kind
    /// How the text of a `csv` or `tsv` is cut into values.
    package var dialect = CSVDialect()
    /// Whether a text and a JSON object beside a found file, of the same name but for the extension, become columns.
    package var readsSidecars = false
    /// How the bytes of tables are text; `nil` for UTF-8, or UTF-16 by its mark.
    package var encoding: TextEncoding?
    /// Whether linked folders are entered, and links may lead out of the folder that the manifest names.
    package var followsLinks = false
    package var conditions: [Condition]
    /// Of rows that are equal in these columns, the first is taken.
    package var unique: [UniqueColumn]
    package var sample: Sample?
    /// The seed of an order by content; `nil` keeps the source's own.
    package var shuffle: Int?
    package var offset: Int
    package var limit: Int?
    /// Where the manifest names the source.
    package var location: SourceLocation

    package init(
        _ kind: Kind, where conditions: [Condition] = [], unique: [UniqueColumn] = [], sample: Sample? = nil,
        shuffle: Int? = nil, offset: Int = 0, limit: Int? = nil, location: SourceLocation
    ) {
        self.kind = kind
        self.conditions = conditions
        self.unique = unique
        self.sample = sample
        self.shuffle = shuffle
        self.offset = offset
        self.limit = limit
        self.location = location
    }
}

extension InputSource.Kind {
    /// The places of the tables of which the rows are made.
    package var places: [InputSource.TablePlace] {
        switch self {
        case .table(_, let places), .parquet(let places), .openAIBatch(let places): places
        case .list, .files, .range, .sqlite, .duckdb, .command, .run: []
        }
    }

    /// The format of the text that rows are read from, where they are read from one.
    package var table: InputSource.Table? {
        switch self {
        case .table(let table, _), .command(_, let table): table
        case .openAIBatch: .jsonl
        case .list, .files, .range, .sqlite, .parquet, .duckdb, .run: nil
        }
    }
}

/// A column that `unique` names.
package struct UniqueColumn: Hashable, Sendable {
    package var name: String
    package var location: SourceLocation

    package init(_ name: String, location: SourceLocation) {
        self.name = name
        self.location = location
    }
}

/// One column's demand in `where` or `exclude`.
package struct Condition: Hashable, Sendable {
    package enum Demand: Hashable, Sendable {
        case oneOf([JSONValue])
        /// Both ends included; both are numbers, or both are texts.
        case between(from: JSONValue?, to: JSONValue?)
        case matches(TextPattern)
    }

    package var column: String
    package var demand: Demand
    package var location: SourceLocation

    package init(column: String, demand: Demand, location: SourceLocation) {
        self.column = column
        self.demand = demand
        self.location = location
    }

    package init(column: String, values: [JSONValue], location: SourceLocation) {
        self.init(column: column, demand: .oneOf(values), location: location)
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

/// The values that multiply every row, the first column varying slowest, and what `include` adds to them.
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

    /// One entry of `include`: names with values.
    package struct Inclusion: Hashable, Sendable {
        package struct Member: Hashable, Sendable {
            package var name: String
            package var value: JSONValue
            package var location: SourceLocation
        }

        package var members: [Member]
        package var location: SourceLocation
    }

    package var columns: [Column]
    package var inclusions: [Inclusion]

    package init(columns: [Column] = [], inclusions: [Inclusion] = []) {
        self.columns = columns
        self.inclusions = inclusions
    }
}
