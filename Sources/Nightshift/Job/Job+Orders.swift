import NightshiftCore

/// What a person can tell a job while it runs, from any process of the same user. Where no run is alive, the word is kept for
/// the next one.
extension Job {
    /// Creates nothing new until ``resume()``; what runs is finished.
    /// - Throws: ``EngineError``, for example if the job was never run.
    public func pause() async throws(EngineError) { _ = try await control(.pause) }

    /// Takes ``pause()`` back. It starts nothing where no run is alive.
    /// - Throws: ``EngineError``, for example if the job was never run.
    public func resume() async throws(EngineError) { _ = try await control(.resume) }

    /// Bounds the predictions in flight, at once.
    /// - Parameter concurrency: 1 to 10000; `nil` for the manifest's.
    /// - Throws: ``EngineError``, for example for a number out of bounds.
    public func set(concurrency: Int?) async throws(EngineError) {
        try await set("concurrency", to: concurrency.map(String.init))
    }

    /// Bounds how many predictions are created in a time, at once.
    /// - Parameter rate: such as `600/min`, `10/s` or `unlimited`; `nil` for the manifest's.
    /// - Throws: ``EngineError``, for example for a text that is no rate.
    public func set(rate: String?) async throws(EngineError) {
        try await set("rate", to: rate)
    }

    private func set(_ name: String, to value: String?) async throws(EngineError) {
        let change: OrderChange
        do {
            change = try OrderChange(parsing: ["\(name)=\(value ?? OrderChange.manifest)"])
        } catch {
            throw EngineError(error)
        }
        _ = try await control(.set(change))
    }

    /// Makes failed, canceled and held items pending again, with all their attempts. For a held item its prediction may be paid
    /// for twice.
    /// - Parameter items: keys of items, beginnings of keys, or output names.
    /// - Returns: how many items are pending again.
    /// - Throws: ``EngineError``, for example for a text that means no item.
    public func retry(_ items: [String]) async throws(EngineError) -> Int {
        guard case .retried(let outcome) = try await control(.retry(keys: try await keys(meant: items))) else {
            return 0
        }
        return outcome.count
    }

    /// Takes a prediction as a held, failed or canceled item's; its outputs are fetched as if this job had created it.
    /// - Parameters:
    ///   - predictionID: the provider's id of the prediction.
    ///   - item: the item's key, the beginning of it, or its output name.
    /// - Throws: ``EngineError``, for example if the prediction has another input.
    public func adopt(_ predictionID: String, for item: String) async throws(EngineError) {
        for key in try await keys(meant: [item]) {
            _ = try await control(.adopt(key: key, predictionID: predictionID))
        }
    }

    /// Has what is in flight canceled by the provider and ends the run; returns when the provider has said what became of each.
    /// - Returns: how many predictions were canceled.
    /// - Throws: ``EngineError``, for example if the job was never run.
    @discardableResult
    public func cancel() async throws(EngineError) -> Int {
        guard case .canceled(let outcome) = try await control(.cancel) else { return 0 }
        return outcome.canceled
    }
}
