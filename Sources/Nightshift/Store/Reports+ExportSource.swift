import GRDB
import NightshiftCore

extension Reports {
    /// Finds out what the writers of an export have to know before the first item.
    func describe(
        _ source: inout Exporter.Source, _ options: ExportOptions, of run: RunRecord, prices: [String: PriceSettings]
    ) async throws(StoreError) {
        let query = ItemQuerySQL(run: run, prices: prices)
        let isParquet = options.formats.contains(.parquet)
        let needsColumns = isParquet || options.formats.contains(.csv)
        let needsExtensions = options.formats.contains(.webdataset)
        let folders = options.formats.compactMap(\.mediaKind)
        let kinds = isParquet ? ParquetColumns.mediaKinds.map(\.0) : folders
        let found = try await store.read { [source] database in
            let condition = query.condition(options.items)
            func fetch<Value: DatabaseValueConvertible>(_ sql: SQL, _ type: Value.Type) throws -> [Value] {
                let (text, arguments) = try sql.build(database)
                return try Value.fetchAll(database, sql: text, arguments: arguments)
            }
            // In the order in which rows have them.
            let columns =
                needsColumns
                ? try fetch(
                    """
                    SELECT member.key FROM item, json_each(item.row) AS member WHERE \(condition)
                    GROUP BY member.key ORDER BY MIN(item.position), MIN(member.id)
                    """, String.self) : []
            var several: Set<String> = []
            for kind in kinds {
                let found = try fetch(
                    """
                    SELECT 1 FROM item JOIN output ON output.item_id = item.id
                    WHERE \(condition) AND item.state = 'succeeded' AND substr(media_type, 1, \(kind.count)) = \(kind)
                    GROUP BY item.id HAVING COUNT(*) > 1 LIMIT 1
                    """, Int.self)
                if !found.isEmpty { several.insert(kind) }
            }
            let extensions = needsExtensions ? try Self.extensionsOfSeveral(condition, database) : []
            let asOf = try fetch("SELECT MAX(item.finished_at) FROM item WHERE \(condition)", Int64?.self)
            let splits = ["train", "test", "val", "dev", "eval"].map { "%\($0)%" }
            let named =
                try folders.isEmpty
                ? []
                : splits.flatMap { pattern in
                    try fetch(
                        """
                        SELECT 1 FROM item JOIN output ON output.item_id = item.id
                        WHERE \(condition) AND item.state = 'succeeded' AND path LIKE \(pattern) LIMIT 1
                        """, Int.self)
                }
            var source = source
            source.columns = columns
            source.kindsOfSeveral = several
            source.extensionsOfSeveral = extensions
            source.hasNamesOfSplits = !named.isEmpty
            source.asOf = (asOf.first ?? nil).map(Timestamp.init(milliseconds:))
            if isParquet {
                source.columnTypes = try Self.columnTypes(condition, database)
                for kind in kinds {
                    let files = try fetch(
                        """
                        SELECT 1 FROM item JOIN output ON output.item_id = item.id
                        WHERE \(condition) AND item.state = 'succeeded' AND substr(media_type, 1, \(kind.count)) = \(kind)
                        LIMIT 1
                        """, Int.self)
                    if !files.isEmpty { source.mediaKinds.insert(kind) }
                }
            }
            return source
        }
        source = found
    }

    /// What the columns of the rows hold, for tables whose columns have types.
    private static func columnTypes(_ condition: SQL, _ database: Database) throws -> [String: ColumnTypes] {
        // A whole number that SQLite has as a real one has more than 64 bits.
        let (text, arguments) = try SQL(
            """
            SELECT member.key, MAX(member.type = 'text') AS texts,
                MAX(member.type = 'integer' AND typeof(member.atom) = 'integer') AS integers,
                MAX(member.type = 'real' AND abs(member.atom) <= 1.7e308) AS reals,
                MAX(member.type IN ('true', 'false')) AS bools,
                MAX(member.type IN ('array', 'object') OR member.type = 'integer' AND typeof(member.atom) = 'real'
                    OR member.type = 'real' AND abs(member.atom) > 1.7e308) AS others
            FROM item, json_each(item.row) AS member WHERE \(condition) GROUP BY member.key
            """
        ).build(database)
        var types: [String: ColumnTypes] = [:]
        let rows = try GRDB.Row.fetchCursor(database, sql: text, arguments: arguments)
        while let row = try rows.next() {
            types[row["key"]] = ColumnTypes(
                hasTexts: row["texts"], hasIntegers: row["integers"], hasReals: row["reals"], hasBools: row["bools"],
                hasOthers: row["others"])
        }
        return types
    }

    /// The extensions of which any item has several files.
    private static func extensionsOfSeveral(_ condition: SQL, _ database: Database) throws -> Set<String> {
        let (text, arguments) = try SQL(
            """
            SELECT item.id, path FROM item JOIN output ON output.item_id = item.id
            WHERE \(condition) AND item.state = 'succeeded' AND size IS NOT NULL
                AND EXISTS (SELECT 1 FROM output AS other WHERE other.item_id = item.id AND other.place <> output.place)
            ORDER BY item.id
            """
        ).build(database)
        var found: Set<String> = []
        var current: (item: Int64, names: Set<String>) = (-1, [])
        let rows = try GRDB.Row.fetchCursor(database, sql: text, arguments: arguments)
        while let row = try rows.next() {
            let item: Int64 = row["id"]
            let name = SampleNames.fileExtension(of: try OutputPath.read(row))
            if item != current.item { current = (item, []) }
            if !current.names.insert(name).inserted { found.insert(name) }
        }
        return found
    }
}
