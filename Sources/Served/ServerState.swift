import Foundation
import JSON
import ReplicateAPI
import Synchronization

/// Everything the server remembers, behind one lock that is never held across a suspension.
final class ServerState: Sendable {
    struct Record: Sendable {
        var number: Int
        var id: String
        var model: any ServedModel
        var input: JSONValue
        var lifecycle: PredictionLifecycle
        var output: JSONValue = .null
        var logs = ""
        var files: [String: ServedFile] = [:]
        var webhook: String?
    }

    struct UploadedFile: Sendable {
        var number: Int
        var id: String
        var name: String
        var contentType: String
        var metadata: JSONValue
        var bytes: [UInt8]
        var createdAt: Date
    }

    struct Contents {
        var records: [String: Record] = [:]
        /// Ids in the order of creation.
        var order: [String] = []
        var files: [String: UploadedFile] = [:]
        var creates: RateBucket
        var reads: RateBucket
        var random: SeededGenerator
        var waiters: [String: [CheckedContinuation<Void, Never>]] = [:]
        var created = 0
        /// How many of the oldest records have had their data removed.
        var removed = 0
    }

    let configuration: EmbeddedServer.Configuration
    let models: [String: any ServedModel]
    let schemas: [String: ModelSchema]
    let contents: Mutex<Contents>
    let log: RequestLog?

    init(_ configuration: EmbeddedServer.Configuration) throws {
        self.configuration = configuration
        let all = configuration.allModels
        models = Dictionary(all.map { ($0.id, $0) }, uniquingKeysWith: { _, last in last })
        schemas = models.mapValues { ModelSchema(openAPI: $0.openAPISchema) }
        log = try configuration.requestLog.map { try RequestLog(path: $0) }
        let now = Date()
        contents = Mutex(
            Contents(
                creates: RateBucket(
                    perMinute: configuration.createsPerMinute, burst: configuration.createBurst, at: now),
                reads: RateBucket(perMinute: configuration.readsPerMinute, burst: nil, at: now),
                random: SeededGenerator(seed: configuration.seed)
            )
        )
    }

    /// Draws whether a fault of this rate happens now.
    func happens(_ rate: Double) -> Bool {
        rate > 0 && contents.withLock { Double.random(in: 0..<1, using: &$0.random) < rate }
    }

    func model(versionID: String) -> (any ServedModel)? {
        models.values.first { $0.versionID == versionID }
    }

    // MARK: - Predictions

    func create(_ model: any ServedModel, input: JSONValue, cancelAfter: TimeInterval?, webhook: String?) -> Record {
        contents.withLock { contents in
            contents.created += 1
            let id = Self.identifier(contents.created, &contents.random)
            // Two never share an instant, so the order of the list is the order of creation.
            let record = Record(
                number: contents.created, id: id, model: model, input: input,
                lifecycle: PredictionLifecycle(createdAt: Date(), cancelAfter: cancelAfter), webhook: webhook
            )
            contents.records[id] = record
            contents.order.append(id)
            forget(&contents)
            return record
        }
    }

    func record(_ id: String) -> Record? {
        contents.withLock { current($0.records[id], at: Date()) }
    }

    /// Changes a record; wakes who waits for its end if it has come.
    func update(_ id: String, _ body: (inout Record) -> Void) {
        let waiters = contents.withLock { contents -> [CheckedContinuation<Void, Never>] in
            guard var record = contents.records[id] else { return [] }
            body(&record)
            contents.records[id] = record
            guard record.lifecycle.status.isFinal else { return [] }
            return contents.waiters.removeValue(forKey: id) ?? []
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when the prediction has ended, or at once if the task is cancelled.
    func end(of id: String) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = contents.withLock { contents in
                    guard !Task.isCancelled, let record = contents.records[id], !record.lifecycle.status.isFinal
                    else { return true }
                    contents.waiters[id, default: []].append(continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            // Whoever waits for this prediction looks at its state afterwards, so waking all is harmless.
            let waiters = contents.withLock { $0.waiters.removeValue(forKey: id) ?? [] }
            for waiter in waiters { waiter.resume() }
        }
    }

    /// One page, newest first, from before the record with the given number.
    func page(before number: Int?, after: Date?, until: Date?, size: Int) -> (records: [Record], next: Int?) {
        contents.withLock { contents in
            let now = Date()
            var found: [Record] = []
            var index = min(number.map { $0 - 1 } ?? contents.order.count, contents.order.count)
            while index > 0 {
                index -= 1
                guard let record = contents.records[contents.order[index]] else { continue }
                if let after, record.lifecycle.createdAt < after { return (found, nil) }
                if let until, record.lifecycle.createdAt >= until { continue }
                if found.count == size { return (found, found[size - 1].number) }
                if let seen = current(record, at: now) { found.append(seen) }
            }
            return (found, nil)
        }
    }

    /// The record as it is seen now: after the retention its data are gone.
    private func current(_ record: Record?, at now: Date) -> Record? {
        guard var record else { return nil }
        if record.lifecycle.isRemoved(at: now, retention: configuration.retention) {
            record.input = [:]
            record.output = .null
            record.logs = ""
            record.files = [:]
        }
        return record
    }

    /// Lets go of the data of records that are past the retention, oldest first, a few at each create.
    private func forget(_ contents: inout Contents) {
        let now = Date()
        for _ in 0..<4 {
            guard contents.removed < contents.order.count else { return }
            let id = contents.order[contents.removed]
            guard let record = contents.records[id],
                record.lifecycle.isRemoved(at: now, retention: configuration.retention)
            else { return }
            contents.records[id] = current(record, at: now)
            contents.removed += 1
        }
    }

    /// Opaque, lower-case, 26 characters, as the API's ids are.
    static func identifier(_ number: Int, _ random: inout SeededGenerator) -> String {
        let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
        var letters: [UInt8] = []
        for _ in 0..<3 {
            var bits = random.next()
            for _ in 0..<9 {
                letters.append(alphabet[Int(bits & 31)])
                bits >>= 5
            }
        }
        return String(decoding: letters.prefix(26), as: UTF8.self)
    }
}

/// A small seeded generator (SplitMix64), so that faults can be repeated.
struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
