import Synchronization

/// Tells whether a request still waits for a connection: until then, a call whose answer must not be lost can be canceled all
/// the same.
final class ConnectionWait: Sendable {
    private enum State {
        /// With transports that tell nothing, for ever.
        case unknown
        case waiting
        case canceled
        case over
    }

    private let state = Mutex(State.unknown)

    /// Whether the request may wait.
    func begin() -> Bool {
        state.withLock { state in
            if state == .canceled { return false }
            state = .waiting
            return true
        }
    }

    /// Whether the request may be sent now.
    func end() -> Bool {
        state.withLock { state in
            if state == .canceled { return false }
            state = .over
            return true
        }
    }

    /// Whether the request will certainly not be sent.
    func cancel() -> Bool {
        state.withLock { state in
            let isWaiting = state == .waiting
            if state != .over { state = .canceled }
            return isWaiting
        }
    }
}
