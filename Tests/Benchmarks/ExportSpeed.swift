import Foundation
import GRDB
import LosslessJSON
import Nightshift
import NightshiftCore

/// What exports cost: `--exports 1000000` as lists of so many items, `--archives 100000` as archives of so many small pictures, against
/// the system's `tar` of the same files. `nightshift export` is a process of its own; nothing else should work on the machine.
///
/// The goals: a million items as jsonl and csv in 60 s and 100 MB; archives at 80 % of the speed of `tar`.
struct ExportSpeed {
    private let folder: URL
    private let executable: String
    private static let pictureSize = 12_000

    static func measureLists(items: Int, runs: Int) async throws {
        let speed = try await ExportSpeed(items: items, hasPictures: false)
        defer { speed.remove() }
        print("items     formats    run  wall s   CPU s  peak MB")
        for formats in ["jsonl", "csv", "jsonl,csv"] {
            for run in 1...runs {
                let (wall, cost) = try speed.export(formats, to: "export-\(formats)-\(run)")
                print(line("\(items)", formats, run, wall, cost))
            }
        }
    }

    static func measureArchives(items: Int, runs: Int) async throws {
        let speed = try await ExportSpeed(items: items, hasPictures: true)
        defer { speed.remove() }
        print("pictures  program    run  wall s   CPU s  peak MB")
        var walls: [String: [Double]] = [:]
        for run in 1...runs {
            // Each of them reads files that the other has read before.
            let tar = try speed.time(
                "/usr/bin/env", ["tar", "-cf", speed.path("pictures-\(run).tar"), "-C", speed.path("out"), "."])
            sync()
            let export = try speed.export("webdataset", to: "archives-\(run)")
            for (program, (wall, cost)) in [("tar", tar), ("export", export)] {
                walls[program, default: []].append(wall)
                print(line("\(items)", program, run, wall, cost))
            }
            try? FileManager.default.removeItem(atPath: speed.path("pictures-\(run).tar"))
            try? FileManager.default.removeItem(atPath: speed.path("archives-\(run)"))
        }
        let best = walls.mapValues { $0.min() ?? 0 }
        let share = (best["tar"] ?? 0) / max(best["export"] ?? 1, 0.001)
        print("the best of each: export has \(String(format: "%.0f", share * 100)) % of the speed of tar")
    }

    private static func line(
        _ items: String, _ what: String, _ run: Int, _ wall: Double, _ cost: MeasuredProcess.Cost
    ) -> String {
        items.padding(toLength: 10, withPad: " ", startingAt: 0)
            + what.padding(toLength: 11, withPad: " ", startingAt: 0)
            + String(
                format: "%3d %7.1f %7.1f %8.0f", run, wall, cost.processorTime, Double(cost.peakMemory) / 1_000_000)
    }

    // MARK: - The job

    /// A job whose items all have ended, without having run.
    private init(items: Int, hasPictures: Bool) async throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("nightshift-benchmark-\(UUID())")
        executable =
            URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("nightshift").path
        let state = folder.appendingPathComponent(".nightshift/many")
        for directory in [state, folder.appendingPathComponent("out")] {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        }
        try Data(
            """
            job: many
            model: me/many
            inputs: { csv: rows.csv }
            input: { prompt: "{{ prompt }}" }
            outputs: { directory: out }
            """.utf8
        ).write(to: folder.appendingPathComponent("many.yaml"))
        let path = state.appendingPathComponent("checkpoints.sqlite").path
        let now = Timestamp(milliseconds: 1_700_000_000_000)
        let store = try Store(path: path)
        let opened = try await store.openRun(job: "many", fresh: false, at: now)
        let first = Item(
            position: 0, key: "k0", digest: "d0", input: ["prompt": "a lighthouse"], name: "item-0000000",
            origin: .line(file: "rows.csv", line: 2), row: ["prompt": "a lighthouse", "style": "dawn", "seed": 0])
        _ = try await store.synchronize(opened, with: [first], at: now)
        try await Self.fill(path, items: items)
        if hasPictures { try writePictures(items) }
    }

    private static func fill(_ path: String, items: Int) async throws {
        let queue = try DatabaseQueue(path: path)
        try await queue.write { database in
            try database.execute(
                sql: """
                    WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
                    INSERT INTO item (
                        run_id, key, generation, position, digest, name, name_folded, origin, row, input, state, attempt,
                        intent_at, prediction_id, result, finished_at, fetching_at, wait_time, run_time, predict_time,
                        spent_predictions, spent_time)
                    SELECT 1, printf('sha256-%032x', n), 1, n, printf('%064x', n), printf('item-%07d', n),
                        printf('item-%07d', n), 'rows.csv:' || (n + 2),
                        json_object('prompt', 'a lighthouse in a storm, number ' || n,
                            'style', CASE n % 3 WHEN 0 THEN 'dawn' WHEN 1 THEN 'dusk' ELSE 'night' END, 'seed', n % 7),
                        json_object('prompt', 'a lighthouse in a storm, number ' || n, 'width', 1024, 'height', 1024),
                        'succeeded', 1, 1700000000000 + n, printf('p%020d', n),
                        json_object('metrics', json_object('predict_time', 1.5),
                            'output', 'https://replicate.delivery/xyz/' || n || '/out.png', 'model', 'me/many'),
                        1700000000000 + n + (n * 7919) % 60000, 1700000000000 + n + (n * 7919) % 50000,
                        (n * 31) % 100 / 10.0, (n * 17) % 100 / 10.0, 1.5, 1, 1.5
                    FROM number
                    """, arguments: [items])
        }
        try queue.close()
    }

    private func writePictures(_ count: Int) throws {
        // A picture by its first bytes, which tell its size.
        var picture: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]
        picture += Array("IHDR".utf8) + [0, 0, 0, 96, 0, 0, 0, 64, 8, 2, 0, 0, 0]
        picture += (picture.count..<Self.pictureSize).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for number in 1...count {
            let name = String(format: "item-%07d.png", number)
            try Data(picture).write(to: folder.appendingPathComponent("out/\(name)"))
        }
        let queue = try DatabaseQueue(path: folder.appendingPathComponent(".nightshift/many/checkpoints.sqlite").path)
        try queue.write { database in
            try database.execute(
                sql: """
                    INSERT INTO output (item_id, place, path, path_folded, size, sha256, media_type)
                    SELECT id, 0, name || '.png', name_folded || '.png', ?, ?, 'image/png' FROM item WHERE position > 0
                    """, arguments: [Self.pictureSize, ContentDigest.sha256(picture)])
        }
        try queue.close()
    }

    // MARK: - Measuring

    private func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    private func export(_ formats: String, to directory: String) throws -> (Double, MeasuredProcess.Cost) {
        try time(executable, ["export", path("many.yaml"), "--format", formats, "--to", path(directory)])
    }

    private func time(_ program: String, _ arguments: [String]) throws -> (Double, MeasuredProcess.Cost) {
        let start = ContinuousClock.now
        let process = try MeasuredProcess(
            program, arguments, environment: ProcessInfo.processInfo.environment, output: path("log"))
        let cost = process.cost()
        guard cost.status == 0 else {
            let log = (try? String(contentsOfFile: path("log"), encoding: .utf8)) ?? ""
            throw BenchmarkError("\(program) failed: \(log)")
        }
        return (start.duration(to: .now) / .seconds(1), cost)
    }

    private func remove() { try? FileManager.default.removeItem(at: folder) }
}
