import Replicate
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ServerSentEventTests {
    /// A stream with everything in it: comments, ids, several lines, a piece that is one space, an empty piece, `é` and `😀`.
    private static let sample = """
        : hi

        retry: 1500
        event: output
        id: 1690212292:0
        data: Once upon a time

        event: output
        id: 1690212293:0
        data: , in a land
        data: far é😀way

        event: logs
        data:no space
        data

        event: output
        id: 1690212294:0
        data: \u{20}

        event: output
        data:

        event: nothing

        ignored: field
        :408: 408 Request Timeout
        event: done
        id: 1690212295:0
        data: {}


        """

    private static let expected = [
        ServerSentEvent(
            event: "output", data: "Once upon a time", id: "1690212292:0", retry: .milliseconds(1500)),
        ServerSentEvent(event: "output", data: ", in a land\nfar é😀way", id: "1690212293:0"),
        ServerSentEvent(event: "logs", data: "no space\n"),
        ServerSentEvent(event: "output", data: " ", id: "1690212294:0"),
        ServerSentEvent(event: "output", data: ""),
        ServerSentEvent(event: "done", data: "{}", id: "1690212295:0"),
    ]

    @Test(arguments: ["\n", "\r\n", "\r"])
    func readsAStreamHoweverItsLinesEndAndItsBytesArrive(lineEnd: String) {
        let bytes = Array(
            Self.sample.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: lineEnd).utf8)
        for size in [1, 2, 3, 5, 7, 64, bytes.count] {
            var parser = ServerSentEventParser()
            var events: [ServerSentEvent] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                events += parser.parse(rest.prefix(size))
                rest = rest.dropFirst(size)
            }
            #expect(events == Self.expected, "in pieces of \(size)")
            #expect(parser.retryMilliseconds == 1500)
        }
    }

    @Test(
        arguments: [
            ("data: a\n\n", ["message:a"]),
            ("\u{FEFF}data: a\n\n", ["message:a"]),
            ("data: a\n\u{FEFF}data: b\n\n", ["message:a"]),
            ("data: a", []),
            ("data: a\n", []),
            ("event: x\n\ndata: a\n\n", ["message:a"]),
            ("data:  two\n\n", ["message: two"]),
            ("data: a\r\rdata: b\r\n\r\n", ["message:a", "message:b"]),
            ("id: 1\n\n", []),
            ("Data: a\n\n", []),
        ])
    func followsTheSpecification(text: String, events: [String]) {
        var parser = ServerSentEventParser()
        #expect(parser.parse(text.utf8).map { "\($0.event):\($0.data)" } == events)
    }

    @Test func passesOverAnIDWithAZeroByteAndAWaitThatIsNoNumber() {
        var parser = ServerSentEventParser()
        let events = parser.parse("id: a\u{0}b\nretry: soon\nretry: 99999999999999999999\ndata: x\n\n".utf8)
        #expect(events == [ServerSentEvent(data: "x")])
        #expect(parser.retryMilliseconds == nil)
    }

    @Test(
        arguments: [
            (ServerSentEvent(event: "output", data: "x"), StreamEvent.output("x")),
            (ServerSentEvent(event: "logs", data: "l"), .logs("l")),
            (ServerSentEvent(event: "error", data: #"{"detail": "out of memory"}"#), .error("out of memory")),
            (ServerSentEvent(event: "error", data: "plain"), .error("plain")),
            (ServerSentEvent(event: "done", data: "{}"), .done(.succeeded)),
            (ServerSentEvent(event: "done", data: #"{"reason": "canceled"}"#), .done(.canceled)),
            (ServerSentEvent(event: "done", data: #"{"reason": "error"}"#), .done(.failed)),
            (ServerSentEvent(event: "done", data: #"{"reason": "new"}"#), .done(.other("new"))),
            (ServerSentEvent(event: "metric", data: "5"), .other(event: "metric", data: "5")),
        ])
    func eventsHaveTypes(event: ServerSentEvent, type: StreamEvent) {
        #expect(StreamEvent(event) == type)
    }
}
