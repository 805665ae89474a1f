import Replicate
import Synchronization

/// How the body of an answer ended.
enum BodyEnding: Sendable {
    case complete
    case broken(TransportError)
    /// Nobody read it to its end.
    case abandoned
}

/// Counts the bytes of one body, and tells its end once.
final class BodyWatch: Sendable {
    typealias End = @Sendable (_ bytes: Int, _ ending: BodyEnding) -> Void

    private struct State {
        var bytes = 0
        var end: End?
    }

    private let state: Mutex<State>

    init(end: @escaping End) {
        state = Mutex(State(end: end))
    }

    // Whoever lets go of the answer and of its iterator has ended it.
    deinit { finish(.abandoned) }

    func note(_ count: Int) {
        state.withLock { $0.bytes += count }
    }

    func finish(_ ending: BodyEnding) {
        let (bytes, end) = state.withLock { state in
            defer { state.end = nil }
            return (state.bytes, state.end)
        }
        end?(bytes, ending)
    }
}

/// A body whose chunks are counted as they pass.
private struct ObservedBody: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    typealias Failure = TransportError

    let body: TransportBody
    let watch: BodyWatch

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(chunks: body.makeAsyncIterator(), watch: watch)
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        let chunks: TransportBody.AsyncIterator
        let watch: BodyWatch

        func next(isolation: isolated (any Actor)?) async throws(TransportError) -> [UInt8]? {
            do throws(TransportError) {
                let chunk = try await chunks.next()
                if let chunk { watch.note(chunk.count) } else { watch.finish(.complete) }
                return chunk
            } catch {
                watch.finish(.broken(error))
                throw error
            }
        }
    }
}

extension TransportResponse {
    /// The same answer, the end of whose body is told.
    func observingBody(_ end: @escaping BodyWatch.End) -> TransportResponse {
        TransportResponse(
            status: status, headers: headers, body: TransportBody(ObservedBody(body: body, watch: BodyWatch(end: end))))
    }
}
