public import ReplicateAPI

/// The events of one prediction as they happen.
///
/// Nothing is read before it is asked for, so a slow reader slows the connection and fills no memory. A connection that breaks
/// is made again, and no output comes twice: events are known by their ids, and what a stream that is gone still owed is
/// taken from the finished prediction. The sequence ends after ``StreamEvent/done(_:)``.
///
/// ```swift
/// let stream = try await client.stream("meta/meta-llama-3-8b-instruct", input: ["prompt": "Tell me a story"])
/// for try await event in stream {
///     if case .output(let piece) = event { print(piece, terminator: "") }
/// }
/// ```
///
/// API: "Server-sent events".
public struct PredictionStream: AsyncSequence, Sendable {
    /// One event.
    public typealias Element = StreamEvent
    /// Why no more comes.
    public typealias Failure = ReplicateError

    /// The prediction as it was when the stream was opened.
    public let prediction: Prediction
    let client: Client
    let address: String
    /// Whether the prediction was made for this stream.
    let isOwner: Bool
    /// The id of the event after which to begin.
    var startID: String?

    /// Begins to listen; each iterator has a connection of its own and starts at the first event, or after the one that was named.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(stream: self)
    }

    /// The text of the output as it arrives, without logs.
    ///
    /// It throws ``ReplicateError`` with the code `predictionFailed` or `predictionCanceled` if the prediction ends without
    /// success.
    public var text: StreamedText { StreamedText(stream: self) }

    /// The files of the output as they arrive, without texts and logs.
    ///
    /// It throws ``ReplicateError`` with the code `predictionFailed` or `predictionCanceled` if the prediction ends without
    /// success.
    public var files: StreamedFiles { StreamedFiles(stream: self) }

    /// The same events with their ids, the server's time to wait before another connection, and files ready to be read.
    public var events: StreamedEvents { StreamedEvents(stream: self) }

    /// Reads the events once.
    public struct AsyncIterator: AsyncIteratorProtocol {
        /// More than this in one event is no event of the API.
        private static let longestEvent = 64 << 20
        /// The wait before the first new connection, unless the server asks for another.
        private static let firstPause = Duration.milliseconds(250)
        private static let longestPause = Duration.seconds(15)

        private let stream: PredictionStream
        private var progress: StreamProgress
        private var parser = ServerSentEventParser()
        private var body: TransportBody.AsyncIterator?
        /// Events that were received and not asked for yet, the next one last.
        private var pending: [StreamedEvent] = []
        /// How often a connection gave nothing new, in a row.
        private var failures = 0
        private var hasConnected = false

        init(stream: PredictionStream) {
            self.stream = stream
            progress = StreamProgress(after: stream.startID)
        }

        /// The next event, or `nil` after the last.
        ///
        /// Canceling the task ends the connection, and cancels the prediction if it was made for this stream.
        ///
        /// - Throws: ``ReplicateError`` if no connection holds as long as the client's policy tries; it carries the
        ///   prediction as it was seen last.
        public mutating func next() async throws(ReplicateError) -> StreamEvent? {
            try await nextWithDetails()?.event
        }

        mutating func nextWithDetails() async throws(ReplicateError) -> StreamedEvent? {
            do throws(ReplicateError) {
                while true {
                    if let event = pending.popLast() { return event }
                    if progress.isDone {
                        body = nil
                        return nil
                    }
                    try await receive()
                }
            } catch {
                body = nil
                guard error.code == .canceled, stream.isOwner else { throw error }
                await stream.client.cancelUnaffected(stream.prediction.id)
                throw error
            }
        }

        private mutating func receive() async throws(ReplicateError) {
            var problem: ReplicateError?
            do throws(ReplicateError) {
                if body == nil { try await connect() }
                if let chunk = try await body?.nextChunk() {
                    try take(chunk)
                    return
                }
            } catch {
                guard error.isWorthAnotherConnection else { throw error }
                problem = error
            }
            body = nil
            try await recover(from: problem)
        }

        private mutating func take(_ chunk: [UInt8]) throws(ReplicateError) {
            var fresh: [StreamedEvent] = []
            let session = stream.client.session
            for var event in parser.parse(chunk) {
                event.data = session.clean(event.data)
                event.event = session.clean(event.event)
                if !progress.isDone, progress.take(event) {
                    fresh.append(details(of: StreamEvent(event), event))
                }
            }
            guard parser.pendingBytes <= Self.longestEvent else {
                throw ReplicateError(.unexpectedAnswer, "the stream sent an event without end", delivery: .unknown)
            }
            if !fresh.isEmpty { failures = 0 }
            pending = fresh.reversed()
        }

        private func details(of event: StreamEvent, _ source: ServerSentEvent? = nil) -> StreamedEvent {
            var file: FileOutput?
            if case .output(let text) = event, FileOutput.isFile(text) { file = stream.client.file(at: text) }
            return StreamedEvent(event: event, id: source?.id, retry: source?.retry, file: file)
        }

        private mutating func connect() async throws(ReplicateError) {
            let session = stream.client.session
            var request = try session.download(stream.address)
            request.headers["Accept"] = "text/event-stream"
            request.headers["Cache-Control"] = "no-store"
            request.headers["Last-Event-ID"] = progress.lastID
            request.isLongLived = true
            request.attempt = failures + 1
            let response = try await session.exchange(request)
            guard response.status == 200 else {
                throw await session.refusal(response, of: "the stream of prediction \(stream.prediction.id)")
            }
            if hasConnected { progress.reconnect() }
            hasConnected = true
            parser = ServerSentEventParser()
            body = response.body.makeAsyncIterator()
        }

        /// After a connection that ended too early: the prediction says whether there is more to come.
        private mutating func recover(from problem: ReplicateError?) async throws(ReplicateError) {
            let client = stream.client
            let prediction = try await client.predictions.get(stream.prediction.id)
            if prediction.status.isTerminal {
                guard progress.knowsBeginning else {
                    var failure = ReplicateError(
                        .connectionLost,
                        "the stream of prediction \(prediction.id) is over, and what it told after the event that was named "
                            + "cannot be told apart any more; the prediction has the whole output", delivery: .unknown)
                    failure.prediction = prediction
                    throw failure
                }
                pending = progress.rest(of: prediction).map { details(of: $0) }.reversed()
                return
            }
            failures += 1
            guard failures < Swift.max(2, client.session.retry.maximumAttempts) else {
                var failure =
                    problem
                    ?? ReplicateError(
                        .connectionLost,
                        "the stream of prediction \(prediction.id) ended \(failures) times without news; "
                            + "the prediction goes on", delivery: .unknown)
                failure.prediction = prediction
                throw failure
            }
            let asked = parser.retryMilliseconds.map { Duration.milliseconds($0) } ?? Self.firstPause
            let pause = Swift.max(problem?.retryAfter ?? .zero, asked * (1 << Swift.min(failures - 1, 8)))
            try await client.session.pause(Swift.min(pause, Self.longestPause), for: "the stream of a prediction")
        }
    }
}

extension PredictionStream {
    /// The same error as that of a run, with the prediction as it ended; where it cannot be read, with what the stream told.
    func failure(_ status: PredictionStatus, reason: String?) async -> ReplicateError {
        if let read = try? await client.predictions.get(prediction.id), let failure = ReplicateError(ending: read) {
            return failure
        }
        var ended = prediction
        ended.status = status
        ended.error = reason
        return ReplicateError(ending: ended)
            ?? ReplicateError(.unexpectedAnswer, "prediction \(prediction.id) ended as \(status)", delivery: .unknown)
    }
}

extension ReplicateError {
    /// Whether a stream that failed so may be opened again, or is gone while its prediction is not.
    fileprivate var isWorthAnotherConnection: Bool {
        switch code {
        case .notConnected, .connectionLost, .timeout, .throttled, .serverFailure, .notFound: true
        case .refused: status == 408 || status == 410 || status == 425
        default: false
        }
    }
}
