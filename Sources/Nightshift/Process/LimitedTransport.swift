import Replicate
import Synchronization

/// A transport that has only so many requests under way: the others wait here, where no time limit runs.
///
/// What writes (creates, uploads) and what reads have places of their own, so that no number of creates keeps a run from
/// seeing what has finished.
struct LimitedTransport: Transport {
    private let transport: any Transport
    private let writes: Places
    private let reads: Places

    init(_ transport: any Transport, writes: Int, reads: Int) {
        self.transport = transport
        self.writes = Places(writes)
        self.reads = Places(reads)
    }

    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        let places = request.method == "GET" ? reads : writes
        guard let place = await places.take() else {
            throw TransportError(
                .canceled, delivery: .notSent, message: "the request was canceled before it was sent")
        }
        do throws(TransportError) {
            var response = try await transport.send(request)
            response.body = TransportBody(HeldBody(body: response.body, place: place))
            return response
        } catch {
            // Other programs, or other parts of this one, need more than was thought.
            if error.code == .connect, ProcessLimits.isOutOfFiles { places.shrink() }
            throw error
        }
    }
}

/// A number of places, first come, first served.
private final class Places: Sendable {
    private struct Waiter {
        var number: Int
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var limit: Int
        var taken = 0
        var waiting: [Waiter] = []
        var next = 0
        /// Those that were canceled before they came to wait.
        var canceled: Set<Int> = []
    }

    private let state: Mutex<State>

    init(_ limit: Int) {
        state = Mutex(State(limit: max(1, limit)))
    }

    /// Waits for a place.
    /// - Returns: `nil` if the task is canceled meanwhile.
    func take() async -> Place? {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        let isTaken = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.canceled.remove(number) != nil { return false }
                    if state.taken < state.limit {
                        state.taken += 1
                        return true
                    }
                    state.waiting.append(Waiter(number: number, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter: Waiter? = state.withLock { state in
                guard let index = state.waiting.firstIndex(where: { $0.number == number }) else {
                    state.canceled.insert(number)
                    return nil
                }
                return state.waiting.remove(at: index)
            }
            waiter?.continuation.resume(returning: false)
        }
        state.withLock { _ = $0.canceled.remove(number) }
        return isTaken ? Place(of: self) : nil
    }

    func give() {
        let next: [Waiter] = state.withLock { state in
            state.taken -= 1
            let count = min(max(0, state.limit - state.taken), state.waiting.count)
            let next = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(count)
            state.taken += count
            return next
        }
        for waiter in next { waiter.continuation.resume(returning: true) }
    }

    func shrink() {
        state.withLock { $0.limit = max(1, $0.limit * 3 / 4) }
    }
}

/// One place; given back when nothing holds it any more.
private final class Place: Sendable {
    private let places: Places

    init(of places: Places) {
        self.places = places
    }

    deinit { places.give() }
}

/// A body that keeps its request's place until it is read or dropped.
private struct HeldBody: AsyncSequence, Sendable {
    let body: TransportBody
    let place: Place

    struct Iterator: AsyncIteratorProtocol {
        let iterator: TransportBody.AsyncIterator
        var place: Place?

        mutating func next() async throws(TransportError) -> [UInt8]? {
            try await next(isolation: #isolation)
        }

        mutating func next(isolation: isolated (any Actor)?) async throws(TransportError) -> [UInt8]? {
            let chunk = try await iterator.next()
            if chunk == nil { place = nil }
            return chunk
        }
    }

    func makeAsyncIterator() -> Iterator {
        Iterator(iterator: body.makeAsyncIterator(), place: place)
    }
}
