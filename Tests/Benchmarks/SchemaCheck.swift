import Foundation
import LosslessJSON
import Nightshift
import NightshiftCore
import ReplicateAPI

/// What it costs to know an input set: the rows of a CSV file become items, in the types that a model takes, with their
/// keys, and every value is checked against the model's schema. One thread, no store.
struct SchemaCheck {
    var rows: Int
    var folder: String

    var arguments: [String] { ["schema-check", "\(rows)", folder] }

    init(rows: Int, folder: String) {
        (self.rows, self.folder) = (rows, folder)
    }

    /// Reads what ``arguments`` wrote.
    init?(arguments: ArraySlice<String>) {
        let arguments = Array(arguments)
        guard arguments.count == 3, arguments[0] == "schema-check", let rows = Int(arguments[1]) else { return nil }
        self.init(rows: rows, folder: arguments[2])
    }

    /// A diffusion model as many are.
    private static let schema = ModelSchema(openAPI: [
        "components": [
            "schemas": [
                "Input": [
                    "type": "object", "required": ["prompt"],
                    "properties": [
                        "prompt": ["type": "string", "maxLength": 500, "x-order": 0],
                        "width": ["type": "integer", "minimum": 64, "maximum": 2048, "x-order": 1],
                        "scheduler": ["type": "string", "enum": ["DDIM", "K_EULER", "PNDM"], "x-order": 2],
                        "guidance": ["type": "number", "minimum": 1, "maximum": 50, "x-order": 3],
                        "tiled": ["type": "boolean", "x-order": 4],
                    ],
                ]
            ]
        ]
    ])

    /// Writes the manifest and the rows, of which one in a hundred thousand is wrong.
    func prepare() throws {
        try Data(
            """
            job: check
            model: owner/diffusion
            inputs: { csv: rows.csv }
            input:
              prompt: "{{ prompt }}"
              width: "{{ width }}"
              scheduler: "{{ scheduler }}"
              guidance: "{{ guidance }}"
              tiled: "{{ tiled }}"

            """.utf8
        ).write(to: URL(filePath: "\(folder)/job.yaml"))
        _ = FileManager.default.createFile(atPath: "\(folder)/rows.csv", contents: nil)
        let file = try FileHandle(forWritingTo: URL(filePath: "\(folder)/rows.csv"))
        var text = "prompt,width,scheduler,guidance,tiled\n"
        for row in 0..<rows {
            let width = row % 100_000 == 99_999 ? "wide" : "\(64 + row % 1985)"
            text +=
                "\"a lighthouse at dusk, painted by hand, number \(row)\",\(width),"
                + "\(["DDIM", "K_EULER", "PNDM"][row % 3]),\(1 + row % 49).5,\(row % 2 == 0)\n"
            if text.utf8.count > 1 << 20 {
                try file.write(contentsOf: Data(text.utf8))
                text = ""
            }
        }
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    /// Expands and checks the set in this process.
    func run() throws {
        let loaded = try ManifestLoader.load("\(folder)/job.yaml")
        var keys = 0
        let summary = try InputSet(loaded, check: InputSetCheck(schema: Self.schema)).forEachItem { item in
            keys &+= item.key.utf8.count
        }
        guard summary.rows == rows, summary.items + summary.problemCount == rows, keys > 0,
            summary.problemCount == rows / 100_000
        else { throw BenchmarkError("\(summary.items) items and \(summary.problemCount) problems of \(rows) rows") }
    }

    /// Runs it in a process of its own and prints what it cost.
    static func measure(rows: Int, runs: Int) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "nightshift-check-\(UUID().uuidString)")
            .path(percentEncoded: false)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let check = SchemaCheck(rows: rows, folder: folder)
        try check.prepare()
        print("rows      mode   run  wall s  rows/s of one core  peak MB")
        for run in 1...runs {
            let start = ContinuousClock.now
            let process = try MeasuredProcess(
                CommandLine.arguments[0], check.arguments, environment: ProcessInfo.processInfo.environment, output: nil
            )
            let cost = process.cost()
            guard cost.status == 0 else { throw BenchmarkError("the check ended with \(cost.status)") }
            let wall = start.duration(to: .now) / .seconds(1)
            print(
                String(
                    format: "%-9d check  %3d  %6.1f  %18d  %7d", rows, run, wall,
                    Int(Double(rows) / cost.processorTime), cost.peakMemory / 1_000_000))
        }
    }
}
