import Foundation
import LosslessJSON
import Testing

@testable import ReplicateAPI

/// Numbers of any size in answers and arguments: they are read as something useful or as nothing, and never end the process.
@Suite(.timeLimit(.minutes(1)))
struct NumberTests {
    static let literals = [
        "0", "-0", "1", "-1", "0.5", "1e300", "-1e300", "1e400", "-1e400", "1e-400", "9223372036854775807",
        "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551616", "1E+18",
        "1.58E+18",
        "253402300800", "99999999999999999999999999999999999999999", "1e999999999999999999999",
        "-1e-999999999999999999999",
        "0.00000000000000000000000000000000000000001", "4294967296", "65536", "3600.0000001",
    ]

    /// What others write where a number should be.
    static let words =
        literals + [
            "", " ", "+5", "nan", "NaN", "inf", "-inf", "Infinity", "0x10", "1_000", "١٢", "5 5", "--5", "1e", "5;q=1",
            "∞",
            String(repeating: "9", count: 5000),
        ]

    @Test(arguments: [
        ("http://127.0.0.1:99999/v1", "99999"), ("https://h:0/", "0"), ("https://h:65536", "65536"),
        ("https://u:p@h:70000/", "70000"), ("https://[::1]:99999/x", "99999"), ("https://h:99999?x", "99999"),
        ("https://h:18446744073709551617/", "18446744073709551617"), ("https://h:-1/", "-1"), ("https://h:+80/", "+80"),
        ("https://h:８０/", "８０"), ("https://h:8a/", "8a"),
    ])
    func aPortThatIsNoneIsNamed(url: String, port: String) {
        #expect(PortNumber.problem(in: url) == "the port '\(port.prefix(20))'; expected one from 1 to 65535")
    }

    @Test(arguments: [
        "http://127.0.0.1:1/v1", "https://h:65535", "https://h", "https://h/a:99999", "https://h?a:99999",
        "https://h#:99999",
        "https://[::1]/", "https://[1:2:3:4:5:6:7:99999]/", "https://u:99999@h/", "https://h:/", "no url", "",
        "data:99999",
        "https://u:p@h:443/x@y:99999",
    ])
    func aPortThatIsOneOrIsMissingIsNoProblem(url: String) {
        #expect(PortNumber.problem(in: url) == nil)
    }

    @Test(arguments: words)
    func headersOfAnyKindGiveAUsefulWait(word: String) {
        for now in [Date(), Date(timeIntervalSince1970: 0), .distantFuture, .distantPast] {
            let wait = RetryWait.duration(header: word, problem: nil, now: now)
            #expect((.seconds(1)...RetryWait.longest).contains(wait))
        }
        let status = RateLimitStatus(remaining: word, reset: word)
        if let status {
            #expect((0...1_000_000_000).contains(status.remaining))
            #expect((.zero ... .seconds(86_400)).contains(status.reset))
        }
        _ = RateLimitStatus(remaining: "1", reset: word)
        _ = APITime.parseHTTPDate("Sun, \(word) Nov \(word) \(word):\(word):\(word) GMT")
        _ = APITime.parse("\(word)-\(word)-\(word)T\(word):\(word):\(word)Z")
        _ = PredictionProgress(logs: "\(word)%|##| \(word)/\(word) [")
    }

    @Test(arguments: literals)
    func bodiesWithAnyNumberAreRead(literal: String) throws {
        let problem = try #require(
            ProblemDetails(
                parsing:
                    #"{"status": \#(literal), "retry_after": \#(literal), "detail": "resets in ~\#(literal)s, reduced to \#(literal) requests per minute"}"#
                    .utf8))
        let wait = RetryWait.duration(header: nil, problem: problem, now: Date())
        #expect((.seconds(1)...RetryWait.longest).contains(wait))
        #expect(problem.reducedCreatesPerMinute.map { (1...1_000_000).contains($0) } ?? true)
        let prediction = try Prediction(
            json: JSONValue(
                parsing:
                    #"{"id": "p", "status": "succeeded", "metrics": {"predict_time": \#(literal)}, "created_at": \#(literal)}"#
            ))
        #expect(prediction.predictTime.map { $0 >= 0 && $0 <= 1e9 } ?? true)
        let file = try APIFile(
            json: JSONValue(parsing: #"{"id": "f", "size": \#(literal), "urls": {"get": "https://x"}}"#))
        _ = file.json.jsonString()
        let model = try Model(json: JSONValue(parsing: #"{"owner": "o", "name": "n", "run_count": \#(literal)}"#))
        _ = model.json.jsonString()
    }

    /// Generated numbers, the same in each run.
    @Test func numbersByChanceAreRead() throws {
        var state: UInt64 = 13
        func next(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
        }
        for _ in 0..<3000 {
            var literal = next(2) == 0 ? "-" : ""
            literal += "\(next(10))"
            if literal.last != "0" { for _ in 0..<next(30) { literal += "\(next(10))" } }
            if next(2) == 0 { literal += "." + (0...next(20)).map { _ in "\(next(10))" }.joined() }
            if next(2) == 0 { literal += "e\(["", "+", "-"][Int(next(3))])\(next(2000))" }
            try bodiesWithAnyNumberAreRead(literal: literal)
            headersOfAnyKindGiveAUsefulWait(word: literal)
        }
    }

    // As numbers: a date that is none cannot even be described, which a test does with its arguments.
    @Test(arguments: [
        .nan, .infinity, -.infinity, Date.distantFuture.timeIntervalSince1970,
        Date.distantPast.timeIntervalSince1970, 1e300,
    ])
    func anyDateIsWritten(seconds: Double) {
        let date = Date(timeIntervalSince1970: seconds)
        #expect(APITime.parse(APITime.format(date)) != nil)
        _ = APITime.formatHTTPDate(date)
    }

    @Test(arguments: [
        Duration.seconds(Int64.max), .zero - .seconds(Int64.max), .seconds(1e15), .nanoseconds(1),
        .zero - .nanoseconds(1),
    ])
    func anyDurationGivesHeaders(duration: Duration) {
        let options = PredictionOptions(wait: duration, cancelAfter: duration)
        #expect(options.preferHeader?.hasPrefix("wait=") == true)
        #expect(options.cancelAfterHeader?.hasSuffix("s") == true)
        #expect(options.problem != nil)
    }

    @Test func whatAPlatformMeasuresIsATime() {
        func time(_ value: JSONValue) -> Double? {
            Prediction(id: "p", status: .succeeded, metrics: ["predict_time": value]).predictTime
        }
        #expect(time(1.5) == 1.5)
        #expect(time(0) == 0)
        #expect(time(-1) == nil)
        #expect(time("1.5") == nil)
        #expect(time(.number(JSONNumber(literal: "1e400")!)) == 1e9)
    }
}
