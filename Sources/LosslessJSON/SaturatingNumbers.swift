extension FixedWidthInteger {
    /// The nearest integer that this type can hold, towards zero; 0 for what is no number.
    ///
    /// `Int(_:)` of a value that is infinite, not a number or too large ends the process, and such values come in answers,
    /// headers, files and arguments.
    package init(saturating value: Double) {
        if let exact = Self(exactly: value.rounded(.towardZero)) {
            self = exact
        } else if value.isNaN {
            self = 0
        } else {
            self = value < 0 ? .min : .max
        }
    }

    /// The sum, or the end of the range that it goes beyond.
    package func addingSaturated(_ other: Self) -> Self {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other < 0 ? .min : .max) : sum
    }

    /// The difference, or the end of the range that it goes beyond.
    package func subtractingSaturated(_ other: Self) -> Self {
        let (difference, overflows) = subtractingReportingOverflow(other)
        return overflows ? (other < 0 ? .max : .min) : difference
    }

    /// The product, or the end of the range that it goes beyond.
    package func multipliedSaturated(by other: Self) -> Self {
        let (product, overflows) = multipliedReportingOverflow(by: other)
        return overflows ? ((self < 0) == (other < 0) ? .max : .min) : product
    }
}

extension Duration {
    /// What no wait, time-out or measured time reaches: some 31 years. Longer ones count as so long, because the system's
    /// clocks and the libraries' arithmetic end the process somewhere beyond.
    package static let longestUseful = Duration.seconds(1_000_000_000)

    /// The duration within two bounds.
    package func clamped(to shortest: Duration, _ longest: Duration) -> Duration {
        min(max(self, shortest), longest)
    }

    /// The duration, or ``longestUseful`` in its direction if it is longer.
    package var bounded: Duration { clamped(to: .zero - .longestUseful, .longestUseful) }

    /// A duration of so many seconds, within ``longestUseful``; zero for what is no number.
    package init(saturatingSeconds seconds: Double) {
        let bounded = seconds.isNaN ? 0 : min(max(seconds, -1e9), 1e9)
        self = .seconds(bounded)
    }
}
