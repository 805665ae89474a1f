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
        AsyncIterator(events: stream.makeAsyncIterator(), stream: stream)
    }

    /// Reads the text once.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private var events: PredictionStream.AsyncIterator
        private let stream: PredictionStream
        private var reason: String?

        init(events: PredictionStream.AsyncIterator, stream: PredictionStream) {
            self.events = events
            self.stream = stream
        }

        /// The next piece, or `nil` when the output is complete.
        ///
        /// - Throws: ``ReplicateError`` if the prediction failed or was canceled, or the stream cannot be read.
        public mutating func next() async throws(ReplicateError) -> String? {
            while let event = try await events.next() {
                switch event {
                case .output(let piece): return piece
                case .error(let detail): reason = detail
                case .done(.failed): throw await failure(.failed)
                case .done(.canceled): throw await failure(.canceled)
                case .done, .logs, .other: continue
                }
            }
            return nil
        }

        /// The same error as that of a run, with the prediction as it ended; where it cannot be read, with what the stream told.
        private func failure(_ status: PredictionStatus) async -> ReplicateError {
            let told = stream.prediction
            if let read = try? await stream.client.predictions.get(told.id), let failure = ReplicateError(ending: read)
            {
                return failure
            }
            var ended = told
            ended.status = status
            ended.error = reason
            return ReplicateError(ending: ended)
                ?? ReplicateError(.unexpectedAnswer, "prediction \(told.id) ended as \(status)", delivery: .unknown)
        }
    }
}
