public import ReplicateAPI

extension Prediction {
    /// Waits until the prediction has finished, as ``Client/wait(for:interval:timeout:progress:stop:)-(Prediction,_,_,_,_)`` does.
    ///
    /// - Parameters:
    ///   - client: of the account that the prediction belongs to.
    ///   - interval: the time between two looks at it.
    ///   - timeout: how long to wait at most; `nil` for as long as it takes.
    ///   - progress: called with every state that was seen, the first and last included.
    /// - Returns: the prediction as it ended, however it did.
    /// - Throws: ``ReplicateError`` with the code `timeout` if the time is up, `canceled` if the task was canceled.
    public func wait(
        with client: Client, interval: Duration = .milliseconds(500), timeout: Duration? = nil,
        progress: (Prediction) -> Void = { _ in }
    ) async throws(ReplicateError) -> Prediction {
        try await client.wait(for: self, interval: interval, timeout: timeout, progress: progress)
    }

    /// Asks for the prediction to be canceled, as ``Predictions/cancel(_:)`` does.
    ///
    /// - Throws: ``ReplicateError``, with the code `notFound` if the account has no such prediction.
    @discardableResult
    public func cancel(with client: Client) async throws(ReplicateError) -> Prediction {
        try await client.predictions.cancel(id)
    }

    /// The prediction as it stands now, as ``Predictions/get(_:)`` gives it.
    ///
    /// - Throws: ``ReplicateError``, with the code `notFound` if the account has no such prediction.
    public func reload(with client: Client) async throws(ReplicateError) -> Prediction {
        try await client.predictions.get(id)
    }

    /// Reads the prediction again in its place.
    ///
    /// - Throws: ``ReplicateError``, as ``reload(with:)`` does; the value stays as it was.
    public mutating func refresh(with client: Client) async throws(ReplicateError) {
        self = try await reload(with: client)
    }
}
