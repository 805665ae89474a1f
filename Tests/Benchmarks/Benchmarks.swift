import Foundation

/// Prints what a run costs: `swift run -c release Benchmarks [--items 10000,100000] [--runs 3] [--modes sweep,wait,bare,creates]`,
/// `--rows 1000000` for the input set alone, `--check 1000000` for the cost of checking one, which ``SchemaCheck`` tells,
/// `--queries 1000000` for lists and filters of a store, as ``StoreQueries`` asks for them, or `--exports 1000000` and
/// `--archives 100000` for exports, as ``ExportSpeed`` tells.
///
/// The orchestrator and the embedded server are processes of their own, on the same machine: 200 ms predictions, 200 in
/// flight, every output a file of 10 KB, checkpoints durable as always. What `bare` costs, ``BareRequests`` says; what
/// `creates` costs, ``ClientCreates``; what rows cost, ``InputRows``.
///
/// On ext4, wait some minutes after anything has removed many files: ``BenchmarkScene/remove()`` says why.
///
/// `--nights simulated,watch,rate,kills [--seed 1]` prints what long and disturbed nights show instead, as a table:
/// ``SimulatedNights``, ``OvernightRun``, ``KilledRun``.
@main
struct Benchmarks {
    static func main() async {
        defer { BenchmarkScene.removeAll() }
        do {
            if let bare = BareRequests(arguments: CommandLine.arguments.dropFirst()) { return try await bare.run() }
            if let creates = ClientCreates(arguments: CommandLine.arguments.dropFirst()) {
                return try await creates.run()
            }
            if let rows = InputRows(arguments: CommandLine.arguments.dropFirst()) { return try rows.run() }
            if let check = SchemaCheck(arguments: CommandLine.arguments.dropFirst()) { return try check.run() }
            let options = try Options(CommandLine.arguments.dropFirst())
            if !options.nights.isEmpty { return try await runNights(options) }
            if let rows = options.checkedRows { return try SchemaCheck.measure(rows: rows, runs: options.runs) }
            if let items = options.queriedItems {
                return try await StoreQueries.measure(items: items, runs: options.runs)
            }
            if let items = options.exportedItems {
                return try await ExportSpeed.measureLists(items: items, runs: options.runs)
            }
            if let items = options.archivedItems {
                return try await ExportSpeed.measureArchives(items: items, runs: options.runs)
            }
            guard options.rows.isEmpty else {
                print("rows      stage    run  wall s   CPU s    rows/s  peak MB")
                for rows in options.rows { try InputRows.measure(rows: rows, runs: options.runs) }
                return
            }
            print("items     mode  run  wall s  ideal s  ratio  CPU ms/item  peak MB  exit")
            for items in options.items {
                for mode in options.modes {
                    for run in 1...options.runs {
                        let result = try FirstNight(items: items, mode: mode).measure()
                        print(result.line(run: run))
                    }
                }
            }
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            BenchmarkScene.removeAll()
            exit(1)
        }
    }
}

extension Benchmarks {
    private static func runNights(_ options: Options) async throws {
        print(NightTable.head)
        for night in options.nights {
            let rows =
                switch night {
                case .simulated: try await SimulatedNights(seed: options.seed).measure()
                case .watch: try await OvernightRun(mode: .watch).measure()
                case .rate: try await OvernightRun(mode: .rate).measure()
                case .kills: try await KilledRun(seed: options.seed).measure()
                }
            print(NightTable.lines(night.rawValue, seed: options.seed, rows))
        }
    }
}

private struct Options {
    enum Night: String, CaseIterable {
        case simulated, watch, rate, kills
    }

    var items = [10_000]
    /// Not empty: only the input set is measured.
    var rows: [Int] = []
    var runs = 3
    var modes = FirstNight.Mode.allCases
    /// Nights to measure instead of the plain runs.
    var nights: [Night] = []
    var seed: UInt64 = 1
    var checkedRows: Int?
    var queriedItems: Int?
    var exportedItems: Int?
    var archivedItems: Int?

    init(_ arguments: ArraySlice<String>) throws {
        var rest = arguments
        while let option = rest.popFirst() {
            let value = rest.popFirst() ?? ""
            let parts = value.split(separator: ",").map(String.init)
            switch option {
            case "--items": items = parts.compactMap { Int($0) }.filter { $0 > 0 }
            case "--rows": rows = parts.compactMap { Int($0) }.filter { $0 > 0 }
            case "--check": checkedRows = Int(value).flatMap { $0 > 0 ? $0 : nil }
            case "--queries": queriedItems = Int(value).flatMap { $0 > 0 ? $0 : nil }
            case "--exports": exportedItems = Int(value).flatMap { $0 > 0 ? $0 : nil }
            case "--archives": archivedItems = Int(value).flatMap { $0 > 0 ? $0 : nil }
            case "--runs": runs = Int(value) ?? 0
            case "--modes": modes = parts.compactMap(FirstNight.Mode.init)
            case "--nights": nights = parts.compactMap(Night.init)
            case "--seed": seed = UInt64(value) ?? 1
            default: throw BenchmarkError("unknown option \(option)")
            }
            guard !items.isEmpty, runs > 0, !modes.isEmpty, option != "--nights" || nights.count == parts.count else {
                throw BenchmarkError("\(option) is '\(value)', which means nothing")
            }
        }
    }
}
