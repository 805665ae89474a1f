import Foundation
import Nightshift
import NightshiftCore

/// What it costs to know every item before anything is sent: a CSV file of many rows, read and rendered in one process
/// of its own.
struct InputRows {
    enum Stage: String, CaseIterable {
        /// The rows are read and looked at; none is taken.
        case read
        /// Each row becomes an item: rendered, with its types, and known by the digest of its content.
        case render
    }

    var rows: Int
    var stage: Stage
    /// Where the file and its manifest are.
    var folder: String

    var arguments: [String] { ["input-rows", "\(rows)", stage.rawValue, folder] }

    init(rows: Int, stage: Stage, folder: String) {
        self.rows = rows
        self.stage = stage
        self.folder = folder
    }

    /// Reads what ``arguments`` wrote.
    init?(arguments: ArraySlice<String>) {
        let arguments = Array(arguments)
        guard arguments.count == 4, arguments[0] == "input-rows", let rows = Int(arguments[1]),
            let stage = Stage(rawValue: arguments[2])
        else { return nil }
        self.init(rows: rows, stage: stage, folder: arguments[3])
    }

    /// The child's part.
    func run() throws {
        let loaded = try ManifestLoader.load("\(folder)/\(stage.rawValue).yaml")
        var items = 0
        let summary = try InputSet(loaded).forEachItem { _ in items += 1 }
        guard summary.rows == rows, items == (stage == .render ? rows : 0) else {
            throw BenchmarkError("\(summary.rows) rows gave \(items) items: \(summary.problems)")
        }
    }

    /// Prints a line for each stage and run.
    static func measure(rows: Int, runs: Int) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("nightshift-benchmark-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try write(rows, in: folder)
        for stage in Stage.allCases {
            for run in 1...runs {
                let child = InputRows(rows: rows, stage: stage, folder: folder.path)
                let start = ContinuousClock.now
                let cost = try MeasuredProcess(
                    CommandLine.arguments[0], child.arguments, environment: ProcessInfo.processInfo.environment,
                    output: nil
                ).cost()
                let wall = (ContinuousClock.now - start) / .seconds(1)
                guard cost.status == 0 else { throw BenchmarkError("the child ended with \(cost.status)") }
                print(
                    String(
                        format: "%-9d %@ %4d %7.2f %7.2f %9.0f %8.1f", rows,
                        stage.rawValue.padding(toLength: 7, withPad: " ", startingAt: 0), run, wall, cost.processorTime,
                        Double(rows) / wall, Double(cost.peakMemory) / 1_048_576))
            }
        }
    }

    private static func write(_ rows: Int, in folder: URL) throws {
        let file = folder.appendingPathComponent("rows.csv")
        try Data("id,name,style,seed,width,guidance\n".utf8).write(to: file)
        let handle = try FileHandle(forWritingTo: file)
        try handle.seekToEnd()
        var text = ""
        for row in 0..<rows {
            text +=
                "\(row),\"Ada, the \(row % 977)th\",oil on canvas,\(row &* 7919 % 100_003),\(512 + row % 8 * 64),7.\(row % 10)\n"
            if text.utf8.count > 1 << 20 {
                try handle.write(contentsOf: Data(text.utf8))
                text = ""
            }
        }
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
        let manifest = """
            job: rows
            model: me/upper
            input:
              prompt: "a portrait of {{ name }}, {{ style }}"
              seed: "{{ seed | int }}"
              width: "{{ width | int }}"
              guidance: "{{ guidance | float }}"
            """
        for (stage, inputs) in [
            (Stage.read, "{ csv: rows.csv, where: { style: none } }"), (.render, "{ csv: rows.csv }"),
        ] {
            try Data("\(manifest)\ninputs: \(inputs)\n".utf8).write(
                to: folder.appendingPathComponent("\(stage.rawValue).yaml"))
        }
    }
}
