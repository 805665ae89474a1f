import LosslessJSON
package import ReplicateAPI

/// Whether a prediction may become an item's because a person says so.
package enum AdoptionRule {
    /// - Parameters:
    ///   - item: outside the window; where it stands is told by `state`.
    ///   - requestDigest: of what the item's last create sent.
    ///   - holders: the keys of the items that have or had the prediction.
    ///   - gaveEarlierResult: whether it gave a result that was to be made again.
    package static func judge(
        _ prediction: Prediction, for item: LoadedItem, in state: ItemState, requestDigest: String?,
        holders: Set<String>, gaveEarlierResult: Bool = false
    ) throws(ControlError) -> Adoption {
        guard [.failed, .canceled, .held].contains(state) else {
            throw ControlError(
                "item '\(item.key)' is \(state.rawValue); only held, failed and canceled items can adopt")
        }
        if let other = holders.subtracting([item.key]).sorted().first {
            throw ControlError("prediction \(prediction.id) belongs to item '\(other)' already")
        }
        guard !gaveEarlierResult else {
            throw ControlError(
                "prediction \(prediction.id) gave the result that item '\(item.key)' had before; it is kept already")
        }
        switch prediction.status {
        case .failed, .canceled, .aborted:
            throw ControlError(
                "prediction \(prediction.id) has ended as \(prediction.status.rawValue) and has nothing to give; "
                    + "retry the item instead")
        case .succeeded where prediction.dataRemoved || prediction.output == nil:
            throw ControlError(
                "the provider has removed the output of prediction \(prediction.id); retry the item instead")
        case .succeeded, .starting, .processing, .other: break
        }
        if !prediction.dataRemoved, !isInput(prediction.input, of: item, requestDigest: requestDigest) {
            throw ControlError("the input of prediction \(prediction.id) is not that of item '\(item.key)'")
        }
        return Adoption(item: item, state: state, prediction: prediction, isCounted: holders.contains(item.key))
    }

    private static func isInput(_ input: JSONValue, of item: LoadedItem, requestDigest: String?) -> Bool {
        let digest = RequestDigest.of(input)
        if digest == requestDigest { return true }
        if digest == RequestDigest.of(item.input) { return true }
        // The provider shows files as addresses of its own; the rest of the input decides.
        let fingerprint = InputFingerprint(input: item.input, files: item.files)
        return InputFingerprints([fingerprint]).likeness(of: input).resembled.contains(fingerprint)
    }
}
