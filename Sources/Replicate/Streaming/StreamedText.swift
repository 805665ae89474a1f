import ReplicateAPI

/// The text of a stream's output, piece by piece.
public struct StreamedText: AsyncSequence, Sendable {
    /// A piece: a word, a syllable, or whatever the model gives at a time.
    public typealias Element = String
    /// Why no more comes.
    public typealias Failure = ReplicateError

    let stream: PredictionStream

    /// Begins to listen.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(output: StreamedOutput(stream: stream))
    }

    /// Reads the text once.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private var output: StreamedOutput

        init(output: StreamedOutput) {
            self.output = output
        }

        /// The next piece, or `nil` when the output is complete.
        ///
        /// - Throws: ``ReplicateError`` if the prediction failed or was canceled, or the stream cannot be read.
        public mutating func next() async throws(ReplicateError) -> String? {
            guard case .output(let piece) = try await output.next()?.event else { return nil }
            return piece
        }
    }
}

/// The files of a stream's output, one by one.
public struct StreamedFiles: AsyncSequence, Sendable {
    /// A file, which can be read while the prediction goes on.
    public typealias Element = FileOutput
    /// Why no more comes.
    public typealias Failure = ReplicateError

    let stream: PredictionStream

    /// Begins to listen.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(output: StreamedOutput(stream: stream))
    }

    /// Reads the files once.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private var output: StreamedOutput

        init(output: StreamedOutput) {
            self.output = output
        }

        /// The next file, or `nil` when the output is complete.
        ///
        /// - Throws: ``ReplicateError`` if the prediction failed or was canceled, or the stream cannot be read.
        public mutating func next() async throws(ReplicateError) -> FileOutput? {
            while let event = try await output.next() {
                if let file = event.file { return file }
            }
            return nil
        }
    }
}

/// The events of a stream with their details.
public struct StreamedEvents: AsyncSequence, Sendable {
    /// One event.
    public typealias Element = StreamedEvent
    /// Why no more comes.
    public typealias Failure = ReplicateError

    let stream: PredictionStream

    /// Begins to listen, as the stream itself does.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(events: stream.makeAsyncIterator())
    }

    /// Reads the events once.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private var events: PredictionStream.AsyncIterator

        init(events: PredictionStream.AsyncIterator) {
            self.events = events
        }

        /// The next event, or `nil` after the last.
        ///
        /// - Throws: ``ReplicateError``, as reading the stream itself does.
        public mutating func next() async throws(ReplicateError) -> StreamedEvent? {
            try await events.nextWithDetails()
        }
    }
}

/// The pieces of a stream's output, and its end as a run tells it.
struct StreamedOutput {
    private let stream: PredictionStream
    private var events: PredictionStream.AsyncIterator
    private var reason: String?

    init(stream: PredictionStream) {
        self.stream = stream
        events = stream.makeAsyncIterator()
    }

    mutating func next() async throws(ReplicateError) -> StreamedEvent? {
        while let event = try await events.nextWithDetails() {
            switch event.event {
            case .output: return event
            case .error(let detail): reason = detail
            case .done(.failed): throw await stream.failure(.failed, reason: reason)
            case .done(.canceled): throw await stream.failure(.canceled, reason: reason)
            case .done, .logs, .other: continue
            }
        }
        return nil
    }
}
