import Foundation
import LosslessJSON
import Nightshift
import NightshiftCore

/// What the page is told of one job: answers from its store, some kept for a moment because they take long to find.
actor JobView {
    nonisolated let job: Job
    /// As addresses name the job.
    nonisolated let name: String
    nonisolated let words: ViewWords

    private var reader: JobReader?
    private var listings: [Listing] = []
    private var statistics: (value: RunStatistics, keptUntil: ContinuousClock.Instant)?
    private var pictures: [String: PictureSize?] = [:]
    private var fingerprint = ""
    private var versionNumber = 0

    /// The items of a filter in an order, by their ids.
    private struct Listing {
        var filter: ItemFilter
        var sort: ItemSort
        var ids: [Int64]
        /// Whether these are all of them.
        var isWhole: Bool
        var fingerprint: String
        var keptUntil: ContinuousClock.Instant

        func holds(_ limit: Int?) -> Bool { isWhole || (limit.map { $0 <= ids.count } ?? false) }
    }

    /// How many pictures' sizes are remembered.
    private static let picturesKept = 50_000
    private static let listingsKept = 4
    /// The first pages of a list.
    private static let firstItems = 1000

    init(_ job: Job, name: String, words: ViewWords) {
        self.job = job
        self.name = name
        self.words = words
    }

    /// Opens the store when there is one: a page may be looked at before its job runs for the first time.
    func open() throws(ViewError) -> JobReader {
        if let reader, reader.isCurrent { return reader }
        reader = nil
        forget()
        do throws(EngineError) {
            let opened = try JobReader(job)
            reader = opened
            return opened
        } catch {
            throw ViewError(.notFound, error.cause.rawValue, words.error(error))
        }
    }

    func ask<Value: Sendable>(
        _ body: @Sendable (Reports, RunRecord) async throws -> Value
    ) async throws(ViewError) -> Value {
        let reader = try open()
        do throws(EngineError) {
            return try await reader.ask(body)
        } catch {
            throw ViewError(.failed, error.cause.rawValue, words.error(error))
        }
    }

    /// Grows whenever the store has changed.
    var version: Int {
        let now = reader?.fingerprint ?? ""
        if now != fingerprint { (fingerprint, versionNumber) = (now, versionNumber + 1) }
        return versionNumber
    }

    /// Forgets what was kept, since something was just changed here.
    func forget() {
        listings = []
        statistics = nil
    }

    // MARK: - Lists

    /// The ids of the items that a filter means, in order. They are found anew when the store has changed, but not so often that
    /// finding them is all that is done.
    /// - Parameter limit: how many are needed, if not all; of a million, the first are found much sooner than all in their order.
    func ids(
        _ filter: ItemFilter, by sort: ItemSort, limit: Int? = nil
    ) async throws(ViewError) -> [Int64] {
        let reader = try open()
        let now = ContinuousClock.now
        let current = reader.fingerprint
        let known = listings.first { $0.filter == filter && $0.sort == sort && $0.holds(limit) }
        if let known, known.fingerprint == current || known.keptUntil > now { return known.ids }
        let prices = reader.prices
        let wanted = limit.flatMap { $0 <= Self.firstItems ? Self.firstItems : nil }
        let ids = try await ask { try await $0.ids(filter, by: sort, of: $1, prices: prices, limit: wanted) }
        let took = now.duration(to: .now)
        listings.removeAll { $0.filter == filter && $0.sort == sort }
        listings.append(
            Listing(
                filter: filter, sort: sort, ids: ids, isWhole: wanted.map { ids.count < $0 } ?? true,
                fingerprint: current, keptUntil: .now.advanced(by: took * 5)))
        if listings.count > Self.listingsKept { listings.removeFirst() }
        return ids
    }

    /// How many items a filter means.
    func count(_ filter: ItemFilter) async throws(ViewError) -> Int {
        if let whole = listings.first(where: {
            $0.filter == filter && $0.isWhole && $0.fingerprint == reader?.fingerprint
        }) {
            return whole.ids.count
        }
        let prices = try open().prices
        return try await ask { try await $0.count(filter, of: $1, prices: prices) }
    }

    func records(_ ids: some Collection<Int64> & Sendable) async throws(ViewError) -> [ItemRecord] {
        let prices = try open().prices
        return try await ask { try await $0.records(ids, of: $1, prices: prices) }
    }

    /// Items as the page lists them.
    func items(_ ids: some Collection<Int64> & Sendable) async throws(ViewError) -> [JSONValue] {
        let records = try await records(ids)
        let facts = await facts(of: records)
        return records.map { .object(ItemJSON(record: $0, job: name, files: facts).members) }
    }

    /// Which of the items' files are there, and how large the pictures among them are.
    func facts(of records: [ItemRecord]) async -> [String: OutputFacts] {
        let files = records.flatMap(\.files)
        let known = pictures
        let found = await OutputInspection(directory: job.outputDirectory).facts(of: files, known: known)
        if pictures.count > Self.picturesKept { pictures = [:] }
        for file in files where found[file.path]?.isThere == true {
            pictures.updateValue(found[file.path]?.picture, forKey: file.sha256)
        }
        return found
    }

    // MARK: - Overview

    func overview() async throws(ViewError) -> JSONValue {
        let reader = try open()
        let version = version
        let status: StatusReport
        do throws(EngineError) {
            status = try await job.status(withHistory: false)
        } catch {
            throw ViewError(.failed, error.cause.rawValue, words.error(error))
        }
        let (sessions, failures, totals) = try await ask { reports, run in
            (
                try await reports.sessions(of: run), try await reports.failureReasons(of: run, limit: 50),
                try await reports.totals(of: run)
            )
        }
        let history = RunHistory(
            sessions: sessions, isAlive: status.isAlive, cost: reader.cost(of: status.live?.totals ?? totals),
            statistics: try await currentStatistics(), at: Timestamp(Date()))
        return OverviewJSON(
            status: status, history: history, failures: failures, job: job, columns: try await columns(),
            version: version, words: words, now: Date()
        ).json
    }

    /// What so many more predictions will cost; `nil` where the manifest gives no prices, or nothing was made yet.
    func expectedCost(of count: Int) async throws(ViewError) -> Double? {
        let totals = try await ask { try await $0.totals(of: $1) }
        return totals.expectedCost(of: count, spent: try open().cost(of: totals))
    }

    private func currentStatistics() async throws(ViewError) -> RunStatistics {
        let now = ContinuousClock.now
        if let statistics, statistics.keptUntil > now { return statistics.value }
        let value = try await ask { try await $0.statistics(of: $1) }
        // Of many items they change slowly, and take long to find.
        statistics = (value, .now.advanced(by: max(.seconds(1), now.duration(to: .now) * 20)))
        return value
    }

    /// The names of the matrix in their order, then the columns of the rows, as the first items have them.
    func columns() async throws(ViewError) -> [(name: String, isMatrix: Bool)] {
        let matrix = job.manifest.matrix.names
        let first = try await ids(ItemFilter(), by: .position, limit: 20).prefix(20)
        let names = try await records(first).reduce(into: Set<String>()) { names, record in
            names.formUnion(record.row.objectValue?.keys.map { $0 } ?? [])
        }
        return matrix.map { ($0, true) } + names.subtracting(matrix).sorted().map { ($0, false) }
    }
}
