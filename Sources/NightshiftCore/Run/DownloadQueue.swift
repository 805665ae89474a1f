import LosslessJSON

/// Outputs that are to be stored: which download or copy goes next, how many go at a time, and when one is tried again.
struct DownloadQueue: Sendable {
    /// Files of another item's result, which are copied.
    struct SharedFiles: Hashable, Sendable {
        var outputs: [StoredOutput]
        /// Where they are, if they are another job's.
        var directory: String?
    }

    struct Download: Hashable, Sendable {
        enum Turn: Hashable, Sendable {
            case queued
            case underWay
            case waiting(until: Timestamp)
        }

        let predictionID: String
        let output: JSONValue
        /// Set where files are copied instead.
        let shared: SharedFiles?
        /// Since when its files may expire.
        let since: Timestamp
        fileprivate(set) var turn = Turn.queued
        fileprivate(set) var tries = 0
        /// The output expired once already, and the provider has said since that it is there.
        let hasExpired: Bool
    }

    /// What takes a slot.
    enum Start: Hashable, Sendable {
        case fetch(JSONValue)
        case copy([StoredOutput], directory: String?)
    }

    /// What a failure means.
    enum Verdict: Hashable, Sendable {
        case retry(Download, isOutage: Bool)
        /// The address is not good any more: the provider is asked whether the output is there, and where.
        case readAgain(Download)
        case fail(AttemptFailure)
        /// Nothing else will succeed either.
        case stop(RunEnd)
    }

    /// How many may go at a time.
    let slots: Int
    private let retention: Duration
    /// Whether a prediction can be read again.
    private let canReadAgain: Bool
    private(set) var downloads: [ItemID: Download] = [:]
    /// Whose turn comes, next one last.
    private var queue: [ItemID] = []
    private(set) var underWay = 0
    /// When one that failed is tried again.
    private(set) var wake = Timestamp.distantFuture

    private static let backoff = Backoff(initial: .milliseconds(500), max: .seconds(60))
    private static let mostCorrupt = 5
    private static let triesBeforeTold = 3
    /// The answer about an address may itself be an old one, so it is asked for again after so many tries.
    private static let triesBeforeReadAgain = 8

    init(slots: Int, retention: Duration, canReadAgain: Bool) {
        self.slots = slots
        self.retention = retention
        self.canReadAgain = canReadAgain
    }

    /// - Parameter expiredSince: where the output has expired once already, since when it has been tried.
    mutating func enqueue(
        _ id: ItemID, predictionID: String, output: JSONValue, shared: SharedFiles? = nil,
        expiredSince: Timestamp? = nil, at now: Timestamp
    ) {
        downloads[id] = Download(
            predictionID: predictionID, output: output, shared: shared, since: expiredSince ?? now,
            hasExpired: expiredSince != nil)
        queue.insert(id, at: 0)
    }

    /// The next one that may begin, if a slot is free.
    mutating func next(at now: Timestamp) -> (id: ItemID, start: Start)? {
        if wake <= now { queueDue(at: now) }
        while underWay < slots, let id = queue.popLast() {
            guard let download = downloads[id], download.turn == .queued else { continue }
            downloads[id]?.turn = .underWay
            underWay += 1
            if let files = download.shared { return (id, .copy(files.outputs, directory: files.directory)) }
            return (id, .fetch(download.output))
        }
        return nil
    }

    private mutating func queueDue(at now: Timestamp) {
        wake = .distantFuture
        for (id, download) in downloads.sorted(by: { $0.key < $1.key }) {
            guard case .waiting(let until) = download.turn else { continue }
            if until <= now {
                downloads[id]?.turn = .queued
                queue.insert(id, at: 0)
            } else {
                wake = Swift.min(wake, until)
            }
        }
    }

    /// A download or copy has come to its end, whatever it was; its slot is free.
    mutating func freeSlot() {
        underWay -= 1
    }

    /// What follows from a failed download. Only a retry stays in the queue.
    mutating func failed(
        _ id: ItemID, _ failure: FetchFailure, using random: inout SeededGenerator, at now: Timestamp
    ) -> Verdict? {
        guard var download = downloads[id] else { return nil }
        let verdict: Verdict
        switch failure {
        case .expired where !download.hasExpired: verdict = expired(download)
        case .refused(let message): verdict = .fail(AttemptFailure(.undeliverable, message))
        case .empty(let message): verdict = .fail(AttemptFailure(.emptyOutput, message))
        case .notAccepted(let reason, let kept):
            var failure = AttemptFailure(.notAccepted, reason)
            failure.kept = kept
            verdict = .fail(failure)
        case .corrupt(let message) where download.tries >= Self.mostCorrupt:
            verdict = .fail(AttemptFailure(.corruptOutput, message))
        // Where the provider has just said that the output is there, it has only not come to where it is fetched from.
        case .expired, .unavailable, .corrupt:
            guard download.since.duration(to: now) < retention else {
                verdict = expired(download)
                break
            }
            download.tries += 1
            if failure == .expired, canReadAgain, download.tries >= Self.triesBeforeReadAgain {
                verdict = .readAgain(download)
                break
            }
            let due = now.advanced(by: Self.backoff.delay(afterFailure: download.tries, using: &random))
            download.turn = .waiting(until: due)
            wake = Swift.min(wake, due)
            downloads[id] = download
            return .retry(download, isOutage: download.tries >= Self.triesBeforeTold)
        case .disk(let message): verdict = .stop(.disk(message))
        case .check(let message): verdict = .stop(.check(message))
        }
        downloads[id] = nil
        return verdict
    }

    /// The URL may have expired while the data have not: the provider is asked once more before computing again.
    private func expired(_ download: Download) -> Verdict {
        guard canReadAgain, !download.hasExpired else {
            return .fail(AttemptFailure(.expired, "its output expired before it was downloaded"))
        }
        return .readAgain(download)
    }

    /// The item is worked on no longer.
    mutating func remove(_ id: ItemID) {
        downloads[id] = nil
    }

    /// Those that have failed and wait to be tried again, in the order of their ids.
    var waiting: [ItemID] {
        downloads.filter { if case .waiting = $0.value.turn { true } else { false } }.map(\.key).sorted()
    }
}

extension DownloadQueue {
    var contradictions: [String] {
        var found: [String] = []
        // One whose item has left the window keeps its slot until it ends.
        let begun = downloads.values.count { $0.turn == .underWay }
        if underWay < begun { found.append("\(begun) downloads are under way, \(underWay) counted") }
        if underWay > slots { found.append("\(underWay) downloads are under way, \(slots) may be") }
        let queued = Set(queue)
        for (id, download) in downloads where download.turn == .queued && !queued.contains(id) {
            found.append("the download of item \(id.rawValue) is queued nowhere")
        }
        for (id, download) in downloads {
            if case .waiting(let until) = download.turn, until < wake {
                found.append("nobody wakes for the download of item \(id.rawValue)")
            }
        }
        return found
    }

    var dump: String {
        let lines = downloads.sorted { $0.key < $1.key }.map { id, download in
            "\(id.rawValue) \(download.predictionID) \(download.turn), \(download.tries) tries"
                + (download.shared == nil ? "" : ", a copy")
        }
        return (["\(underWay) of \(slots) slots taken"] + lines).joined(separator: "\n")
    }
}
