import LosslessJSON
import NIOHTTP1
import ReplicateAPI
import ReplicateServer
import Testing

@testable import ReplicateServer

@Suite(.timeLimit(.minutes(1)))
struct WebhookTests {
    private func withServer(
        faults: String = "", runTime: Duration? = nil, answering statuses: [HTTPResponseStatus?] = [],
        _ body: (API, EmbeddedServer, WebhookReceiver) async throws -> Void
    ) async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.faults = try Faults(parsing: faults)
        configuration.runTime = runTime
        let server = EmbeddedServer(configuration: configuration)
        try await WebhookReceiver.run(answering: statuses) { receiver in
            try await server.whileRunning { base in try await body(API(base: base), server, receiver) }
        }
    }

    private func sleep(
        _ api: API, _ webhook: JSONValue, _ input: JSONValue = ["seconds": 0], events: JSONValue = .null
    ) async throws -> API.Answer {
        let version = try await api.version(of: "nightshift/sleeper")
        return try await api.post(
            "/predictions",
            ["version": .string(version), "input": input, "webhook": webhook, "webhook_events_filter": events])
    }

    @Test func theEndIsToldAsAReadTellsIt() async throws {
        try await withServer { api, server, receiver in
            let created = try await sleep(api, receiver.url("/hook?job=a%20b"))
            let delivery = try #require(try await receiver.next().first)
            #expect(delivery.method == .POST)
            #expect(delivery.uri == "/hook?job=a%20b")
            #expect(delivery.headers.first(name: "content-type") == "application/json")
            #expect(try delivery.isSigned(with: server.configuration.webhookSecret))
            #expect(try !delivery.isSigned(with: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
            #expect(delivery.id?.hasPrefix("msg_") == true)
            #expect(delivery.bytes == (try await api.ended(created["id"])).bytes)
        }
    }

    @Test func readsAndDeliveriesRepeatTheWebhook() async throws {
        try await withServer { api, server, receiver in
            let events: JSONValue = ["completed", "start"]
            let created = try await sleep(api, receiver.url("/hook?job=1"), ["seconds": 50], events: events)
            // As recorded of the real API, whose rows are known from its documentation.
            #expect(created["webhook"] == nil)
            #expect(try await api.get("/predictions")["results"]?[0]?["webhook"] == nil)
            let running = try await api.get("/predictions/\(created["id"]?.stringValue ?? "")")
            server.advanceClock(by: .seconds(51))
            for body in [running.json] + (try await receiver.next(2)).map(\.json) {
                #expect(body["webhook"] == receiver.url("/hook?job=1"))
                #expect(body["webhook_events_filter"] == events)
            }
            let plain = try await sleep(api, receiver.url())
            let unfiltered = try await api.ended(plain["id"])
            #expect(unfiltered["webhook"] == receiver.url())
            #expect(unfiltered["webhook_events_filter"] == nil)
            let silent = try await api.ended(try await api.sleep(["seconds": 0])["id"])
            #expect(silent["webhook"] == nil)
        }
    }

    @Test func everyEventIsToldThatWasAskedFor() async throws {
        try await withServer { api, server, receiver in
            let created = try await sleep(
                api, receiver.url(), ["seconds": 100, "text": "x"], events: ["start", "logs", "output", "completed"])
            // The start, and the logs that begin with it.
            let first = try await receiver.next(2)
            #expect(first.map(\.status) == ["processing", "processing"])
            #expect(first[0].json["started_at"] != nil)
            server.advanceClock(by: .seconds(30))
            let more = try await receiver.next()
            #expect(more[0].json["logs"]?.stringValue?.contains("2/10") == true)
            server.advanceClock(by: .seconds(80))
            let last = try await receiver.next()
            #expect(last[0].status == "succeeded")
            #expect(last[0].json["output"] == "x")
            let all = first + more + last
            #expect(Set(all.map(\.id)).count == 4)
            #expect(all.allSatisfy { $0.json["id"] == created["id"] })
            #expect(try all.allSatisfy { try $0.isSigned(with: server.configuration.webhookSecret) })
        }
    }

    @Test func withoutAFilterOutputAndEndAreTold() async throws {
        try await withServer(runTime: .seconds(1000)) { api, server, receiver in
            _ = try await api.post(
                "/models/nightshift/storyteller/predictions", ["input": ["prompt": "Ada"], "webhook": receiver.url()])
            server.advanceClock(by: .seconds(300))
            let first = try await receiver.next()[0]
            #expect(first.status == "processing")
            #expect(first.json["output"]?.arrayValue?.isEmpty == false)
            server.advanceClock(by: .seconds(1000))
            #expect(try await receiver.next()[0].status == "succeeded")
        }
    }

    @Test func aRunOfNoTimeStillHasItsStart() async throws {
        try await withServer { api, _, receiver in
            _ = try await sleep(api, receiver.url(), events: ["start", "completed"])
            #expect(try await receiver.untilEnd().map(\.status) == ["processing", "succeeded"])
        }
    }

    @Test func aCancelIsToldAtOnce() async throws {
        try await withServer { api, _, receiver in
            let created = try await sleep(api, receiver.url(), ["seconds": 1000], events: ["completed"])
            _ = try await api.post("/predictions/\(created["id"]?.stringValue ?? "")/cancel", [:])
            #expect(try await receiver.next()[0].status == "canceled")
        }
    }

    @Test func theEndOfACommandIsTold() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.commands = ["local/echo": "cat"]
        try await WebhookReceiver.run { receiver in
            try await API.withServer(configuration) { api in
                _ = try await api.post(
                    "/models/local/echo/predictions", ["input": ["a": 1], "webhook": receiver.url()])
                #expect(try await receiver.untilEnd().last?.json["output"] == ["a": 1])
            }
        }
    }

    @Test func onlyTheEndIsToldAgainUntilItArrives() async throws {
        let statuses: [HTTPResponseStatus?] = [.internalServerError, .notFound, .serviceUnavailable, nil, .ok]
        try await withServer(answering: statuses) { api, server, receiver in
            _ = try await sleep(api, receiver.url(), events: ["start", "completed"])
            let first = try await receiver.next(2)
            #expect(first.map(\.status) == ["processing", "succeeded"])
            server.advanceClock(by: .seconds(61))
            let again = try await receiver.next(3)
            #expect(Set(again.map(\.id)) == [first[1].id])
            #expect(again.allSatisfy { $0.bytes == first[1].bytes })
            #expect(try again.allSatisfy { try $0.isSigned(with: server.configuration.webhookSecret) })
            // The next that arrives belongs to another prediction: the fourth try of the end was the last.
            let other = try await sleep(api, receiver.url())
            #expect(try await receiver.next()[0].json["id"] == other["id"])
        }
    }

    @Test func aServerEndsWithoutWaitingForRetriesAndReaders() async throws {
        var reader: EventReader?
        try await withServer(answering: [.internalServerError]) { api, server, receiver in
            _ = try await sleep(api, receiver.url())
            _ = try await receiver.next()
            let created = try await api.sleep(["seconds": 1000])
            reader = try await EventReader(try #require(created["urls"]?["stream"]?.stringValue))
            #expect(try await reader?.nextEvent()?.name == "logs")
        }
        await #expect(throws: (any Error).self) { while try await reader?.nextEvent() != nil {} }
    }

    @Test func aRedirectIsNotFollowed() async throws {
        try await withServer(answering: [.found]) { api, _, receiver in
            _ = try await sleep(api, receiver.url("/first"))
            #expect(try await receiver.next()[0].uri == "/first")
            _ = try await sleep(api, receiver.url("/second"))
            #expect(try await receiver.next()[0].uri == "/second")
        }
    }

    @Test func aDeliveryComesTwice() async throws {
        try await withServer(faults: "webhook-twice=1") { api, _, receiver in
            _ = try await sleep(api, receiver.url())
            let deliveries = try await receiver.next(2)
            #expect(deliveries[0].id == deliveries[1].id)
            #expect(deliveries[0].bytes == deliveries[1].bytes)
        }
    }

    @Test func anEarlierStateComesAfterALaterOne() async throws {
        try await withServer(faults: "webhook-late=1") { api, _, receiver in
            _ = try await sleep(api, receiver.url(), events: ["start", "completed"])
            #expect(try await receiver.next(2).map(\.status) == ["succeeded", "processing"])
        }
    }

    @Test(
        arguments: [
            ("not a URL", nil, "webhook", "format"), ("http://example.com/hook", nil, "webhook", "format"),
            ("https://", nil, "webhook", "format"), ("ftp://127.0.0.1/", nil, "webhook", "format"),
            (7, nil, "webhook", "invalid_type"),
            ("https://example.com", "start", "webhook_events_filter", "invalid_type"),
            ("https://example.com", ["start", "end"], "webhook_events_filter.1", "enum"),
        ] as [(JSONValue, JSONValue, JSONValue, JSONValue)])
    func aWebhookThatCannotBeCalledIsRefused(
        webhook: JSONValue, events: JSONValue, field: JSONValue, kind: JSONValue
    ) async throws {
        try await API.withServer { api in
            let answer = try await sleep(api, webhook, events: events)
            #expect(answer.status == 422)
            #expect(answer["invalid_fields"]?.arrayValue?.count == 1)
            #expect(answer["invalid_fields"]?.arrayValue?.first?["field"] == field)
            #expect(answer["invalid_fields"]?.arrayValue?.first?["type"] == kind)
            #expect(try await api.get("/predictions")["results"]?.arrayValue?.isEmpty == true)
        }
    }

    @Test func aSecretThatIsNoneIsTold() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.webhookSecret = "open sesame"
        let error = await #expect(throws: EmbeddedServerError.self) {
            try await EmbeddedServer.withServer(configuration) { _ in }
        }
        #expect(error?.description.contains("sesame") == false)
    }
}

@Suite struct WebhookPlanTests {
    private let start = ServerTime(nanoseconds: 1_800_000_000_000_000_000)

    private func at(_ milliseconds: Int) -> ServerTime {
        start.advanced(by: .milliseconds(milliseconds))
    }

    /// A run with a piece of output every 100 ms, and its end after a second.
    private var run: RunTimeline {
        let pieces = (1...9).map { RunTimeline.Entry(time: at($0 * 100), change: .output("\($0)")) }
        let end = RunTimeline.Entry(time: at(1000), change: .end(.succeeded, error: nil))
        return RunTimeline(startedAt: start, entries: pieces + [end])
    }

    /// What is told when, if nobody sleeps longer than needed.
    private func play(_ events: Set<WebhookEvent>) -> [String] {
        var plan = WebhookPlan(events)
        var now = at(-50)
        var told: [String] = []
        while true {
            switch plan.next(run, at: now) {
            case .finished: return told
            case .send(let event): told.append("\(start.duration(to: now).nanoseconds / 1_000_000) \(event)")
            case .wait(let until):
                guard let until, until > now else { return told + ["waits for nothing"] }
                now = until
            }
        }
    }

    @Test func reportsOfOutputKeepAPause() {
        #expect(play([.start, .output, .completed]) == ["0 start", "100 output", "600 output", "1000 completed"])
    }

    @Test func theLastOutputIsToldEvenWithoutTheEnd() {
        #expect(play([.output]) == ["100 output", "600 output", "1100 output"])
        #expect(play([.start]) == ["0 start"])
        #expect(play([.logs]) == [])
    }

    @Test func theLastTryIsAMinuteAfterTheEnd() {
        #expect(WebhookPlan.retries.last == .seconds(60))
        let waits = zip(WebhookPlan.retries.dropFirst(), WebhookPlan.retries).map { $0.nanoseconds - $1.nanoseconds }
        #expect(zip(waits, waits.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func faultsDecideOnDeliveries() throws {
        for (text, injectedFault) in [
            ("webhook-lost=1", FaultDraw.WebhookFault.lost), ("webhook-twice=1", .twice), ("webhook-late=1", .late),
        ] {
            var draw = FaultDraw(try Faults(parsing: text))
            let drawn = draw.webhook()
            #expect(drawn == injectedFault)
        }
    }
}
