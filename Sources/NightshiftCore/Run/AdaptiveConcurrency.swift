/// How many predictions may be in flight now: up to the manifest's bound, and fewer while the provider has no room.
///
/// It begins with a quarter of the bound and grows by one with each accepted create, so it doubles in the time that a
/// create takes; an answer that speaks of missing capacity halves it, and from there it grows by one in the time that a
/// prediction takes, and no faster than it could be halved again. A failure that tells nothing of capacity only holds the
/// growth back for a round.
package struct AdaptiveConcurrency: Hashable, Sendable {
    /// The most that is allowed.
    package private(set) var bound: Int
    private var size: Double
    /// Where fast growth ends: half of what was too much last.
    private var threshold = Double.infinity
    /// Whether all of it was used when something was sent last. What is not used is not known to be possible.
    private var isUsedUp = false
    /// Accepted creates that do not let it grow.
    private var heldBack = 0
    private var nextShrink = Timestamp.distantPast
    private var nextGrowth = Timestamp.distantPast

    private static let firstShare = 4
    private static let leastFirst = 8

    package init(bound: Int) {
        self.bound = bound
        size = Self.first(of: bound)
    }

    private static func first(of bound: Int) -> Double {
        Double(min(bound, max(leastFirst, bound / firstShare)))
    }

    package var allowed: Int { max(1, min(bound, Int(size))) }

    /// Sets another bound, from now on.
    package mutating func setBound(_ new: Int) {
        // A higher bound is somebody's word that there is room.
        if new > bound {
            threshold = .infinity
            size = max(size, Self.first(of: new))
        }
        bound = new
        size = min(size, Double(new))
    }

    /// All that could be sent was sent, and so many predictions are in flight.
    package mutating func used(inFlight: Int) {
        isUsedUp = inFlight >= allowed
    }

    /// A create was accepted. Many may be accepted at once, and some of those have ended already.
    /// - Parameter round: how long a prediction takes, as far as that is known.
    package mutating func accepted(at now: Timestamp, round: Duration) {
        guard heldBack == 0 else {
            heldBack -= 1
            return
        }
        guard isUsedUp, size < Double(bound) else { return }
        if size >= threshold {
            guard now >= nextGrowth else { return }
            nextGrowth = now.advanced(by: Self.atLeastASecond(round))
        }
        size = min(Double(bound), size + 1)
    }

    /// The provider had no room. Answers that come together are one piece of news.
    /// - Parameter round: how long a change takes to be felt.
    package mutating func hadNoRoom(at now: Timestamp, round: Duration) {
        guard now >= nextShrink else { return }
        nextShrink = now.advanced(by: Self.atLeastASecond(round))
        nextGrowth = nextShrink
        size = max(1, Double(allowed) / 2)
        threshold = size
    }

    private static func atLeastASecond(_ round: Duration) -> Duration { max(round, .seconds(1)) }

    /// A prediction failed for a reason of its own.
    package mutating func failed() {
        heldBack = allowed
    }
}
