/// Stops a run whose first items all fail in the same way: the manifest or the model is wrong, and what follows would fail
/// as well. The first success shows that it is not so, and ends the watch.
package struct FailureBreaker: Hashable, Sendable {
    /// How many equal failures it takes; `nil` never stops a run.
    private let limit: Int?
    private var signature: String?
    private var count = 0
    private var isWatching = true

    package init(limit: Int?) {
        self.limit = limit
    }

    package mutating func succeeded() {
        isWatching = false
    }

    /// An item has failed for good.
    /// - Returns: whether it was the last of too many.
    package mutating func failed(_ failure: AttemptFailure) -> Bool {
        guard isWatching, let limit else { return false }
        let signature = "\(failure.failureClass.rawValue) \(Self.withoutNumbers(failure.message))"
        if self.signature == nil { self.signature = signature }
        guard self.signature == signature else {
            isWatching = false
            return false
        }
        count += 1
        return count == limit
    }

    /// A message tells numbers of its own: times, sizes, the ids of requests.
    private static func withoutNumbers(_ message: String) -> String {
        var text = ""
        var wasNumber = false
        for character in message {
            let isNumber = character.isNumber
            if !isNumber { text.append(character) } else if !wasNumber { text.append("#") }
            wasNumber = isNumber
        }
        return text
    }
}
