#if URLSession || !HTTPClient
import Foundation
import Synchronization

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// One request on its way through a session: told by the delegate what happens, asked by the caller for the head and the chunks.
///
/// Whoever gives up cancels the task of the session and then waits for its end, because only that tells what was sent.
final class URLSessionExchange: Sendable {
    /// Why a request is ended on this side.
    enum Surrender: Sendable {
        case canceled, noAnswer, silence, slowReader, shutDown
    }

    private struct State {
        var task: URLSessionTask?
        var head: HTTPURLResponse?
        var headWaiter: CheckedContinuation<Void, Never>?
        var chunks: [Data] = []
        /// How many of them were taken.
        var taken = 0
        var unread = 0
        var received = 0
        /// How many bytes the head announces, where that means those that arrive.
        var announced: Int?
        var chunkWaiter: CheckedContinuation<Void, Never>?
        var isSuspended = false
        var surrender: Surrender?
        /// Whether all has arrived, however the task ends.
        var isWhole = false
        /// Set when the task has ended.
        var ending: Result<Void, TransportError>?
    }

    private enum Step {
        case chunk(Data)
        case end
        case failure(TransportError)
        case wait
    }

    private let origin: String
    private let hasBody: Bool
    private let hasFixedHost: Bool
    private let method: String
    private let idleTimeout: Duration?
    private let maximumUnread: Int
    private let onEnd: @Sendable () -> Void
    private let state = Mutex(State())

    init(
        origin: String, hasBody: Bool, hasFixedHost: Bool, method: String, idleTimeout: Duration?, maximumUnread: Int,
        onEnd: @escaping @Sendable () -> Void
    ) {
        self.origin = origin
        self.hasBody = hasBody
        self.hasFixedHost = hasFixedHost
        self.method = method
        self.idleTimeout = idleTimeout
        self.maximumUnread = maximumUnread
        self.onEnd = onEnd
    }

    func begin(_ request: URLRequest, _ body: URLSessionBody, in session: URLSession) {
        let task =
            switch body {
            case .none: session.dataTask(with: request)
            case .data(let data): session.uploadTask(with: request, from: data)
            case .file(let url, _): session.uploadTask(with: request, fromFile: url)
            }
        (session.delegate as? URLSessionRouter)?.add(self, for: task)
        let isGivenUp = state.withLock { state in
            state.task = task
            return state.surrender != nil
        }
        task.resume()
        if isGivenUp { task.cancel() }
    }

    /// Ends the request, unless it has ended.
    func giveUp(_ reason: Surrender) {
        let task = state.withLock { state -> URLSessionTask? in
            guard state.ending == nil, state.surrender == nil else { return nil }
            // The head came in time after all.
            if reason == .noAnswer, state.head != nil { return nil }
            state.surrender = reason
            return state.task
        }
        task?.cancel()
    }

    // MARK: - What the caller asks

    /// Waits for the head of the answer.
    func head(within timeout: Duration) async throws(TransportError) -> HTTPURLResponse {
        async let _: Void = giveUp(.noAnswer, after: timeout)
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isThere = state.withLock { state in
                    if state.head != nil || state.ending != nil { return true }
                    state.headWaiter = waiter
                    return false
                }
                if isThere { waiter.resume() }
            }
        } onCancel: {
            giveUp(.canceled)
        }
        let (head, ending) = state.withLock { ($0.head, $0.ending) }
        if let head { return head }
        if case .failure(let error)? = ending { throw error }
        throw TransportError(
            .connectionLost, delivery: .unknown, message: "the connection to \(origin) was lost before the answer")
    }

    /// The header fields as they fit the bytes that arrive.
    func headers(of response: HTTPURLResponse) -> HeaderFields {
        var headers = HeaderFields()
        for (name, value) in response.allHeaderFields {
            guard let name = name as? String, let value = value as? String else { continue }
            headers.append(name, value)
        }
        if response.isDecoded {
            headers["Content-Encoding"] = nil
            headers["Content-Length"] = nil
        }
        return headers
    }

    /// The next chunk of the body, or `nil` at its end.
    func next() async throws(TransportError) -> [UInt8]? {
        while true {
            switch take() {
            case .chunk(let data): return Array(data)
            case .end: return nil
            case .failure(let error): throw error
            case .wait: await waitForNews()
            }
        }
    }

    private func take() -> Step {
        let (step, suspended) = state.withLock { state -> (Step, URLSessionTask?) in
            if state.taken < state.chunks.count {
                let chunk = state.chunks[state.taken]
                state.chunks[state.taken] = Data()
                state.taken += 1
                if state.taken == state.chunks.count { (state.chunks, state.taken) = ([], 0) }
                state.unread -= chunk.count
                guard state.isSuspended, state.unread <= maximumUnread / 2 else { return (.chunk(chunk), nil) }
                state.isSuspended = false
                return (.chunk(chunk), state.task)
            }
            return switch state.ending {
            case nil: (.wait, nil)
            case .success: (.end, nil)
            case .failure(let error): (.failure(error), nil)
            }
        }
        suspended?.resume()
        return step
    }

    private func waitForNews() async {
        async let _: Void = giveUp(.silence, after: idleTimeout)
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let isThere = state.withLock { state in
                    if !state.chunks.isEmpty || state.ending != nil { return true }
                    state.chunkWaiter = waiter
                    return false
                }
                if isThere { waiter.resume() }
            }
        } onCancel: {
            giveUp(.canceled)
        }
    }

    private func giveUp(_ reason: Surrender, after patience: Duration?) async {
        guard let patience, (try? await Task.sleep(for: patience)) != nil else { return }
        giveUp(reason)
    }

    // MARK: - What the delegate tells

    func receive(_ response: HTTPURLResponse) {
        state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.head = response
            state.announced = method == "HEAD" ? nil : response.announcedLength
            defer { state.headWaiter = nil }
            return state.headWaiter
        }?.resume()
    }

    func receive(_ data: Data) {
        guard !data.isEmpty else { return }
        let (waiter, isTooMuch) = state.withLock { state in
            state.chunks.append(data)
            state.unread += data.count
            state.received += data.count
            defer { state.chunkWaiter = nil }
            return (state.chunkWaiter, state.unread > maximumUnread && !state.isSuspended)
        }
        waiter?.resume()
        if isTooMuch { holdBack() }
    }

    /// All of the answer has come, although the task may yet fail.
    func receiveEnd() {
        state.withLock { $0.isWhole = true }
    }

    private func holdBack() {
        #if canImport(FoundationNetworking)
        // A task that is suspended here begins again with another request when it is resumed.
        giveUp(.slowReader)
        #else
        // Under the lock, so that a reader who catches up meanwhile resumes after this and not before.
        state.withLock { state in
            guard state.unread > maximumUnread, !state.isSuspended, state.ending == nil else { return }
            state.isSuspended = true
            state.task?.suspend()
        }
        #endif
    }

    func complete(_ error: (any Error)?, bodyBytesSent: Int64) {
        let waiters = state.withLock { state in
            state.ending = ending(state, error, bodyBytesSent)
            state.task = nil
            defer { (state.headWaiter, state.chunkWaiter) = (nil, nil) }
            return [state.headWaiter, state.chunkWaiter]
        }
        onEnd()
        for waiter in waiters { waiter?.resume() }
    }

    private func ending(_ state: State, _ error: (any Error)?, _ sent: Int64) -> Result<Void, TransportError> {
        guard state.head != nil else {
            return .failure(
                TransportError(
                    error, state.surrender, talkingTo: origin,
                    sent: BodySent(hasBody: hasBody, bytes: sent, hasFixedHost: hasFixedHost)))
        }
        if error != nil, !state.isWhole {
            return .failure(TransportError(readingFrom: origin, error, state.surrender))
        }
        if let announced = state.announced, state.received < announced {
            return .failure(
                TransportError(
                    .connectionLost, delivery: .unknown,
                    message: "the connection to \(origin) was lost in the middle of an answer: "
                        + "it ended before its announced length"))
        }
        return .success(())
    }
}

extension HTTPURLResponse {
    /// Whether the library has undone a compression.
    fileprivate var isDecoded: Bool {
        guard let encoding = value(forHTTPHeaderField: "Content-Encoding") else { return false }
        return !encoding.isEmpty && encoding.lowercased() != "identity"
    }

    fileprivate var announcedLength: Int? {
        guard !isDecoded, statusCode != 204, statusCode != 304 else { return nil }
        return value(forHTTPHeaderField: "Content-Length").flatMap { Int($0) }
    }
}

extension TransportBody {
    /// The body of an answer; what nobody holds, neither the body before it is read nor its reader, is given up.
    init(reading exchange: URLSessionExchange) {
        let holder = ExchangeHolder(exchange: exchange)
        self.init {
            let reader = ExchangeReader(holder: holder)
            return { () async throws(TransportError) -> [UInt8]? in try await reader.holder.exchange.next() }
        }
    }
}

private final class ExchangeHolder: Sendable {
    let exchange: URLSessionExchange

    init(exchange: URLSessionExchange) {
        self.exchange = exchange
    }

    deinit { exchange.giveUp(.canceled) }
}

/// Ends the exchange when it goes, though the answer is still held; keeps it while the answer is gone.
private final class ExchangeReader: Sendable {
    let holder: ExchangeHolder

    init(holder: ExchangeHolder) {
        self.holder = holder
    }

    deinit { holder.exchange.giveUp(.canceled) }
}
#endif
