package import JSON
package import ReplicateAPI

/// What the account's list is searched for: creates whose answer was lost.
package struct LostCreateSearch: Sendable {
    private let wanted: Set<String>
    private let outlines: RequestOutlines

    /// - Parameters:
    ///   - wanted: the digests of the lost requests.
    ///   - outlines: those of them whose files the list may show in another form.
    package init(wanted: Set<String>, outlines: Set<RequestOutline>) {
        self.wanted = wanted
        self.outlines = RequestOutlines(outlines)
    }

    /// Whether a page shows that nothing newer comes after it: it is in order, and reaches back behind the time given.
    package static func reachesBehind(_ since: Timestamp, _ predictions: [Prediction]) -> Bool {
        let times = predictions.compactMap { $0.createdAt.map(Timestamp.init) }
        guard times.count == predictions.count, let oldest = times.last else { return false }
        return oldest < since && zip(times, times.dropFirst()).allSatisfy { $0 >= $1 }
    }

    /// The same as ``candidates(among:)`` for rows that cannot be read as predictions: one of them may be the very one that
    /// is looked for, and one without an input may answer any.
    package func candidates(amongUnreadable rows: [JSONValue]) -> [ReconcileCandidate] {
        rows.flatMap { row -> [ReconcileCandidate] in
            guard var members = row.objectValue else { return [] }
            members["status"] = "processing"
            guard let prediction = try? Prediction(json: .object(members)) else { return [] }
            if members["input"]?.objectValue != nil { return candidates(among: [prediction]) }
            return [ReconcileCandidate(prediction: prediction, requestDigest: nil)]
        }
    }

    /// The rows that may answer a lost create. One whose input was removed may answer any.
    package func candidates(among predictions: [Prediction]) -> [ReconcileCandidate] {
        predictions.compactMap { prediction in
            if prediction.dataRemoved { return ReconcileCandidate(prediction: prediction, requestDigest: nil) }
            let digest = RequestDigest.of(prediction.input)
            let isWanted = wanted.contains(digest)
            let resembled = isWanted ? [] : outlines.resembling(prediction.input)
            guard isWanted || !resembled.isEmpty else { return nil }
            return ReconcileCandidate(prediction: prediction, requestDigest: digest, resembled: resembled)
        }
    }
}
