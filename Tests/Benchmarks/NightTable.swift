import Foundation
import NightSimulator

/// What long and disturbed nights have shown, as a table: `| night | measured | figure | to reach |`.
struct NightTable {
    struct Row {
        var measured: String
        var figure: String
        /// What the project wants to reach; empty for what is only told.
        var goal = ""
    }

    static let head = "| night | measured | figure | to reach |\n| --- | --- | --- | --- |"

    static func lines(_ night: String, seed: UInt64, _ rows: [Row]) -> String {
        rows.enumerated().map { index, row in
            "| \(index == 0 ? "\(night), seed \(seed)" : "") | \(row.measured) | \(row.figure) | \(row.goal) |"
        }.joined(separator: "\n")
    }
}

/// A thousand nights in virtual time: the engine, its store and its downloads, with every fault of the contract.
struct SimulatedNights {
    var seed: UInt64
    var count: UInt64 = 1_000

    func measure() async throws -> [NightTable.Row] {
        let start = ContinuousClock.now
        let workers = UInt64(max(1, ProcessInfo.processInfo.activeProcessorCount))
        let (figures, broken) = try await withThrowingTaskGroup(of: (NightFigures, Int).self) { group in
            for worker in 0..<workers {
                group.addTask {
                    var sum = (NightFigures(), 0)
                    for seed in stride(from: seed + worker, to: seed + count, by: Int(workers)) {
                        let result = try await Night(seed: seed).play(tells: false)
                        sum = (sum.0 + result.figures, sum.1 + (result.violations.isEmpty ? 0 : 1))
                    }
                    return sum
                }
            }
            return try await group.reduce(into: (NightFigures(), 0)) { $0 = ($0.0 + $1.0, $0.1 + $1.1) }
        }
        let wall = start.duration(to: .now) / .seconds(1)
        return [
            NightTable.Row(
                measured: "nights, with \(figures.crashes) crashes and \(figures.faults) faults", figure: "\(count)"),
            NightTable.Row(measured: "nights that break a rule", figure: "\(broken)", goal: "0"),
            NightTable.Row(measured: "time", figure: String(format: "%.0f s", wall), goal: "120 s"),
        ]
    }
}
