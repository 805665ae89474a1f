import NightshiftCore
import Synchronization

/// Where requests from other terminals wait for the run's answers.
package final class ControlBroker: Sendable {
    private struct State {
        var inbox: RunInbox?
        /// Whether there ever was one.
        var hasBegun = false
        /// Asked before the run has begun to decide.
        var early: [RunEvent] = []
        var isClosed = false
        var lastTicket = 0
        var waiting: [ControlTicket: AsyncStream<ControlAnswer>.Continuation] = [:]
        /// Answers that are on their way to who asked.
        var undelivered = 0
        var emptied: AsyncStream<Void>.Continuation?
    }

    private let state = Mutex(State())
    /// Answers what can be answered while the run is prepared.
    private let preparation: PreparationControl?

    package init() {
        preparation = nil
    }

    init(preparation: PreparationControl) {
        self.preparation = preparation
    }

    /// From now on requests go to this inbox.
    func attach(_ inbox: RunInbox) {
        let early = state.withLock { state in
            state.inbox = inbox
            state.hasBegun = true
            defer { state.early = [] }
            return state.early
        }
        for event in early { inbox.send(event) }
    }

    /// A ticket and what will be answered to it.
    func ticket() -> (ControlTicket, AsyncStream<ControlAnswer>) {
        let (answers, continuation) = AsyncStream.makeStream(of: ControlAnswer.self)
        let ticket = state.withLock { state in
            state.lastTicket += 1
            let ticket = ControlTicket(state.lastTicket)
            if state.isClosed {
                if state.hasBegun { continuation.yield(ControlBroker.over) }
                continuation.finish()
            } else {
                state.waiting[ticket] = continuation
            }
            return ticket
        }
        return (ticket, answers)
    }

    /// Asks the run and gives its answer to `deliver`; there is none if the run ends before it has begun to decide, since
    /// then nobody stands between the request and the store.
    func ask(_ command: ControlCommand, deliver: (ControlAnswer) async throws -> Void) async rethrows {
        if let answer = await preparation?.answer(command) { return try await deliver(answer) }
        let (ticket, answers) = ticket()
        let request = RunEvent.control(.asked(command, ticket))
        let inbox = state.withLock { state in
            state.undelivered += 1
            if state.inbox == nil, !state.isClosed { state.early.append(request) }
            return state.inbox
        }
        defer { delivered() }
        inbox?.send(request)
        for await answer in answers {
            try await deliver(answer)
            return
        }
    }

    func answer(_ answer: ControlAnswer, to ticket: ControlTicket) {
        let continuation = state.withLock { $0.waiting.removeValue(forKey: ticket) }
        continuation?.yield(answer)
        continuation?.finish()
    }

    /// The run is over: who still waits is told so.
    func close() {
        let (waiting, hasBegun) = state.withLock { state in
            state.isClosed = true
            state.inbox = nil
            defer { state.waiting = [:] }
            return (state.waiting.values, state.hasBegun)
        }
        for continuation in waiting {
            if hasBegun { continuation.yield(ControlBroker.over) }
            continuation.finish()
        }
    }

    /// Waits until every answer has been delivered.
    func emptied() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        state.withLock { state in
            if state.undelivered == 0 { continuation.finish() } else { state.emptied = continuation }
        }
        for await _ in stream {}
    }

    private func delivered() {
        let emptied = state.withLock { state in
            state.undelivered -= 1
            return state.undelivered == 0 ? state.emptied.take() : nil
        }
        emptied?.finish()
    }

    private static let over = ControlAnswer.refused("the run has ended")
}
