import LosslessJSON

/// The text of a stream's output, piece by piece.
public struct StreamedText: AsyncSequence, Sendable {
    /// A piece: a word, a syllable, or whatever the model gives at a time.
    public typealias Element = String
    /// Why no more comes.
    public typealias Failure = ReplicateError

    let stream: PredictionStream

    /// Begins to listen.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(events: stream.makeAsyncIterator(), id: stream.prediction.id)
    }

    /// Reads the text once.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private var events: PredictionStream.AsyncIterator
        private let id: String
        private var reason: String?

        init(events: PredictionStream.AsyncIterator, id: String) {
            self.events = events
            self.id = id
        }

        /// The next piece, or `nil` when the output is complete.
        ///
        /// - Throws: ``ReplicateError`` if the prediction failed or was canceled, or the stream cannot be read.
        public mutating func next() async throws(ReplicateError) -> String? {
            while let event = try await events.next() {
                switch event {
                case .output(let piece): return piece
                case .error(let detail): reason = detail
                case .done(.failed):
                    throw ReplicateError(
                        .predictionFailed,
                        "prediction \(id) failed: \(reason.map { BoundedText.line($0) } ?? "no reason was given")",
                        delivery: .unknown)
                case .done(.canceled):
                    throw ReplicateError(.predictionCanceled, "prediction \(id) was canceled", delivery: .unknown)
                case .done, .logs, .other: continue
                }
            }
            return nil
        }
    }
}
