import Foundation
import LosslessJSON
import Nightshift
import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A run that is killed without warning again and again, against a server with faults, until it is done.
struct KilledRun {
    var items = 2_000
    var kills = 200
    var seed: UInt64

    static let faults = "lost-after=0.05,lost-before=0.02,5xx=0.02,429=0.02,429-time=300ms,truncate=0.05,interrupt=0.02"

    func measure() async throws -> [NightTable.Row] {
        var random = SplitMix(state: seed)
        let scene = try BenchmarkScene()
        defer { scene.remove() }
        let log = scene.path("accepted.jsonl")
        let server = try scene.startServer(["--log", log, "--faults", Self.faults])
        defer { server.process.stop() }
        try scene.writeJob(
            """
            model: nightshift/sleeper
            inputs: { range: [1, \(items)] }
            input: { seconds: 0.4, bytes: 5000, text: "item {{ value }}" }
            key: "{{ value }}"
            outputs: { directory: out, name: "{{ value }}" }
            concurrency: 24
            rate: unlimited
            retry: { attempts: 10, backoff: { initial: 100ms } }
            """)
        let start = ContinuousClock.now
        var killed = 0
        var status: Int32 = -1
        while status != 0 {
            let run = try scene.startRun(["--quiet"], base: server.base, output: scene.path("run.log"))
            if killed < kills {
                // Starting takes a tenth of a second; the longest sessions do the work that the shortest cannot.
                usleep(UInt32(random.next() % 700_000) + 50_000)
                if kill(run.identifier, SIGKILL) == 0 { killed += 1 }
            }
            status = run.cost().status
            guard status == 0 || status == SIGKILL || status >> 8 == 1 else {
                throw BenchmarkError("a session ended with \(status): \(scene.text("run.log"))")
            }
            if status >> 8 == 1 { break }
        }
        let wall = start.duration(to: .now) / .seconds(1)
        let accepted = try scene.text("accepted.jsonl").split(separator: "\n").map {
            try JSONValue(parsing: String($0))
        }
        let interrupted = try await server.interrupted(among: accepted.compactMap { $0["id"]?.stringValue })
        let paid = accepted.filter { !interrupted.contains($0["id"]?.stringValue ?? "") }
        let byInput = Dictionary(grouping: paid) { $0["input_digest"]?.stringValue ?? "" }
        let twice = byInput.values.count { $0.count > 1 }
        let whole = (1...items).count { number in
            let path = scene.path("out/\(number).bin")
            return (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) == 5000
        }
        var held = 0
        for try await _ in try Engine().job(at: scene.path("job.yaml")).items(in: [.held]) { held += 1 }
        return [
            NightTable.Row(
                measured:
                    "items, with \(interrupted.count) interrupted by the platform and \(accepted.count) creates accepted",
                figure: "\(items)"),
            NightTable.Row(measured: "kill -9 at random moments", figure: "\(killed)", goal: "200"),
            NightTable.Row(measured: "paid twice", figure: "\(twice)", goal: "0"),
            NightTable.Row(measured: "lost", figure: "\(items - whole - held)", goal: "0"),
            NightTable.Row(measured: "held, and listed by status", figure: "\(held)"),
            NightTable.Row(measured: "time", figure: String(format: "%.0f s", wall)),
        ]
    }
}

/// SplitMix64: the same kills for the same seed.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
