import DequeModule
import NightshiftCore
import Synchronization

/// The Cog servers of a run, one slot each, and who waits for one.
///
/// A server that cannot take work is set aside; the others go on. ``CogProvider/run()`` is told of it and brings the
/// server back when its health allows.
final class CogPool: Sendable {
    /// Why a server is set aside.
    enum Reason: Hashable, Sendable {
        /// It works on a prediction that is not ours, or on one that we no longer wait for.
        case busy
        /// It is still loading its model.
        case starting
        /// Nobody answers there; it may come back.
        case unreachable(String)
        /// It answers, but says itself that it cannot run the model.
        case broken(String)

        var isHopeful: Bool {
            switch self {
            case .busy, .starting: true
            case .unreachable, .broken: false
            }
        }
    }

    struct Slot: Hashable, Sendable {
        var index: Int
        var url: String
    }

    private enum Status {
        case free
        case inUse(predictionID: String)
        case aside(Reason)
    }

    private struct Waiter {
        var number: Int
        var predictionID: String
        var continuation: UnsafeContinuation<Result<Slot, ProviderError>, Never>
    }

    private struct State {
        var servers: [Status]
        /// Where the search for a free server begins, so that all take turns.
        var next = 0
        var waiters: Deque<Waiter> = []
        var waiterNumber = 0
    }

    let urls: [String]
    private let state: Mutex<State>
    /// The servers that were set aside, for whom brings them back.
    let setAside: AsyncStream<Slot>
    private let setAsideContinuation: AsyncStream<Slot>.Continuation

    init(urls: [String]) {
        self.urls = urls
        state = Mutex(State(servers: urls.map { _ in .free }))
        (setAside, setAsideContinuation) = AsyncStream.makeStream()
    }

    /// Takes a free server, waiting for one if all are at work.
    /// - Throws: `notSent` if no server can be reached, `notFound` if every one says it cannot run the model.
    func acquire(for predictionID: String) async throws(ProviderError) -> Slot {
        let number = state.withLock { state in
            state.waiterNumber += 1
            return state.waiterNumber
        }
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let now = state.withLock { state -> Result<Slot, ProviderError>? in
                    if Task.isCancelled { return .failure(CogPool.gaveUp) }
                    if let slot = take(in: &state, for: predictionID) { return .success(slot) }
                    if let failure = hopelessness(in: state) { return .failure(failure) }
                    state.waiters.append(
                        Waiter(number: number, predictionID: predictionID, continuation: continuation))
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.number == number }.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume(returning: .failure(CogPool.gaveUp))
        }
        return try result.get()
    }

    /// Gives a server back, or one that was set aside back to work.
    func release(_ slot: Slot) {
        let waiter = state.withLock { state -> Waiter? in
            guard let waiter = state.waiters.popFirst() else {
                state.servers[slot.index] = .free
                return nil
            }
            state.servers[slot.index] = .inUse(predictionID: waiter.predictionID)
            return waiter
        }
        waiter?.continuation.resume(returning: .success(slot))
    }

    /// Takes a server out of the choice until it is released.
    func setAside(_ slot: Slot, _ reason: Reason) {
        updateReason(reason, of: slot)
        setAsideContinuation.yield(slot)
    }

    /// Notes what a new look at a server that is set aside has shown.
    func updateReason(_ reason: Reason, of slot: Slot) {
        let (waiters, failure) = state.withLock { state -> ([Waiter], ProviderError?) in
            state.servers[slot.index] = .aside(reason)
            guard let failure = hopelessness(in: state) else { return ([], nil) }
            defer { state.waiters = [] }
            return (Array(state.waiters), failure)
        }
        guard let failure else { return }
        for waiter in waiters { waiter.continuation.resume(returning: .failure(failure)) }
    }

    /// The server that works on a prediction.
    func slot(of predictionID: String) -> Slot? {
        state.withLock { state in
            for (index, status) in state.servers.enumerated() {
                if case .inUse(predictionID) = status { return Slot(index: index, url: urls[index]) }
            }
            return nil
        }
    }

    private static let gaveUp = ProviderError(.busy, "canceled while waiting for a free Cog server")

    private func take(in state: inout State, for predictionID: String) -> Slot? {
        for offset in state.servers.indices {
            let index = (state.next + offset) % state.servers.count
            if case .free = state.servers[index] {
                state.servers[index] = .inUse(predictionID: predictionID)
                state.next = index + 1
                return Slot(index: index, url: urls[index])
            }
        }
        return nil
    }

    /// Why waiting is in vain, if it is: every server is set aside without hope.
    private func hopelessness(in state: State) -> ProviderError? {
        var messages: [String] = []
        var areAllBroken = true
        for (index, status) in state.servers.enumerated() {
            guard case .aside(let reason) = status, !reason.isHopeful else { return nil }
            switch reason {
            case .unreachable(let message):
                areAllBroken = false
                messages.append("\(urls[index]): \(message)")
            case .broken(let message): messages.append("\(urls[index]): \(message)")
            case .busy, .starting: break
            }
        }
        let list = messages.joined(separator: "; ")
        return areAllBroken
            ? ProviderError(.notFound, "no Cog server can run the model (\(list)); restart them, then run again")
            : ProviderError(.notSent, "no Cog server answers (\(list))")
    }
}
