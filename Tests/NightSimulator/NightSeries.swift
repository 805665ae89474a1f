import Foundation

/// Many nights, one after the other on each processor.
package struct NightSeries: Sendable {
    package var seeds: Range<UInt64>

    package init(seed: UInt64, count: UInt64) {
        seeds = seed..<(seed + count)
    }

    /// - Parameters:
    ///   - night: the night of a seed.
    ///   - tells: whether each night is told, whether it breaks a rule or not.
    /// - Returns: the figures of all nights, and those that broke a rule by their seeds.
    package func play(
        tells: Bool = false, night: @escaping @Sendable (UInt64) -> Night
    ) async throws -> (figures: NightFigures, broken: [NightResult]) {
        let workers = Int(max(1, ProcessInfo.processInfo.activeProcessorCount))
        let (figures, broken) = try await withThrowingTaskGroup(of: (NightFigures, [NightResult]).self) { group in
            for worker in 0..<workers {
                group.addTask {
                    var sum = (NightFigures(), [NightResult]())
                    for seed in stride(from: seeds.lowerBound + UInt64(worker), to: seeds.upperBound, by: workers) {
                        let result = try await night(seed).play(tells: tells)
                        sum.0 = sum.0 + result.figures
                        if tells { print(result.report) }
                        if !result.violations.isEmpty { sum.1.append(result) }
                    }
                    return sum
                }
            }
            return try await group.reduce(into: (NightFigures(), [NightResult]())) { $0 = ($0.0 + $1.0, $0.1 + $1.1) }
        }
        return (figures, broken.sorted { $0.night.seed < $1.night.seed })
    }
}
