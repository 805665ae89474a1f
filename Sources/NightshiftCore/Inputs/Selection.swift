import Crypto
import LosslessJSON

/// Which rows of a source are taken: those that meet the conditions, are the first of their kind and belong to the
/// sample; of these, after `offset`, at most `limit`.
package struct Selection: Sendable {
    private let conditions: [Condition]
    private let unique: [UniqueColumn]
    private let sample: SampleRule?
    private let offset: Int
    private let limit: Int?
    private var met = 0
    private var known: Set<RowDigest> = []
    /// How many rows there were before the sample was drawn.
    private var candidates = 0
    /// The columns that `where` and `unique` name and that no row has had so far.
    package private(set) var unseen: [UniqueColumn]

    /// - Parameter sample: the drawn sample, where the source asks for a number of rows.
    package init(_ source: InputSource, sample: SampleRule? = nil) {
        conditions = source.conditions
        unique = source.unique
        self.sample = sample ?? source.sample.flatMap(SampleRule.init(share:))
        offset = source.offset
        limit = source.limit
        unseen = source.conditions.map { UniqueColumn($0.column, location: $0.location) } + source.unique
    }

    /// No further row can be taken.
    package var isComplete: Bool {
        limit.map { met - offset >= $0 } ?? false
    }

    package mutating func takes(_ row: Row) -> Bool {
        meets(row) && counts()
    }

    /// Whether a row is one of those that `offset` and `limit` count.
    package mutating func meets(_ row: Row) -> Bool {
        if !unseen.isEmpty { unseen.removeAll { row[$0.name] != nil } }
        for condition in conditions where !condition.isMet(by: row[condition.column], isText: row.isText) {
            return false
        }
        if !unique.isEmpty {
            let values = unique.map { row[$0.name] ?? .null }
            guard known.insert(RowDigest(.array(values))).inserted else { return false }
        }
        guard let sample else { return true }
        candidates += 1
        return sample.takes(row, number: candidates)
    }

    /// Counts a row that meets everything else, and says whether `offset` and `limit` let it through.
    package mutating func counts() -> Bool {
        guard !isComplete else { return false }
        met += 1
        return met > offset
    }
}

/// Enough of a SHA-256 that two rows never share it by chance.
struct RowDigest: Hashable, Sendable {
    var high: UInt64
    var low: UInt64

    init(_ value: JSONValue) {
        self.init(SHA256.hash(data: value.canonicalBytes()))
    }

    init(_ digest: SHA256.Digest) {
        var halves: (UInt64, UInt64) = (0, 0)
        for (index, byte) in digest.prefix(16).enumerated() {
            if index < 8 { halves.0 = halves.0 << 8 | UInt64(byte) } else { halves.1 = halves.1 << 8 | UInt64(byte) }
        }
        (high, low) = halves
    }
}

extension Row {
    /// A number that the row's content and a seed decide: the same wherever the row stands.
    package func draw(seed: Int) -> UInt64 {
        var hasher = SHA256()
        hasher.update(data: Array("\(seed)\n".utf8))
        hasher.update(data: JSONValue.object(members).canonicalBytes())
        return RowDigest(hasher.finalize()).high
    }
}

/// Which rows belong to a sample.
package struct SampleRule: Sendable {
    private let seed: Int
    /// Rows that draw less are taken, and of those that draw just this, the ones up to a number.
    private let bound: UInt64
    private let lastNumber: Int

    /// A share of the rows, which each row's own draw decides.
    init?(share sample: InputSource.Sample) {
        guard case .share(let share) = sample.amount else { return nil }
        self.init(
            seed: sample.seed, bound: share >= 1 ? .max : UInt64(share * 0x1p64), lastNumber: share >= 1 ? .max : 0)
    }

    fileprivate init(seed: Int, bound: UInt64, lastNumber: Int) {
        self.seed = seed
        self.bound = bound
        self.lastNumber = lastNumber
    }

    func takes(_ row: Row, number: Int) -> Bool {
        let draw = row.draw(seed: seed)
        return draw < bound || (draw == bound && number <= lastNumber)
    }
}

/// Draws a number of rows: those that draw least. A row that is appended takes the place of at most one other.
package struct SampleDraw: Sendable {
    private let seed: Int
    private let count: Int
    private var rows = 0
    private var kept: [(draw: UInt64, number: Int)] = []

    /// `nil` for a sample that needs no drawing beforehand.
    package init?(_ sample: InputSource.Sample?) {
        guard let sample, case .count(let count) = sample.amount else { return nil }
        seed = sample.seed
        self.count = count
    }

    package mutating func add(_ row: Row) {
        rows += 1
        kept.append((row.draw(seed: seed), rows))
        if (kept.count - 1024) / 2 >= count { shorten() }
    }

    package mutating func rule() -> SampleRule {
        shorten()
        let last = kept.last ?? (0, 0)
        return SampleRule(seed: seed, bound: last.draw, lastNumber: last.number)
    }

    private mutating func shorten() {
        kept.sort { ($0.draw, $0.number) < ($1.draw, $1.number) }
        if kept.count > count { kept.removeLast(kept.count - count) }
    }
}

extension Exclusion {
    package func excludes(_ scope: RenderScope) -> Bool {
        conditions.allSatisfy { condition in
            for column in scope.matrix where column.name == condition.column {
                return condition.isMet(by: column.value, isText: false)
            }
            return condition.isMet(by: scope.row[condition.column], isText: scope.row.isText)
        }
    }
}
