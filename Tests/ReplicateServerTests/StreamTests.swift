import DemoModels
import Foundation
import LosslessJSON
import NIOHTTP1
import ReplicateServer
import Testing

@testable import ReplicateServer

@Suite(.timeLimit(.minutes(1)))
struct StreamTests {
    /// A server whose built-in models run for a minute of its clock.
    private func withSlowServer(
        faults: String = "", _ body: (API, EmbeddedServer) async throws -> Void
    ) async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.runTime = .seconds(60)
        configuration.streamIdleTime = .seconds(300)
        configuration.token = "a-token"
        configuration.faults = try Faults(parsing: faults)
        let server = EmbeddedServer(configuration: configuration)
        try await server.whileRunning { base in try await body(API(base: base), server) }
    }

    private func tellStory(_ api: API) async throws -> (id: String, stream: String) {
        let created = try await api.post("/models/nightshift/storyteller/predictions", ["input": ["prompt": "Ada"]])
        return try (
            #require(created["id"]?.stringValue), #require(created["urls"]?["stream"]?.stringValue)
        )
    }

    private func stream(of created: API.Answer) throws -> String {
        try #require(created["urls"]?["stream"]?.stringValue)
    }

    @Test func piecesArriveWhileThePredictionRuns() async throws {
        try await withSlowServer { api, server in
            let (id, url) = try await tellStory(api)
            #expect(url == api.base.dropLast(3) + "/stream/v1/streams/\(id)")
            var reader = try await EventReader(url)
            #expect(reader.status == 200)
            #expect(reader.headers.first(name: "content-type") == "text/event-stream")
            #expect(try await reader.next() == .comment(": hi"))
            var events = [try #require(try await reader.nextEvent())]
            #expect(events[0].name == "logs")

            server.advanceClock(by: .seconds(20))
            for _ in 0..<3 { events.append(try #require(try await reader.nextEvent())) }
            #expect(events.dropFirst().allSatisfy { $0.name == "output" })
            #expect(try await api.get("/predictions/\(id)")["status"] == "processing")

            server.advanceClock(by: .seconds(41))
            events += try await reader.events()
            #expect(events.last?.name == "done")
            #expect(events.last?.data == "{}")
            let done = try await api.ended(.string(id))
            #expect(events.text(of: "output") == done["output"]?.texts.joined())
            #expect(events.text(of: "logs") == done["logs"]?.stringValue)
            let ids = events.compactMap { StreamEvent.ID($0.id) }
            #expect(ids.count == events.count)
            #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    @Test func aReaderResumesAfterTheLastEventItHad() async throws {
        try await withSlowServer { api, server in
            let (_, url) = try await tellStory(api)
            server.advanceClock(by: .seconds(30))
            var first = try await EventReader(url)
            var events: [EventReader.Event] = []
            for _ in 0..<5 { events.append(try #require(try await first.nextEvent())) }
            server.advanceClock(by: .seconds(31))
            var second = try await EventReader(url, after: events.last?.id)
            events += try await second.events()
            var whole = try await EventReader(url)
            #expect(try await whole.events() == events)
            // Who had the end already is too late.
            var late = try await EventReader(url, after: events.last?.id)
            #expect(try await late.rest() == [.comment(": hi"), .comment(":408: 408 Request Timeout")])
        }
    }

    @Test func aReaderMayComeBeforeTheStartAndWaitForTheCommand() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.commandLimit = 1
        configuration.commands = ["local/lists": #"cat > /dev/null; echo a hint >&2; echo '["a", "b c", {"n": 1}]'"#]
        try await API.withServer(configuration) { api in
            let created = try await api.post("/models/local/lists/predictions", ["input": [:]])
            var reader = try await EventReader(stream(of: created))
            let events = try await reader.events()
            #expect(events.map(\.name) == ["logs", "output", "output", "output", "done"])
            #expect(events.map(\.data) == ["a hint\n", "a", "b c", #"{"n":1}"#, "{}"])
        }
    }

    @Test func aCanceledPredictionEndsItsStream() async throws {
        try await withSlowServer { api, server in
            let (id, url) = try await tellStory(api)
            server.advanceClock(by: .seconds(20))
            var reader = try await EventReader(url)
            while let event = try await reader.nextEvent(), event.name != "output" {}
            let canceled = try await api.post("/predictions/\(id)/cancel", [:])
            #expect(canceled["status"] == "canceled")
            let events = try await reader.events()
            #expect(events.last?.name == "done")
            #expect(events.last?.data == #"{"reason":"canceled"}"#)
            var all = try await EventReader(url)
            #expect(try await all.events().text(of: "output") == canceled["output"]?.texts.joined())
        }
    }

    @Test func aFailureIsToldBeforeTheEnd() async throws {
        try await API.withServer { api in
            var reader = try await EventReader(stream(of: api.sleep(["seconds": 0, "fail": "no luck"])))
            let events = try await reader.events()
            #expect(events.suffix(2).map(\.name) == ["error", "done"])
            #expect(events.suffix(2).map(\.data) == [#"{"detail":"no luck"}"#, #"{"reason":"error"}"#])
        }
    }

    @Test func aFileIsItsAddress() async throws {
        try await API.withServer { api in
            let created = try await api.sleep(["seconds": 0, "bytes": 10])
            let url = try stream(of: created)
            #expect(url.contains("/stream/v1/files/"))
            var reader = try await EventReader(url)
            let events = try await reader.events()
            #expect(events.text(of: "output") == (try await api.ended(created["id"]))["output"]?.stringValue)
        }
    }

    @Test(arguments: ["two\nlines", "\n", " ", "a\r\nb\rc\n\nd", "  indented: yes"])
    func textOfManyLinesComesBack(text: String) async throws {
        try await API.withServer { api in
            var reader = try await EventReader(stream(of: api.sleep(["seconds": 0, "text": .string(text)])))
            let normal = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
            #expect(try await reader.events().text(of: "output") == normal)
        }
    }

    @Test func aPredictionThatIsUnknownOrRemovedTimesOut() async throws {
        try await withSlowServer { api, server in
            let (_, url) = try await tellStory(api)
            server.advanceClock(by: .seconds(7200))
            for url in [url, "\(url.dropLast(26))0123456789abcdefghjkmnpqrs", url + "x"] {
                var reader = try await EventReader(url)
                #expect(reader.status == 200)
                #expect(try await reader.rest() == [.comment(":408: 408 Request Timeout")])
            }
        }
    }

    @Test func aQuietStreamIsClosed() async throws {
        let server = EmbeddedServer()
        try await server.whileRunning { base in
            let created = try await API(base: base).sleep(["seconds": 1000])
            var reader = try await EventReader(stream(of: created))
            #expect(try await reader.nextEvent()?.name == "logs")
            server.advanceClock(by: .seconds(31))
            #expect(try await reader.rest() == [.comment(":408: 408 Request Timeout")])
        }
    }

    @Test func aReaderWhoLeavesIsForgotten() async throws {
        try await withSlowServer { api, server in
            let created = try await api.sleep([:])
            let id = try #require(created["id"]?.stringValue.flatMap(PredictionID.init))
            do {
                var reader = try await EventReader(stream(of: created))
                #expect(try await reader.nextEvent()?.name == "logs")
                while !server.state.predictions.isAwaited(id) { try await Task.sleep(for: .milliseconds(5)) }
            }
            while server.state.predictions.isAwaited(id) { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    @Test func aCutStreamIsReadOnAfterTheLastEvent() async throws {
        try await withSlowServer(faults: "stream-cut=1") { api, server in
            let (id, url) = try await tellStory(api)
            server.advanceClock(by: .seconds(61))
            var events: [EventReader.Event] = []
            var cuts = 0
            while events.last?.name != "done" {
                var reader = try await EventReader(url, after: events.last?.id)
                do {
                    while let event = try await reader.nextEvent() { events.append(event) }
                } catch {
                    cuts += 1
                }
            }
            #expect(cuts > 1)
            #expect(Set(events.map(\.id)).count == events.count)
            #expect(events.text(of: "output") == (try await api.ended(.string(id)))["output"]?.texts.joined())
        }
    }

    @Test func aLinkForPeopleNeedsNoTokenAndShowsNoInput() async throws {
        try await withSlowServer { api, _ in
            let created = try await api.sleep(["text": "a secret"])
            var stranger = api
            stranger.token = nil
            let page = try await stranger.get(try #require(created["urls"]?["web"]?.stringValue))
            #expect(page.status == 200)
            #expect(page.text.hasPrefix("nightshift/sleeper "))
            #expect(!page.text.contains("secret"))
        }
    }
}

@Suite struct EventStreamTests {
    private let created = ServerTime(nanoseconds: 1_800_000_000_250_000_000)

    private func record(_ ending: RunEnding = .succeeded) -> PredictionRecord {
        var random = SeededGenerator(seed: 1)
        var record = PredictionRecord(
            id: PredictionID(using: &random), model: "a/b", version: "v", deployment: nil,
            lifecycle: PredictionLifecycle(createdAt: created),
            data: PredictionData(
                input: [], output: .pieces((0..<4).map { JSONValue.string("\($0)").jsonBytes() }),
                logs: .steps("go\n", count: 2)))
        record.lifecycle.plan(startAfter: .seconds(1), runFor: .seconds(4), ending: ending)
        return record
    }

    private func at(_ seconds: Double) -> ServerTime {
        created.advanced(by: Duration(inSeconds: seconds))
    }

    private func take(_ stream: inout EventStream, at time: ServerTime) -> [String] {
        var texts: [String] = []
        while let event = stream.next(at: time) {
            texts.append("\(event.id.seconds - created.seconds):\(event.id.counter) \(event.kind)=\(event.data)")
        }
        return texts
    }

    @Test func eventsHappenInTheirTime() {
        var stream = EventStream(record())
        #expect(take(&stream, at: at(0)) == [])
        #expect(stream.nextTime == at(1))
        #expect(take(&stream, at: at(1)) == ["1:0 logs=go\n  0%|          | 0/2\n"])
        #expect(take(&stream, at: at(2.9)) == ["2:0 output=0"])
        #expect(stream.nextTime == at(3))
        #expect(take(&stream, at: at(3)) == ["3:0 logs= 50%|█████     | 1/2\n", "3:1 output=1"])
        #expect(!stream.isOver)
        #expect(
            take(&stream, at: at(9)) == [
                "4:0 output=2", "5:0 logs=100%|██████████| 2/2\n", "5:1 output=3", "5:2 done={}",
            ])
        #expect(stream.isOver)
    }

    @Test func aCancelTakesBackWhatWasPlanned() {
        var record = record()
        var stream = EventStream(record)
        _ = take(&stream, at: at(2.5))
        let isCanceled = record.lifecycle.cancel(at: at(2.6))
        #expect(isCanceled)
        stream.update(record)
        #expect(take(&stream, at: at(2.6)) == [#"2:1 done={"reason":"canceled"}"#])
        #expect(stream.isOver)
        #expect(EventStream(record, after: StreamEvent.ID("\(created.seconds + 2):1")).isOver)
    }

    @Test func theEndIsToldEvenIfTheClockWasSetBack() {
        var record = record()
        var stream = EventStream(record)
        _ = take(&stream, at: at(4))
        let isCanceled = record.lifecycle.cancel(at: at(1.5))
        #expect(isCanceled)
        stream.update(record)
        #expect(take(&stream, at: at(9)) == [#"4:1 done={"reason":"canceled"}"#])
    }

    @Test func anAbortedPredictionIsToldLikeACanceledOne() {
        var stream = EventStream(record(.aborted))
        #expect(take(&stream, at: at(9)) == [#"5:0 done={"reason":"canceled"}"#])
    }

    @Test(arguments: ["", "1", "1:", "a:b", "1:2:3"])
    func otherTextsAreNoIDs(text: String) {
        #expect(StreamEvent.ID(text) == nil)
    }
}
