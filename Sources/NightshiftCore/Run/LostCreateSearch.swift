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
