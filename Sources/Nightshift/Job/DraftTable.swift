import Foundation
import LosslessJSON
import NightshiftCore

/// A file of rows that a new manifest is made for: its columns, and how many of its rows differ.
struct DraftTable: Sendable {
    let table: ManifestDraft.Table
    /// How the file was read.
    let notices: [InputNotice]
    /// The first rows.
    private let rows: [[String: JSONValue]]
    private let isWhole: Bool

    private static let lookahead = 10_000
    private static let kinds: [String: InputSource.Table] = [
        "csv": .csv, "tsv": .tsv, "jsonl": .jsonl, "ndjson": .jsonl, "json": .json, "txt": .lines, "parquet": .json,
    ]

    /// Reads the first rows of a file.
    ///
    /// - Parameter directory: the manifest's, from which the path in it starts.
    /// - Throws: ``EngineError`` if it is no file of rows.
    init(at path: String, from directory: String) throws(EngineError) {
        let ending = PathName.fileExtension(of: PathName.baseName(of: path)).lowercased()
        guard let kind = Self.kinds[ending] else {
            throw EngineError(
                .notATable, "\(path) is no file of rows; expected one of: csv, tsv, jsonl, json, txt, parquet")
        }
        let isParquet = ending == "parquet"
        let place = SourceLocation(file: path)
        let places = [InputSource.TablePlace.files(GlobPattern(path, location: place))]
        let source = InputSource(isParquet ? .parquet(places) : .table(kind, places), location: place)
        var columns: [String] = []
        var rows: [[String: JSONValue]] = []
        var size = 0
        var isWhole = true
        var notices: [InputNotice] = []
        do {
            let reader = SourceReader(directory: ".", checkpoint: {}, notice: { notices.append($0) })
            try reader.forEachRow(of: source) { found in
                if case .failure(let mistake) = found, rows.isEmpty { throw mistake }
                // What is wrong with later rows is told when the manifest is planned.
                guard case .success(let row) = found else { return .more }
                if rows.isEmpty { columns = row.columnNames }
                rows.append(row.members)
                size += row.members.values.reduce(0) { $0 + ($1.stringValue?.utf8.count ?? 16) }
                isWhole = rows.count < Self.lookahead && size < 32 << 20
                return isWhole ? .more : .enough
            }
        } catch let error as Diagnostic {
            throw EngineError(.invalidManifest, "\(error)")
        } catch {
            throw EngineError(.invalidManifest, "\(error)")
        }
        guard let first = rows.first else { throw EngineError(.notATable, "\(path) has no rows") }
        var table = ManifestDraft.Table(
            kind: kind, path: PathName.relative(path, to: directory), columns: columns, firstRow: first)
        if isParquet { table.sourceKey = "parquet" }
        self.table = table
        self.notices = notices
        self.rows = rows
        self.isWhole = isWhole
    }

    /// What to say if rows become the same item, because nothing uses what they differ in.
    func repeated(using columns: [String]) -> String? {
        guard rows.count > 1 else { return nil }
        let distinct = Set(rows.map { row in columns.map { row[$0] ?? .null } }).count
        guard distinct <= rows.count / 2 else { return nil }
        let seen = isWhole ? "the \(rows.count) rows" : "the first \(rows.count) rows"
        let unused = table.columns.filter { !columns.contains($0) }.prefix(5)
            .map { "'\(VisibleText.of($0))'" }.joined(separator: ", ")
        return
            "\(seen) of \(table.path) become \(distinct) \(distinct == 1 ? "item" : "items"), because they are equal in all "
            + "columns that the manifest uses" + (unused.isEmpty ? "" : "; it does not use \(unused)")
    }
}

extension PathName {
    /// The folder of a file; `.` for one in the working directory.
    static func directory(of path: String) -> String {
        let name = baseName(of: path)
        let folder = String(decoding: path.utf8.dropLast(name.utf8.count), as: UTF8.self)
        if folder.isEmpty { return "." }
        return folder == "/" ? "/" : String(decoding: folder.utf8.dropLast(), as: UTF8.self)
    }

    /// A path as it is written in a manifest of a directory, where both start from the same place.
    static func relative(_ path: String, to directory: String) -> String {
        guard !isAbsolute(path) else { return path }
        let steps = normalizedComponents(of: directory)
        guard !isAbsolute(directory), !steps.contains("..") else {
            return FileManager.default.currentDirectoryPath + "/" + path
        }
        let target = normalizedComponents(of: path)
        let shared = zip(steps, target).prefix { $0 == $1 }.count
        return (Array(repeating: "..", count: steps.count - shared) + target.dropFirst(shared)).joined(separator: "/")
    }
}
