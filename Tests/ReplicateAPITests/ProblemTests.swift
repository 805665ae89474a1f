import Foundation
import LosslessJSON
import ReplicateAPI
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ProblemTests {
    @Test
    func readsTheFieldsThatAreWrong() throws {
        let problem = try #require(
            ProblemDetails(
                parsing: #"""
                    {"detail": "- input: prompt is required\n- input.steps: Must be less than or equal to 4\n",
                     "status": 422, "title": "Input validation failed",
                     "invalid_fields": [
                        {"type": "required", "field": "input", "description": "prompt is required"},
                        {"type": "number_lte", "field": "input.steps", "description": "Must be less than or equal to 4"},
                        {"type": "required", "field": "", "description": "version is required"}]}
                    """#.utf8
            )
        )
        #expect(problem.status == 422)
        #expect(problem.invalidFields.map(\.type) == ["required", "number_lte", "required"])
        #expect(
            problem.summary
                == "input: prompt is required; input.steps: Must be less than or equal to 4; version is required"
        )
        #expect(ProblemDetails(json: problem.json) == problem)
    }

    @Test(
        arguments: [
            (#"{"title": "Unauthenticated", "detail": "no token", "status": 401}"#, "Unauthenticated: no token"),
            (
                #"{"detail": "The requested resource could not be found.\n"}"#,
                "The requested resource could not be found."
            ),
            (#"{"title": "Insufficient credit"}"#, "Insufficient credit"), ("{}", nil),
            (#"{"error": "At capacity", "status": "failed"}"#, "At capacity"),
            (#"{"detail": [{"loc": ["body"], "msg": "m"}]}"#, #"[{"loc":["body"],"msg":"m"}]"#),
            (#"{"detail": "", "title": "T"}"#, "T"),
        ] as [(String, String?)]
    )
    func saysItInOneLine(body: String, summary: String?) {
        #expect(ProblemDetails(parsing: body.utf8)?.summary == summary)
    }

    @Test(arguments: ["", "<html>502</html>", "[]", "\"x\"", "null"])
    func isNoneWithoutAnObject(body: String) {
        #expect(ProblemDetails(parsing: body.utf8) == nil)
    }

    @Test(
        arguments: [
            (
                "Request was throttled. Your rate limit for creating predictions is reduced to 6 requests per minute "
                    + "with a burst of 1 requests while you have less than $5.0 in credit.", 6
            ),
            ("reduced to 600 requests per minute", 600), ("reduced to 6 requests per hour", nil),
            ("reduced to 0 requests per minute", nil), ("reduced to few requests per minute", nil),
            ("Your rate limit resets in ~30s.", nil), ("", nil), (nil, nil),
        ] as [(String?, Int?)])
    func saysToWhatTheRateIsReduced(detail: String?, count: Int?) {
        let json: JSONValue = detail.map { ["detail": .string($0)] } ?? [:]
        #expect(ProblemDetails(json: json)?.reducedCreatesPerMinute == count)
    }

    private static let now = Date(timeIntervalSince1970: 784_111_777)

    @Test(
        arguments: [
            // The header goes first, in seconds or as a date.
            ("7", #"{"retry_after": 9}"#, 7), ("0", "{}", 1), ("1.2", "{}", 2), (" 3", "{}", 3),
            ("Sun, 06 Nov 1994 08:49:52 GMT", "{}", 15), ("Sun, 06 Nov 1994 08:49:37 GMT", "{}", 1),
            ("Sun, 06 Nov 1994 08:40:00 GMT", "{}", 1), ("soon", #"{"retry_after": 9}"#, 9), ("", "{}", 10),
            // Then the body's own number, then its words.
            (nil, #"{"retry_after": 7, "detail": "resets in ~30s"}"#, 7), (nil, #"{"retry_after": "4.5"}"#, 5),
            (nil, #"{"detail": "Request was throttled. Your rate limit resets in ~30s."}"#, 30),
            (nil, #"{"detail": "resets in 2.1s"}"#, 3), (nil, #"{"detail": "resets in ~2m"}"#, 120),
            (nil, #"{"detail": "resets in ~500ms"}"#, 1), (nil, #"{"detail": "resets in a while"}"#, 10),
            (nil, "{}", 10), (nil, #"{"retry_after": null}"#, 10), (nil, "<html>", 10),
            // A wait of a day is told as it is; nothing is said to be longer than a month, or not to be at all.
            ("86400", "{}", 86_400), ("Mon, 07 Nov 1994 08:49:37 GMT", "{}", 86_400), ("1e300", "{}", 2_592_000),
            (nil, #"{"retry_after": 1e400}"#, 10), ("-5", "{}", 1), ("nan", "{}", 10),
        ] as [(String?, String, Int)]
    )
    func readsHowLongToWait(header: String?, body: String, seconds: Int) {
        let wait = RetryWait.duration(header: header, problem: ProblemDetails(parsing: body.utf8), now: Self.now)
        #expect(wait == .seconds(seconds))
    }
}
