import GRDB
import NightshiftCore

/// Which file names the outputs of items get.
extension CheckpointWriter {
    mutating func reserve(
        _ reservation: OutputReservation, run: RunRecord, in directory: (any OutputPaths)?
    ) throws -> [ReservedPath] {
        let id = reservation.item.rawValue
        let own = try GRDB.Row.fetchAll(
            database.cachedStatement(sql: "SELECT path, size FROM output WHERE item_id = ? ORDER BY place"),
            arguments: [id]
        ).map { ReservedPath(path: $0["path"], replaces: $0["size"] != nil) }
        // The extension may have been settled by the content since.
        let isKept =
            own.count == reservation.paths.count
            && zip(own, reservation.paths).allSatisfy { OutputNaming.differInExtensionOnly($0.path, $1) }
        if isKept { return own }
        if !own.isEmpty { try execute("DELETE FROM output WHERE item_id = ?", [id]) }
        var paths: [ReservedPath] = []
        for (place, wanted) in reservation.paths.enumerated() {
            let free = try free(wanted, for: reservation.item, own: own, run: run, in: directory)
            try execute(
                "INSERT INTO output (item_id, place, path, path_folded) VALUES (?, ?, ?, ?)",
                [id, place, free.path, OutputNaming.fold(free.path)]
            )
            paths.append(free)
        }
        return paths
    }

    mutating func move(
        _ place: Int, of id: Int64, to wished: String, run: RunRecord, in directory: any OutputPaths
    ) throws -> String {
        let path = try free(wished, for: ItemID(id), own: [], run: run, in: directory).path
        try execute(
            "UPDATE output SET path = ?, path_folded = ?, size = NULL, sha256 = NULL WHERE item_id = ? AND place = ?",
            [path, OutputNaming.fold(path), id, place])
        return path
    }

    /// The path itself, or another one beside it if it is taken by somebody with a right to it.
    private mutating func free(
        _ wanted: String, for item: ItemID, own: [ReservedPath], run: RunRecord, in directory: (any OutputPaths)?
    ) throws -> ReservedPath {
        for ordinal in 1... {
            let path = ordinal == 1 ? wanted : OutputNaming.alternative(to: wanted, ordinal: ordinal)
            let owner = try GRDB.Row.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT output.item_id, output.place, item.run_id, item.is_withdrawn, output.size FROM output
                        JOIN item ON item.id = output.item_id WHERE path_folded = ?
                        """
                ),
                arguments: [OutputNaming.fold(path)]
            )
            guard let owner else {
                if let known = own.first(where: { $0.path == path }) { return known }
                if directory?.isFree(path, for: item) ?? true { return ReservedPath(path: path) }
                continue
            }
            let replaces = owner["size"] != nil
            if owner["run_id"] != run.id {
                // A fresh start takes over the names of the runs before it.
                try execute(
                    "DELETE FROM output WHERE item_id = ? AND place = ?",
                    [owner["item_id"] as Int64, owner["place"] as Int]
                )
                return ReservedPath(path: path, replaces: replaces)
            }
            if owner["is_withdrawn"] {
                try stepAside(owner, from: path, in: directory)
                return ReservedPath(path: path, replaces: replaces)
            }
        }
        return ReservedPath(path: wanted)
    }

    /// A withdrawn item's file keeps its content under another name, because it was paid for.
    private mutating func stepAside(
        _ owner: GRDB.Row, from path: String, in directory: (any OutputPaths)?
    ) throws {
        let own: String = try OutputPath.checked(path)
        for ordinal in 2... {
            let other = OutputNaming.alternative(to: path, ordinal: ordinal)
            let isTaken = try Bool.fetchOne(
                database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM output WHERE path_folded = ?)"),
                arguments: [OutputNaming.fold(other)]
            )
            if isTaken == true { continue }
            if kept[own] != other, let directory, directory.exists(other), !directory.isKept(own, as: other) {
                continue
            }
            kept[own] = other
            try execute(
                "UPDATE output SET path = ?, path_folded = ? WHERE item_id = ? AND place = ?",
                [other, OutputNaming.fold(other), owner["item_id"] as Int64, owner["place"] as Int]
            )
            return
        }
    }
}
