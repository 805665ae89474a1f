import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Testing

/// Numbers of any size in manifests, stores and answers: an error or the nearest value, and never the end of the process.
@Suite(.timeLimit(.minutes(1)))
struct OddNumberTests {
    private static let numbers = [
        "0", "-1", "1e300", "-1e300", "1e400", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
        "99999999999999999999999999", "0.0000000000000000000000001", ".inf", "-.inf", ".nan", "NaN",
        "0x7fffffffffffffff",
        "0xffffffffffffffffffff", "1_000", "1.58E+18", "1e-400", "''",
    ]

    private static let durations = [
        "99999999999d", "999999999h999999999m", "999999999h", "9999999999s", "1e9s", "-5s", "NaNs",
    ]

    private static let keys: [@Sendable (String) -> String] = [
        { "concurrency: \($0)" }, { "rate: \($0)/min" }, { "rate: \($0)" }, { "retry: { attempts: \($0) }" },
        { "retry: { backoff: { initial: 1s, factor: \($0), max: 5m } }" }, { "retry: { backoff: { initial: \($0) } }" },
        { "retry: { on: { nsfw: \($0) } }" }, { "timeout: { start: \($0), run: \($0) }" }, { "wait: \($0)" },
        { "budget: { predictions: \($0), failures: \($0), same_failures: \($0), cost: \($0) }" },
        { "budget: { failures: \($0)% }" }, { "budget: { predict_time: \($0), wall_time: \($0) }" },
        { "price: { per_second: \($0), per_prediction: \($0) }" }, { "window: { from: \($0), to: \($0) }" },
        { "webhook: { listen: 127.0.0.1:\($0), url: https://example.com:\($0)/x }" },
        { "provider: { cog: { servers: [http://gpu:\($0)] } }" },
        { "matrix: { seed: { range: [\($0), \($0), \($0)] } }" },
        { "matrix: { seed: { range: [1, \($0)] } }" }, { "matrix: { seed: { range: [\($0), 1, 0.1] } }" },
    ]

    private static let inputs: [@Sendable (String) -> String] = [
        { "{ range: [1, \($0)] }" }, { "{ range: [\($0), \($0)] }" }, { "{ range: [0, 1, \($0)] }" },
        { "{ list: [a], limit: \($0), offset: \($0) }" }, { "{ list: [a], sample: \($0), seed: \($0) }" },
        { "{ list: [a], sample: \($0)% }" }, { "{ list: [a], shuffle: \($0) }" },
    ]

    private static let templates: [@Sendable (String) -> String] = [
        { "{{ value[\($0)] }}" }, { "{{ random(\($0), \($0)) }}" }, { "{{ random(0, \($0)) }}" },
        { "{{ value | pad(\($0)) }}" }, { "{{ value | hash(\($0)) }}" },
    ]

    @Test func anyNumberInAManifestIsReadOrRefused() {
        var accepted = 0
        for number in Self.numbers + Self.durations {
            let texts =
                Self.keys.map { "inputs: { list: [a] }\ninput: {}\n\($0(number))\n" }
                + Self.inputs.map { "inputs: \($0(number))\ninput: { x: \"{{ value }}\" }\n" }
                + Self.templates.map { "inputs: { list: [a] }\ninput: { x: \"\($0(number))\" }\n" }
            for text in texts {
                let whole = "job: x\nmodel: a/b\n" + text
                if let manifest = try? ManifestDecoder.decode(Array(whole.utf8), file: "x.yaml") {
                    accepted += 1
                    _ = manifest.matrix.combinationCount
                    _ = manifest.budget.failures?.limit(ofItems: .max)
                }
            }
        }
        // Some of them are fine, so the rest of the text is.
        #expect(accepted > 10)
    }

    @Test(arguments: [
        Timestamp(milliseconds: .max), Timestamp(milliseconds: .min), .distantFuture, .distantPast,
        Timestamp(milliseconds: 1_700_000_000_000),
    ])
    func timesEndWhereTheirNumbersDo(time: Timestamp) {
        for duration in [
            Duration.seconds(Int64.max), .zero - .seconds(Int64.max), .milliseconds(Int64.max), .seconds(1e17), .zero,
        ] {
            let later = time.advanced(by: duration)
            #expect(duration >= .zero ? later >= time : later <= time)
            _ = later.duration(to: time)
            _ = time.duration(to: later).milliseconds
            _ = later.date
        }
        for other in [Timestamp(milliseconds: .max), Timestamp(milliseconds: .min)] {
            _ = time.duration(to: other).milliseconds
            _ = DurationText.format(time.duration(to: other))
        }
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity, 1e300, -1e300])
    func datesOfAnyKindAreTimes(seconds: Double) {
        let time = Timestamp(Date(timeIntervalSince1970: seconds))
        #expect(time >= Timestamp(milliseconds: .min) && time <= Timestamp(milliseconds: .max))
    }

    @Test func durationsAreCountedAndRoundedUp() {
        #expect(Duration.nanoseconds(1).milliseconds == 1)
        #expect(Duration.milliseconds(1500).milliseconds == 1500)
        #expect((Duration.zero - .milliseconds(1500)).milliseconds == -1500)
        #expect(Duration.seconds(Int64.max).milliseconds > Int64.max / 1001)
    }

    @Test func aGateTakesAnyReadingAndAnyPace() {
        let now = Timestamp(milliseconds: 1_700_000_000_000)
        for count in [1, 6, Int.max] {
            for per in [Duration.nanoseconds(1), .seconds(60), .seconds(Int64.max / 4)] {
                var gate = RateGate(limit: RateLimit(count: count, per: per), at: now)
                _ = gate.take(at: now)
                gate.passed(RateReading(remaining: 0, reset: .seconds(Int64.max)), at: now)
                gate.throttled(for: .seconds(3600), reducedTo: RateLimit(count: count, per: per), at: now)
                _ = gate.nextOpening(after: now, count: .max)
                _ = gate.take(.max, at: now.advanced(by: .seconds(7200)))
            }
        }
    }

    @Test(arguments: [
        "1e308", "-1e308", "1e400", "9223372036854775807", "-9223372036854775808", "0.1", "null", "\"x\"",
    ])
    func anAccountsFileWithAnyNumbersIsRead(number: String) throws {
        let text = """
            {"creates": {"spare": \(number), "filled_at": \(number), "closed_until": \(number)},
             "reads": {"spare": \(number), "filled_at": 0, "closed_until": 0},
             "members": [{"id": "a", "process": \(number), "started_at": \(number), "seen_at": \(number),
                          "creates": {"tokens": \(number), "is_waiting": true, "limit": \(number)}, "reads": {}}]}
            """
        guard var record = SharedRateRecord(json: try JSONValue(parsing: text)) else { return }
        let now = Timestamp(milliseconds: 1_700_000_000_000)
        let claim = AccountClaim(
            creates: AccountClaim.Part(wanted: 5, limit: RateLimit(count: 600, per: .seconds(60))),
            reads: AccountClaim.Part(wanted: 5, limit: RateLimit(count: 600, per: .seconds(60))))
        for later in [0, 1, 1000, 1_000_000] {
            let grant = record.claim(
                claim, as: SharedRateRecord.Member(id: "b", process: 1, startedAt: now),
                at: now.advanced(by: .seconds(later)))
            #expect((0...5).contains(grant.creates.count))
        }
        _ = record.json.jsonBytes()
    }

    @Test func waitsGrowToTheirBoundByAnyFactor() {
        var generator = SeededGenerator(seed: 5)
        for factor in [1, 2, 1e300, .infinity, .nan] {
            let backoff = Backoff(initial: .seconds(1), factor: factor, max: .seconds(60))
            for failures in [0, 1, 5, 1000] {
                let delay = backoff.delay(afterFailure: failures, using: &generator)
                #expect((.zero ... .seconds(60)).contains(delay))
            }
        }
    }

    @Test func whatAModelSaysAtLengthIsBounded() {
        let long = String(repeating: "very long words ", count: 1_000_000)
        let prediction = Prediction(
            id: "p", model: long, version: long, input: ["x": "kept"], output: .string(long), logs: long,
            error: "begin \(long) (E1001)", status: .other(long), metrics: ["note": .string(long), "predict_time": 2.5]
        ).bounded()
        #expect(prediction.error?.utf8.count ?? 0 <= BoundedText.kept)
        #expect(prediction.error?.hasPrefix("begin ") == true && prediction.error?.hasSuffix("(E1001)") == true)
        #expect(prediction.logs?.utf8.count ?? 0 <= BoundedText.kept)
        #expect(prediction.model?.utf8.count ?? 0 <= 1024)
        #expect(prediction.status.rawValue.utf8.count < 200)
        #expect(prediction.metrics == ["predict_time": 2.5])
        // What was paid for is whole.
        #expect(prediction.output == .string(long))
        #expect(prediction.input == ["x": "kept"])
        let short = Prediction(id: "p", logs: "l", error: "e", status: .failed, metrics: ["a": "b"])
        #expect(short.bounded() == short)
        #expect(ProviderError(.unavailable, long).message.utf8.count <= BoundedText.kept)
        #expect(AttemptFailure(.model, long).message.utf8.count <= BoundedText.kept)
        let announced = Announcement(.readingFails(message: "one\n\(long)")).facts["message"]?.stringValue
        #expect(announced?.utf8.count ?? 0 < 1100)
    }
}
