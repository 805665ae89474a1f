import GRDB
import NightshiftCore

/// Which file names the outputs of items get.
extension CheckpointWriter {
    mutating func reserve(
        _ reservation: OutputReservation, run: RunRecord, in directory: (any OutputPaths)?
    ) throws -> [ReservedPath] {
        let id = reservation.item.rawValue
        try keepPreviousFiles(of: id, in: directory)
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
            let content = place < reservation.contents.count ? reservation.contents[place] : nil
            let free = try free(
                wanted, for: reservation.item, own: own, content: content, run: run, in: directory)
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
    /// - Parameter content: the digest of what will be put there, if it is known.
    private mutating func free(
        _ wanted: String, for item: ItemID, own: [ReservedPath], content: String? = nil, run: RunRecord,
        in directory: (any OutputPaths)?
    ) throws -> ReservedPath {
        for ordinal in 1... {
            let path = ordinal == 1 ? wanted : OutputNaming.alternative(to: wanted, ordinal: ordinal)
            if try isPrevious(path) { continue }
            let owner = try GRDB.Row.fetchOne(
                database.cachedStatement(
                    sql: """
                        SELECT output.item_id, output.place, item.run_id, item.is_withdrawn, output.size, output.sha256
                        FROM output JOIN item ON item.id = output.item_id WHERE path_folded = ?
                        """
                ),
                arguments: [OutputNaming.fold(path)]
            )
            guard let owner else {
                if let known = own.first(where: { $0.path == path }) { return known }
                // A file that has stepped aside leaves its name when this is on disk.
                if kept[path]?.name != nil { return ReservedPath(path: path, replaces: true) }
                if directory?.isFree(path, for: item) ?? true { return ReservedPath(path: path) }
                continue
            }
            // A fresh start takes over the names of the runs before it.
            guard owner["run_id"] != run.id || owner["is_withdrawn"] else { continue }
            let (item, place) = (owner["item_id"] as Int64, owner["place"] as Int)
            let isSame = content != nil && owner["sha256"] == content
            guard owner["size"] != nil, !isSame else {
                try execute("DELETE FROM output WHERE item_id = ? AND place = ?", [item, place])
                return ReservedPath(path: path, replaces: isSame)
            }
            guard let other = try stepAside(path, number: 1, in: directory) else { continue }
            try execute(
                "UPDATE output SET path = ?, path_folded = ? WHERE item_id = ? AND place = ?",
                [other, OutputNaming.fold(other), item, place])
            return ReservedPath(path: path, replaces: true)
        }
        return ReservedPath(path: wanted)
    }

    /// The files of an item's last result get other names, before there are others to put in their places.
    private mutating func keepPreviousFiles(of item: Int64, in directory: (any OutputPaths)?) throws {
        let result = try GRDB.Row.fetchOne(
            database.cachedStatement(
                sql: "SELECT id, number FROM previous_result WHERE item_id = ? AND has_files = 0 ORDER BY number DESC"),
            arguments: [item])
        guard let result else { return }
        let files = try GRDB.Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT place, path, size, sha256, media_type FROM output WHERE item_id = ? AND size IS NOT NULL
                    ORDER BY place
                    """), arguments: [item])
        try execute("DELETE FROM output WHERE item_id = ?", [item])
        for file in files {
            let path = try OutputPath.read(file)
            let other = try stepAside(path, number: result["number"], in: directory) ?? path
            try execute(
                """
                INSERT INTO previous_output (result_id, place, path, path_folded, size, sha256, media_type)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    result["id"], file["place"], other, OutputNaming.fold(other), file["size"], file["sha256"],
                    file["media_type"],
                ])
        }
        try execute("UPDATE previous_result SET has_files = 1 WHERE id = ?", [result["id"]])
    }

    private func isPrevious(_ path: String) throws -> Bool {
        try Bool.fetchOne(
            database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM previous_output WHERE path_folded = ?)"),
            arguments: [OutputNaming.fold(path)]) ?? false
    }

    /// A file keeps its content under another name, because it was paid for.
    /// - Parameter number: counts the results that have had the file's name.
    /// - Returns: the name; `nil` if the file has to stay where it is.
    private mutating func stepAside(
        _ path: String, number: Int, in directory: (any OutputPaths)?
    ) throws -> String? {
        let own: String = try OutputPath.checked(path)
        if case .stays = kept[own] { return nil }
        for ordinal in number... {
            let other = OutputNaming.previous(own, number: ordinal)
            let isTaken = try Bool.fetchOne(
                database.cachedStatement(sql: "SELECT EXISTS (SELECT 1 FROM output WHERE path_folded = ?)"),
                arguments: [OutputNaming.fold(other)])
            if try isTaken == true || isPrevious(other) { continue }
            if kept[own] != .moves(to: other), let directory, directory.exists(other),
                !directory.isKept(own, as: other)
            {
                continue
            }
            kept[own] = .moves(to: other)
            return other
        }
        return nil
    }
}

/// What becomes of a file whose name another one gets.
enum KeptFile: Hashable, Sendable {
    case moves(to: String)
    /// It cannot get another name.
    case stays

    var name: String? { if case .moves(let name) = self { name } else { nil } }
}
