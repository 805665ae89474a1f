import LosslessJSON

/// What the manifest says of retries beyond their number: exceptions by class, and what is sent otherwise.
package struct RetryRules: Hashable, Sendable {
    /// How many further attempts a class allows, whatever ``FailureClass/rule`` and `retry.attempts` say.
    package var overrides: [FailureClass: Int]
    /// Members of the input that a retry after a failure of the input's own doing sends instead.
    package var changes: [TemplateTree.Member]
    /// How many predictions of an item may succeed and be paid for without a result that is kept.
    package var billed: Int

    package static let usualBilled = 3

    package init(
        overrides: [FailureClass: Int] = [:], changes: [TemplateTree.Member] = [], billed: Int = usualBilled
    ) {
        self.overrides = overrides
        self.changes = changes
        self.billed = billed
    }

    /// Whether another attempt follows.
    ///
    /// - Parameters:
    ///   - counts: the item's failures, this one included.
    ///   - attempts: how often an item is tried at most.
    package func allowsRetry(after failure: FailureClass, counts: FailureCounts, attempts: Int) -> Bool {
        if let most = overrides[failure] { return counts[failure] <= most }
        if failure.isBilledInVain, counts.billedInVain >= billed { return false }
        return switch failure.rule.retries {
        case .none: false
        case .upTo(let retries): counts[failure] <= retries && counts.counted < attempts
        case .byPolicy where failure.rule.counts: counts.counted < attempts
        case .byPolicy: counts.excused < FailureClass.excusedLimit
        }
    }

    /// What the next attempt sends otherwise, or `nil` for what the manifest says.
    ///
    /// - Parameters:
    ///   - row: the item's row with its matrix values.
    ///   - attempt: the number of the attempt, which is part of the chance in it.
    ///   - reason: why the last attempt failed.
    /// - Throws: `RenderError` if a template cannot be rendered.
    func changes(
        after failure: FailureClass?, reason: String, row: JSONValue, key: String, attempt: Int, job: String
    ) throws(RenderError) -> JSONValue? {
        guard !changes.isEmpty, let failure, failure.isDoneByInput else { return nil }
        var members = row.objectValue ?? [:]
        members["attempt"] = .number(JSONNumber(attempt))
        members["random"] = .number(JSONNumber(Self.random(key: key, attempt: attempt)))
        members["key"] = .string(key)
        members["reason"] = .string(FailureText.headline(reason))
        let scope = RenderScope(row: Row(.object(members), origin: .row(1, of: "retry.set")), job: job, key: key)
        var values: [String: JSONValue] = [:]
        for change in changes { values[change.key] = try change.value.value(in: scope) }
        return .object(values)
    }

    /// Names that `retry.set` knows beside those of `input`.
    package static let builtIns = ["attempt", "random", "key", "reason"]

    /// The same for the same attempt, so that a resumed run sends what was recorded; below 2³¹, as seeds are.
    private static func random(key: String, attempt: Int) -> Int {
        let digest = ContentDigest.sha256("\(key)\n\(attempt)".utf8)
        return Int(UInt32(digest.prefix(8), radix: 16) ?? 0) & 0x7FFF_FFFF
    }
}

/// How often an item has failed, and in which ways.
package struct FailureCounts: Hashable, Sendable {
    /// Failed attempts that count against `retry.attempts`.
    package var counted: Int
    /// Failed attempts that were not the item's fault.
    package var excused: Int
    /// All of them by class.
    package private(set) var byClass: [FailureClass: Int]

    package init(counted: Int = 0, excused: Int = 0, byClass: [FailureClass: Int] = [:]) {
        self.counted = counted
        self.excused = excused
        self.byClass = byClass
    }

    package subscript(failure: FailureClass) -> Int { byClass[failure] ?? 0 }

    /// Predictions that succeeded and were paid for, and whose result is not kept.
    var billedInVain: Int { byClass.reduce(0) { $0 + ($1.key.isBilledInVain ? $1.value : 0) } }

    package mutating func add(_ failure: FailureClass) {
        if failure.rule.counts { counted += 1 } else { excused += 1 }
        byClass[failure, default: 0] += 1
    }

    /// The counts by class as they are stored, or `nil` without any.
    package var record: String? {
        guard !byClass.isEmpty else { return nil }
        let members = byClass.map { ($0.rawValue, JSONValue.number(JSONNumber($1))) }
        return JSONValue.object(Dictionary(uniqueKeysWithValues: members)).jsonString()
    }

    /// Reads what ``record`` wrote; classes of another version of this program are left out.
    package init(counted: Int, excused: Int, record: String?) {
        let members = record.flatMap { try? JSONValue(parsing: $0) }?.objectValue ?? [:]
        var byClass: [FailureClass: Int] = [:]
        for (name, count) in members {
            if let failure = FailureClass(rawValue: name), let count = count.intValue { byClass[failure] = count }
        }
        self.init(counted: counted, excused: excused, byClass: byClass)
    }
}

extension TemplateTree {
    /// The value, where no files are in it.
    func value(in scope: RenderScope) throws(RenderError) -> JSONValue {
        switch self {
        case .literal(let value): return value
        case .text(let template): return try template.value(in: scope)
        case .file: return .null
        case .array(let elements):
            var values: [JSONValue] = []
            for element in elements { values.append(try element.value(in: scope)) }
            return .array(values)
        case .object(let members):
            var values: [String: JSONValue] = [:]
            for member in members { values[member.key] = try member.value.value(in: scope) }
            return .object(values)
        }
    }
}
