/// Measures how fast items end over the time in which a run may work.
///
/// A pause of hours says nothing of the speed, and what ends during one was begun before it.
package struct PaceMeter: Hashable, Sendable {
    /// Milliseconds in which something might be created.
    package private(set) var activeTime: Int64 = 0
    /// Items that ended in that time.
    package private(set) var ended = 0
    /// Whether nothing may be created now.
    package private(set) var isHalted = false
    private var total: Int
    private var notedAt: Timestamp

    /// - Parameter total: how many items had ended before.
    package init(endedBefore total: Int, at now: Timestamp) {
        self.total = total
        notedAt = now
    }

    /// Takes how many items have ended by now, and whether anything may be created from now on.
    package mutating func note(ended newTotal: Int, isHalted: Bool, at now: Timestamp) {
        if !self.isHalted {
            activeTime += max(0, now.milliseconds - notedAt.milliseconds)
            // Items that are tried again are taken back.
            ended = max(0, ended + newTotal - total)
        }
        total = newTotal
        notedAt = max(notedAt, now)
        self.isHalted = isHalted
    }
}
