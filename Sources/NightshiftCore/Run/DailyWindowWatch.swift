/// The manifest's window, as it was looked at last.
struct DailyWindowWatch: Hashable, Sendable {
    let window: DailyWindow?
    private(set) var isOpen = true
    /// When it opens or closes next, by the session's clock; `nil` before the first look, or without a window.
    private(set) var nextChange: Timestamp?
    /// How much the wall clock was set since the session began.
    private var wallShift = Duration.zero

    init(_ window: DailyWindow?) {
        self.window = window
    }

    /// - Returns: when it changes next, by the wall clock, if it has just opened or closed.
    mutating func look(at now: Timestamp) -> Timestamp? {
        guard let window else { return nil }
        if let change = nextChange, now < change { return nil }
        let wasOpen = isOpen
        // The hours of the day are those of the wall.
        let wall = now.advanced(by: wallShift)
        isOpen = window.isOpen(at: wall)
        let change = window.nextChange(after: wall)
        nextChange = change.advanced(by: .zero - wallShift)
        return wasOpen == isOpen ? nil : change
    }

    /// The wall clock was set.
    mutating func clockSet(by shift: Duration) {
        wallShift += shift
        nextChange = nil
    }
}
