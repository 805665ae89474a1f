import LosslessJSON
import NightshiftCore

/// The types that the values of a column of the rows have: what decides the type of the column in a Parquet file.
struct ColumnTypes: Hashable, Sendable {
    var hasTexts = false
    /// Whole numbers of 64 bits.
    var hasIntegers = false
    var hasReals = false
    var hasBools = false
    /// Lists, objects, and numbers that no type of Parquet holds.
    var hasOthers = false

    var kind: ParquetColumns.Kind {
        switch (hasTexts, hasIntegers, hasReals, hasBools, hasOthers) {
        case (_, false, false, false, false): .text
        case (false, true, false, false, false): .integer
        case (false, _, true, false, false): .real
        case (false, false, false, true, false): .bool
        default: .json
        }
    }
}

/// The columns of a Parquet file: their names, their types, and what each item has in them. Values are given to DuckDB as JSON lines,
/// with columns by numbers: to DuckDB, names that differ only in case are one.
struct ParquetColumns {
    enum Kind: Hashable {
        case text, integer, real, bool, time
        /// What is nested or of several types, as JSON text.
        case json
        case texts
        /// What is known of files, without their content.
        case files
        /// The content of a file of one kind, or of several.
        case media, mediaList
    }

    struct Column {
        enum Source {
            case member(String)
            case row(String)
            case media(String)
        }

        var name: String
        var kind: Kind
        var source: Source
    }

    let columns: [Column]

    private static let members: [(name: String, kind: Kind)] = [
        ("output", .text), ("files", .files), ("input", .json), ("prediction", .text), ("model", .text),
        ("version", .text), ("attempts", .integer), ("sent_at", .time), ("started_at", .time),
        ("completed_at", .time), ("fetched_at", .time), ("predict_time", .real), ("cost", .real), ("rating", .integer),
        ("tags", .texts), ("note", .text), ("failure_class", .text), ("error", .text),
    ]
    private static let firstMembers: [(name: String, kind: Kind)] = [
        ("key", .text), ("index", .integer), ("name", .text), ("origin", .text), ("step", .text), ("state", .text),
    ]
    /// Beginnings of media types, with the names of their columns.
    static let mediaKinds = [("image/", "image"), ("audio/", "audio"), ("video/", "video")]

    /// - Parameters:
    ///   - rows: the columns of the rows, in their order.
    ///   - types: what they hold.
    ///   - kinds: beginnings of media types that there are.
    ///   - kindsOfSeveral: those of which any item has several files.
    init(rows: [String], types: [String: ColumnTypes], kinds: Set<String>, kindsOfSeveral: Set<String>) {
        func column(_ member: (name: String, kind: Kind)) -> Column {
            Column(name: member.name, kind: member.kind, source: .member(member.name))
        }
        var columns = Self.firstMembers.map(column)
        for (kind, name) in Self.mediaKinds where kinds.contains(kind) {
            let hasSeveral = kindsOfSeveral.contains(kind)
            columns.append(
                Column(
                    name: hasSeveral ? "\(name)s" : name, kind: hasSeveral ? .mediaList : .media, source: .media(kind)))
        }
        columns += Self.members.map(column)
        var taken = Set(columns.map { $0.name.lowercased() })
        for row in rows {
            var name = taken.contains(row.lowercased()) || row.isEmpty ? "row.\(row)" : row
            let first = name
            var count = 1
            while !taken.insert(name.lowercased()).inserted {
                count += 1
                name = "\(first)_\(count)"
            }
            columns.append(Column(name: name, kind: types[row]?.kind ?? .text, source: .row(row)))
        }
        self.columns = columns
    }

    /// The columns that hold the content of files.
    var mediaColumns: [Int] { columns.indices.filter { [.media, .mediaList].contains(columns[$0].kind) } }

    static func label(_ index: Int) -> String { "c\(index)" }

    // MARK: - Values

    /// The line of an item. Files stand in it by their paths and sizes, until ``embedding(_:reading:)`` puts their content there.
    func line(of result: ExportedResult) -> JSONValue {
        let item = result.item
        var members = result.json.objectValue ?? [:]
        members["prediction"] = ExportedResult.text(item.prediction?.id)
        members["model"] = ExportedResult.text(item.prediction?.model)
        members["version"] = ExportedResult.text(item.prediction?.version)
        let row = item.row.objectValue ?? [:]
        var line: [String: JSONValue] = [:]
        for (index, column) in columns.enumerated() {
            let value: JSONValue? =
                switch column.source {
                case .member(let name): members[name]
                case .row(let name): row[name]
                case .media(let kind): Self.media(kind, of: result, isList: column.kind == .mediaList)
                }
            if let value, value != .null { line[Self.label(index)] = Self.value(value, column.kind) }
        }
        return .object(line)
    }

    private static func value(_ value: JSONValue, _ kind: Kind) -> JSONValue {
        switch (kind, value) {
        case (.json, _): .string(value.jsonString())
        case (.text, .string): value
        case (.text, _): .string(value.jsonString())
        default: value
        }
    }

    private static func media(_ kind: String, of result: ExportedResult, isList: Bool) -> JSONValue? {
        let files = result.files.map(\.file).filter { $0.mediaType?.hasPrefix(kind) == true }.map { file -> JSONValue in
            ["path": .string(file.path), "size": .number(JSONNumber(Int(file.size)))]
        }
        return isList ? .array(files) : files.first
    }

    /// The line with the content of files in the places of their sizes.
    func embedding(_ line: JSONValue, reading: (_ path: String, _ size: Int64) throws -> String) throws -> JSONValue {
        func content(_ file: JSONValue) throws -> JSONValue {
            let path = file["path"]?.stringValue ?? ""
            return [
                "path": .string(path), "bytes": .string(try reading(path, Int64(file["size"]?.intValue ?? 0))),
            ]
        }
        var members = line.objectValue ?? [:]
        for index in mediaColumns {
            let label = Self.label(index)
            switch members[label] {
            case .array(let files)?: members[label] = .array(try files.map(content))
            case let file?: members[label] = try content(file)
            case nil: break
            }
        }
        return .object(members)
    }
}
