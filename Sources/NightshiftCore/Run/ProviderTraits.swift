/// What a run may rely on at its provider.
package struct ProviderTraits: Hashable, Sendable {
    /// Predictions can be read, listed and canceled by id.
    package var remembersPredictions: Bool
    /// What runs there goes on when this process dies.
    package var survivesRestart: Bool
    /// Sending the same create again, with the same id of our own, cannot cost twice.
    package var createIsIdempotent: Bool
    /// A create is answered by the finished prediction.
    package var answersWhenFinished: Bool

    package init(
        remembersPredictions: Bool, survivesRestart: Bool, createIsIdempotent: Bool, answersWhenFinished: Bool
    ) {
        self.remembersPredictions = remembersPredictions
        self.survivesRestart = survivesRestart
        self.createIsIdempotent = createIsIdempotent
        self.answersWhenFinished = answersWhenFinished
    }
}
