/// How the run comes to its end: why, what is still waited for, and until when.
struct RunShutdown: Sendable {
    /// What a person who canceled the run waits to hear.
    struct Canceling: Sendable {
        var outcome = CancelOutcome()
        var tickets: [ControlTicket] = []
    }

    /// What is left to do.
    struct Remainder: Hashable, Sendable {
        /// A create was sent whose answer will tell an id that the next run would have to look for.
        var isWaitingForIDs: Bool
        /// Something is being prepared, sent, computed or stored.
        var hasWorkInFlight: Bool
        /// Lost creates that the list may still show, and those that it should show by now and does not.
        var lost: Int
        var quiet: Int
        /// Nothing is loaded, and the store has nothing for now or later.
        var isExhausted: Bool
    }

    /// Set when nothing more is created: the run ends with this once what is in flight has ended.
    private(set) var ending: RunEnd?
    /// Set when what runs is left to the provider: only ids that are about to come are waited for, until then.
    private(set) var detachBy: Timestamp?
    /// When the first request to stop has waited long enough for what runs.
    private(set) var graceEnd: Timestamp?
    /// Set when a person has canceled what is in flight.
    private(set) var canceling: Canceling?
    private(set) var hasFinished = false

    private static let timeToDetach = Duration.seconds(5)

    var isCanceling: Bool { canceling != nil }

    /// Nothing more is created; what runs is finished, then the run ends with the first reason given.
    mutating func end(_ reason: RunEnd) {
        if ending == nil { ending = reason }
    }

    /// The run ends with work undone that had begun, which is what a person must hear of, whatever else has ended it.
    mutating func breakOff(_ reason: RunEnd) {
        switch ending {
        case .disk, .check: return
        default: ending = reason
        }
    }

    /// - Parameter grace: how long the first request waits for what runs; `nil` for as long as it takes.
    mutating func stop(_ request: StopRequest, grace: Duration?, at now: Timestamp) {
        end(.interrupted)
        if request == .drain, graceEnd == nil { graceEnd = grace.map { now.advanced(by: $0) } }
        if request >= .detach { detach(at: now) }
    }

    /// What runs is left to the provider.
    mutating func detach(at now: Timestamp) {
        if detachBy == nil { detachBy = now.advanced(by: Self.timeToDetach) }
    }

    /// What runs has been waited for long enough.
    mutating func endGrace(at now: Timestamp) {
        if let graceEnd, graceEnd <= now { detach(at: now) }
    }

    /// - Returns: whether nobody had canceled before.
    mutating func cancel(_ ticket: ControlTicket?) -> Bool {
        let isFirst = canceling == nil
        var canceling = canceling ?? Canceling()
        if let ticket { canceling.tickets.append(ticket) }
        self.canceling = canceling
        ending = .canceled
        return isFirst
    }

    mutating func countCanceled() {
        canceling?.outcome.canceled += 1
    }

    mutating func countFinished() {
        canceling?.outcome.finished += 1
    }

    /// Whether the run ends now and leaves what runs to the provider.
    func shouldDetach(_ left: Remainder, at now: Timestamp) -> Bool {
        detachBy.map { $0 <= now || !left.isWaitingForIDs } ?? false
    }

    /// How the run ends, if nothing is left to do.
    func shouldFinish(_ left: Remainder) -> RunEnd? { isDone(left) ? ending ?? .completed : nil }

    private func isDone(_ left: Remainder) -> Bool {
        guard let ending else { return left.isExhausted }
        if left.hasWorkInFlight || left.lost > left.quiet { return false }
        // A person does not wait for what most likely is not there; the next session looks for it again.
        return left.quiet == 0 || ending == .interrupted || ending == .canceled
    }

    /// - Returns: what those who canceled are answered.
    mutating func finish(_ left: Remainder) -> (tickets: [ControlTicket], CancelOutcome)? {
        hasFinished = true
        guard var canceling else { return nil }
        canceling.outcome.isComplete = isDone(left)
        self.canceling = canceling
        return (canceling.tickets, canceling.outcome)
    }

    /// When waiting is over.
    var wake: Timestamp { detachBy ?? graceEnd ?? .distantFuture }
}

extension RunShutdown {
    var contradictions: [String] {
        var found: [String] = []
        if detachBy != nil, ending == nil {
            found.append("what runs is left to the provider and the run is not ending")
        }
        if isCanceling, ending == nil { found.append("what runs is canceled and the run is not ending") }
        return found
    }

    var dump: String {
        guard let ending else { return "not ending" }
        return "ends as \(ending.word)" + (detachBy.map { ", leaves what runs at \($0.milliseconds)" } ?? "")
            + (isCanceling ? ", cancels what runs" : "")
    }
}
