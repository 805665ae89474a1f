import Synchronization

/// Who may have a connection now. The HTTP library queues requests too, but gives each up after the time that making a
/// connection may take, though a full pool says nothing about the server.
///
/// Each host has places for requests that are answered at once, and others for those whose answer takes as long as a
/// prediction: else a few of these would keep all others waiting. Who came first is served first.
final class ConnectionSlots: Sendable {
    /// One row of places.
    struct Lane: Hashable, Sendable {
        /// Scheme, host and port.
        var origin: String
        var isLongLived: Bool
    }

    /// Why there is no place.
    enum Refusal: Error {
        case canceled
        /// All places were taken for as long as the caller would wait.
        case expired
    }

    private typealias Outcome = Result<Void, Refusal>

    private enum Ticket {
        /// Drawn; its holder does not wait yet.
        case drawn
        case waiting(CheckedContinuation<Outcome, Never>)
        /// Decided before its holder waited.
        case decided(Outcome)
    }

    private struct Queue {
        var taken = 0
        var tickets: [UInt64: Ticket] = [:]
        /// Whose turn it is lies between these two; some tickets are gone.
        var firstTicket: UInt64 = 0
        var nextTicket: UInt64 = 0
        var isIdle: Bool { taken == 0 && tickets.isEmpty }
    }

    private let limits: (quick: Int, longLived: Int)
    private let queues = Mutex<[Lane: Queue]>([:])

    init(quick: Int, longLived: Int) {
        limits = (max(1, quick), max(1, longLived))
    }

    func limit(of lane: Lane) -> Int { lane.isLongLived ? limits.longLived : limits.quick }

    /// How many wait for a place.
    func waiting(in lane: Lane) -> Int { queues.withLock { $0[lane]?.tickets.count ?? 0 } }

    /// Waits for a place: at most for a time, or for as long as it takes.
    func lease(_ lane: Lane, within patience: Duration?) async throws(Refusal) -> ConnectionLease {
        let limit = limit(of: lane)
        let ticket: UInt64? = update(lane) { queue in
            if queue.taken < limit {
                queue.taken += 1
                return nil
            }
            defer { queue.nextTicket += 1 }
            queue.tickets[queue.nextTicket] = .drawn
            return queue.nextTicket
        }
        if let ticket { try await wait(lane, ticket, within: patience) }
        return ConnectionLease { [self] in release(lane) }
    }

    private func wait(_ lane: Lane, _ ticket: UInt64, within patience: Duration?) async throws(Refusal) {
        async let _: Void = expire(lane, ticket, after: patience)
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let decision = update(lane) { queue -> Outcome? in
                    if case .decided(let outcome)? = queue.tickets[ticket] {
                        queue.tickets[ticket] = nil
                        return outcome
                    }
                    queue.tickets[ticket] = .waiting(continuation)
                    return nil
                }
                if let decision { continuation.resume(returning: decision) }
            }
        } onCancel: {
            decide(lane, ticket, .failure(.canceled))
        }
        try outcome.get()
    }

    private func expire(_ lane: Lane, _ ticket: UInt64, after patience: Duration?) async {
        guard let patience, (try? await Task.sleep(for: patience)) != nil else { return }
        decide(lane, ticket, .failure(.expired))
    }

    /// Settles a ticket that has not been settled before.
    private func decide(_ lane: Lane, _ ticket: UInt64, _ outcome: Outcome) {
        update(lane) { queue in Self.decide(ticket, of: &queue, outcome) }?.resume(returning: outcome)
    }

    private static func decide(
        _ ticket: UInt64, of queue: inout Queue, _ outcome: Outcome
    ) -> CheckedContinuation<Outcome, Never>? {
        switch queue.tickets[ticket] {
        case nil, .decided: return nil
        case .drawn:
            queue.tickets[ticket] = .decided(outcome)
            return nil
        case .waiting(let continuation):
            queue.tickets[ticket] = nil
            return continuation
        }
    }

    private func release(_ lane: Lane) {
        let next = update(lane) { queue -> CheckedContinuation<Outcome, Never>? in
            while queue.firstTicket < queue.nextTicket {
                defer { queue.firstTicket += 1 }
                switch queue.tickets[queue.firstTicket] {
                case nil, .decided: continue
                // The place is handed on and stays taken.
                case .drawn, .waiting: return Self.decide(queue.firstTicket, of: &queue, .success(()))
                }
            }
            queue.taken -= 1
            return nil
        }
        next?.resume(returning: .success(()))
    }

    private func update<Value>(_ lane: Lane, _ body: (inout Queue) -> sending Value) -> sending Value {
        queues.withLock { queues in
            var queue = queues.removeValue(forKey: lane) ?? Queue()
            defer { if !queue.isIdle { queues[lane] = queue } }
            return body(&queue)
        }
    }
}

/// A place for one connection, given back when its holder says so or lets go of it.
final class ConnectionLease: Sendable {
    private let giveBack: @Sendable () -> Void
    private let isReleased = Atomic<Bool>(false)

    init(giveBack: @escaping @Sendable () -> Void) {
        self.giveBack = giveBack
    }

    deinit { release() }

    func release() {
        if !isReleased.exchange(true, ordering: .acquiringAndReleasing) { giveBack() }
    }
}
