package import LosslessJSON
package import ReplicateAPI

/// What the account's list is searched for: creates whose answer was lost.
package struct LostCreateSearch: Hashable, Sendable {
    package let wanted: Set<String>
    private let fingerprints: InputFingerprints

    /// - Parameters:
    ///   - wanted: the digests of the lost requests.
    ///   - fingerprints: the same requests, apart from what the list may show in another form.
    ///   - inputs: what is known of the steps' models.
    package init(wanted: Set<String>, fingerprints: Set<InputFingerprint>, inputs: [KnownInputs] = []) {
        self.wanted = wanted
        self.fingerprints = InputFingerprints(fingerprints, wanted: wanted, inputs: inputs)
    }

    /// The same as ``candidates(among:)`` for rows that cannot be read as predictions: one of them may be the very one that
    /// is looked for, and one without an input may answer any.
    package func candidates(amongUnreadable rows: [JSONValue]) -> [ReconcileCandidate] {
        rows.flatMap { row -> [ReconcileCandidate] in
            guard var members = row.objectValue else { return [] }
            members["status"] = "processing"
            guard let prediction = try? Prediction(json: .object(members)) else { return [] }
            return candidates(among: [prediction])
        }
    }

    /// The rows that may answer a lost create. One that shows no input may answer any.
    package func candidates(among predictions: [Prediction]) -> [ReconcileCandidate] {
        predictions.compactMap { prediction in
            let shows = prediction.input.objectValue?.isEmpty == false || wanted.contains(Self.nothing)
            guard shows, !prediction.dataRemoved else {
                return ReconcileCandidate(prediction: prediction, isBare: !prediction.dataRemoved)
            }
            let likeness = fingerprints.likeness(of: prediction.input)
            return likeness.isNone ? nil : ReconcileCandidate(prediction: prediction, likeness: likeness)
        }
    }

    /// The digest of a request without inputs.
    private static let nothing = RequestDigest.of([:])
}

/// A prediction found in the account's list that may answer a lost create.
package struct ReconcileCandidate: Hashable, Sendable {
    package var prediction: Prediction
    /// What its input may be; `nil` if it shows none.
    package var likeness: RequestLikeness?
    /// Its input was not shown, and a single read may show it.
    package var isBare = false

    package init(prediction: Prediction, likeness: RequestLikeness? = nil, isBare: Bool = false) {
        self.prediction = prediction
        self.likeness = likeness
        self.isBare = isBare
        // What is needed of a prediction that is found is read when it is adopted; a scan may have many of them.
        if isBare { self.prediction.output = nil }
    }

    /// - Parameter requestDigest: of the input that it shows; `nil` if its data were removed.
    package init(prediction: Prediction, requestDigest: String?) {
        self.init(prediction: prediction, likeness: requestDigest.map { RequestLikeness(digests: [$0]) })
    }

    func equals(_ requestDigest: String) -> Bool { likeness?.digests.contains(requestDigest) == true }

    func resembles(_ fingerprint: InputFingerprint?) -> Bool {
        fingerprint.map { likeness?.resembled.contains($0) == true } ?? false
    }

    /// Whether it can be nothing else than what it shows, which is another request.
    func mayBe(_ fingerprint: InputFingerprint?) -> Bool {
        guard let likeness else { return true }
        return fingerprint.map { likeness.related.contains($0) || likeness.resembled.contains($0) } ?? false
    }
}
