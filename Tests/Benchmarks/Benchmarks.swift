import Foundation

/// Prints what a run costs: `swift run -c release Benchmarks [--items 10000,100000] [--runs 3] [--wait]`.
///
/// The orchestrator and the embedded server are processes of their own, on the same machine: 200 ms predictions, 200 in
/// flight, every output a file of 10 KB, checkpoints durable as always.
@main
struct Benchmarks {
    static func main() {
        do {
            let options = try Options(CommandLine.arguments.dropFirst())
            print("items     mode  run  wall s  ideal s  ratio  CPU ms/item  peak MB  exit")
            for items in options.items {
                for wait in options.modes {
                    for run in 1...options.runs {
                        let result = try FirstNight(items: items, waits: wait).measure()
                        print(result.line(run: run))
                    }
                }
            }
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            exit(1)
        }
    }
}

private struct Options {
    var items = [10_000]
    var runs = 3
    /// Whether creates wait for their results, or the list is swept.
    var modes = [false, true]

    init(_ arguments: ArraySlice<String>) throws {
        var rest = arguments
        while let argument = rest.popFirst() {
            switch argument {
            case "--items":
                items = (rest.popFirst() ?? "").split(separator: ",").compactMap { Int($0) }
            case "--runs": runs = rest.popFirst().flatMap { Int($0) } ?? runs
            case "--wait": modes = [true]
            case "--sweep": modes = [false]
            default: throw BenchmarkError("unknown option \(argument)")
            }
        }
    }
}
