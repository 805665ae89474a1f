/// How far a run has come, by the last progress bar in its logs: lines such as `45%|████▌     | 9/20 [00:02<00:03]`,
/// which Python programs print.
public struct PredictionProgress: Hashable, Sendable {
    /// The part that is done, from 0 to 1.
    public var fraction: Double
    /// How many steps are done.
    public var current: Int
    /// How many steps there are.
    public var total: Int

    /// Makes the value.
    public init(fraction: Double, current: Int, total: Int) {
        self.fraction = fraction
        self.current = current
        self.total = total
    }

    /// Reads the last progress bar of the logs; `nil` if there is none.
    public init?(logs: String) {
        // A bar is redrawn over itself, so its states are separated by carriage returns.
        for line in logs.split(whereSeparator: \.isNewline).reversed() {
            if let progress = Self.read(line) {
                self = progress
                return
            }
        }
        return nil
    }

    private static func read(_ line: Substring) -> PredictionProgress? {
        guard let percent = line.firstIndex(of: "%") else { return nil }
        let digits = line[..<percent].reversed().prefix { $0.isASCII && $0.isNumber }
        guard let percentage = Int(String(digits.reversed())) else { return nil }
        let rest = line[line.index(after: percent)...].drop { $0 == " " }
        guard rest.first == "|", let end = rest.dropFirst().firstIndex(of: "|") else { return nil }
        let counts = rest[rest.index(after: end)...].drop { $0 == " " }
        let parts = counts.split(separator: "/", maxSplits: 1)
        guard parts.count == 2, let current = Int(parts[0]),
            let total = Int(parts[1].prefix { $0.isASCII && $0.isNumber })
        else { return nil }
        return PredictionProgress(
            fraction: min(Double(percentage) / 100, 1), current: current, total: total)
    }
}

extension Prediction {
    /// How far the run has come by the last progress bar in ``logs``; `nil` if it prints none.
    public var progress: PredictionProgress? { logs.flatMap(PredictionProgress.init(logs:)) }
}
