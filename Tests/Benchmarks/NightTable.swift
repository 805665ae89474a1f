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
        let (figures, broken) = try await NightSeries(seed: seed, count: count).play { Night(seed: $0) }
        let wall = start.duration(to: .now) / .seconds(1)
        return [
            NightTable.Row(
                measured: "nights, with \(figures.crashes) crashes and \(figures.faults) faults", figure: "\(count)"),
            NightTable.Row(measured: "nights that break a rule", figure: "\(broken.count)", goal: "0"),
            NightTable.Row(measured: "time", figure: String(format: "%.0f s", wall), goal: "120 s"),
        ]
    }
}
