import GRDB
import NightshiftCore

extension Reports {
    /// Finds out what the writers of an export have to know before the first item.
    func describe(
        _ source: inout Exporter.Source, _ options: ExportOptions, of run: RunRecord, prices: [String: PriceSettings]
    ) async throws(StoreError) {
        let query = ItemQuerySQL(run: run, prices: prices)
        let needsColumns = options.formats.contains(.csv)
        let needsExtensions = options.formats.contains(.webdataset)
        let kinds = options.formats.compactMap(\.mediaKind)
        let (columns, several, extensions, asOf, hasNamesOfSplits) = try await store.read { database in
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
                try kinds.isEmpty
                ? []
                : splits.flatMap { pattern in
                    try fetch(
                        """
                        SELECT 1 FROM item JOIN output ON output.item_id = item.id
                        WHERE \(condition) AND item.state = 'succeeded' AND path LIKE \(pattern) LIMIT 1
                        """, Int.self)
                }
            return (columns, several, extensions, asOf.first ?? nil, !named.isEmpty)
        }
        source.columns = columns
        source.kindsOfSeveral = several
        source.extensionsOfSeveral = extensions
        source.hasNamesOfSplits = hasNamesOfSplits
        source.asOf = asOf.map(Timestamp.init(milliseconds:))
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
