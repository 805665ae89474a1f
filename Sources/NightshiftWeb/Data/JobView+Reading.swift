import Foundation
import LosslessJSON
import Nightshift
import NightshiftCore

/// What the page shows beside lists and overview.
extension JobView {
    var isAlive: Bool { job.isAlive }

    /// As ``version``, where the store may not be there yet.
    func currentVersion() -> Int {
        _ = try? open()
        return version
    }

    /// The overview, also of a job that has not run yet.
    func overviewOfAnyJob() async throws(ViewError) -> JSONValue {
        do throws(ViewError) {
            return try await overview()
        } catch  where error.isOfJobThatHasNotRun {
            return EmptyJob(job: job, words: words, version: currentVersion()).overview
        }
    }

    /// One line about the job; it may not have run yet.
    func summary() async -> JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(name), "manifest": .string(job.manifest.path), "directory": .string(job.outputDirectory),
            "is_alive": .bool(job.isAlive), "ending": .null, "began": .null, "states": .object([:]), "items": .of(0),
        ]
        if let overview = try? await overview() {
            for member in ["ending", "began", "states", "items"] { members[member] = overview[member] ?? .null }
        }
        return .object(members)
    }

    // MARK: - Journal

    func journal(before: Int?, limit: Int) async throws(ViewError) -> JSONValue {
        let entries = try await ask { try await $0.journal(of: $1, before: before, limit: limit) }
        return [
            "entries": .array(entries.map(json)),
            "next": entries.count == limit ? .of(entries.last?.id) : .null,
        ]
    }

    /// Entries after one, the newest first, and the newest's number.
    func journal(after: Int) async throws(ViewError) -> (entries: [JSONValue], newest: Int) {
        let entries = try await ask { try await $0.journal(of: $1, after: after, limit: 200) }
        return (entries.map(json), entries.first?.id ?? after)
    }

    func newestJournalEntry() async throws -> Int {
        (try? await ask { try await $0.journal(of: $1, limit: 1) })?.first?.id ?? 0
    }

    private func json(_ entry: JournalEntry) -> JSONValue {
        [
            "id": .of(entry.id), "at": .of(entry.at), "session": .of(entry.session), "kind": .string(entry.kind),
            "text": .string(words.journal(entry)),
        ]
    }

    // MARK: - Columns

    private static let facetsShown = 50

    func facets(_ column: ItemColumn, _ filter: ItemFilter) async throws(ViewError) -> JSONValue {
        let prices = try open().prices
        let (values, others) = try await ask {
            try await $0.facets(column, filter, of: $1, prices: prices, limit: Self.facetsShown)
        }
        return [
            "column": .string(column.word), "more": .of(others),
            "values": .array(
                values.map {
                    [
                        "value": .of($0.value), "count": .of($0.count),
                        "query": .string(ItemFilter.text(column, equals: $0.value)),
                    ]
                }),
        ]
    }

    // MARK: - Timeline

    func timeline(points: Int) async throws(ViewError) -> JSONValue {
        let (activity, sessions, journal) = try await ask { reports, run in
            (
                try await reports.activity(of: run), try await reports.sessions(of: run),
                try await reports.journal(of: run, limit: 10_000)
            )
        }
        return Timeline(
            activity: activity, sessions: sessions, journal: journal.reversed(), isAlive: job.isAlive,
            now: Timestamp(Date()), points: points
        ).json { hold in words.hold(hold, Date()) ?? hold.code }
    }

    // MARK: - Matrix

    private static let matrixRows = 100
    private static let matrixColumns = 40
    private static let matrixCell = 4
    /// Of a larger set the first so many items fill the matrix.
    private static let matrixItems = 5000

    func matrix(rows: ItemColumn, columns: ItemColumn, _ filter: ItemFilter) async throws(ViewError) -> JSONValue {
        let ids = try await ids(filter, by: .position, limit: Self.matrixItems).prefix(Self.matrixItems)
        var layout = MatrixLayout(rows: Self.matrixRows, columns: Self.matrixColumns, cell: Self.matrixCell)
        for record in try await records(ids) {
            layout.add(record, row: record.text(of: rows), column: record.text(of: columns))
        }
        let facts = await facts(of: layout.records)
        let cells = layout.cells.map { row in
            JSONValue.array(
                row.map { cell in
                    .array(cell.map { .object(ItemJSON(record: $0, job: name, files: facts).members) })
                })
        }
        return [
            "rows": .array(layout.rowNames.map(JSONValue.string)),
            "columns": .array(layout.columnNames.map(JSONValue.string)), "cells": .array(cells),
            "more_rows": .of(layout.moreRows), "more_columns": .of(layout.moreColumns),
        ]
    }
}

/// Items in a grid, by the values of two columns in the order in which they come.
struct MatrixLayout {
    private let mostRows: Int
    private let mostColumns: Int
    private let mostInCell: Int
    private(set) var rowNames: [String] = []
    private(set) var columnNames: [String] = []
    private var rowPlaces: [String: Int] = [:]
    private var columnPlaces: [String: Int] = [:]
    private(set) var cells: [[[ItemRecord]]] = []

    init(rows: Int, columns: Int, cell: Int) {
        (mostRows, mostColumns, mostInCell) = (rows, columns, cell)
    }

    /// How many values have no place in the grid.
    var moreRows: Int { rowPlaces.count - rowNames.count }
    var moreColumns: Int { columnPlaces.count - columnNames.count }
    var records: [ItemRecord] { cells.flatMap { $0.flatMap { $0 } } }

    mutating func add(_ record: ItemRecord, row: String, column: String) {
        let rowPlace = rowPlaces[row] ?? rowPlaces.count
        let columnPlace = columnPlaces[column] ?? columnPlaces.count
        (rowPlaces[row], columnPlaces[column]) = (rowPlace, columnPlace)
        if rowPlace == rowNames.count, rowPlace < mostRows {
            rowNames.append(row)
            cells.append(Array(repeating: [], count: columnNames.count))
        }
        if columnPlace == columnNames.count, columnPlace < mostColumns {
            columnNames.append(column)
            for index in cells.indices { cells[index].append([]) }
        }
        guard rowPlace < rowNames.count, columnPlace < columnNames.count,
            cells[rowPlace][columnPlace].count < mostInCell
        else { return }
        cells[rowPlace][columnPlace].append(record)
    }
}
