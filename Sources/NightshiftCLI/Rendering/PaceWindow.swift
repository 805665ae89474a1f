/// Where the speed of a run is measured from: some minutes ago, of the time in which it might work. The beginning of a night says
/// little of its end, and a single slow item nothing.
struct PaceWindow: Hashable, Sendable {
    struct Mark: Hashable, Sendable {
        /// Seconds of the session in which the run might work, and items that had ended by then.
        var elapsed = 0.0
        var ended = 0
    }

    private var marks = [Mark()]

    private static let length = 600.0
    private static let timeBetween = 10.0

    /// The latest mark that is as long ago as the window is long; else the session's beginning.
    var start: Mark { marks[0] }

    /// - Parameters:
    ///   - elapsed: seconds in which the run might work.
    ///   - ended: items that ended in that time.
    mutating func note(elapsed: Double, ended: Int) {
        guard let last = marks.last, elapsed - last.elapsed >= Self.timeBetween else { return }
        marks.append(Mark(elapsed: elapsed, ended: ended))
        while marks.count > 1, marks[1].elapsed <= elapsed - Self.length { marks.removeFirst() }
    }
}
