import LosslessJSON
import NightshiftCore
import ReplicateServer
import TestSupport
import Testing

@testable import Nightshift

/// What is remembered of runs: sessions, the journal, and what was done when.
@Suite(.timeLimit(.minutes(1)))
struct HistoryTests {
    private func job(_ baseURL: String, items: Int = 6) throws -> JobFolder {
        try JobFolder(
            baseURL: baseURL,
            """
            job: history
            model: nightshift/hello-world
            inputs: { range: [1, \(items)] }
            input: { text: "{{ value | text }}" }
            outputs: { directory: out, name: "{{ value }}" }
            concurrency: 2
            """)
    }

    private func reading<Value: Sendable>(
        _ folder: JobFolder, _ body: (Reports, RunRecord) async throws -> Value
    ) async throws -> Value {
        try await JobReader(try folder.engine.job(at: folder.manifest)).ask(body)
    }

    @Test func aRunIsRememberedFromItsFirstSessionToItsLast() async throws {
        try await withServer { server, baseURL in
            let folder = try job(baseURL)
            try await folder.leave(running: 2)
            let job = try folder.engine.job(at: folder.manifest)
            let open = try await job.sessions()
            #expect(open.count == 1)
            try await job.pause()
            try await job.resume()
            _ = try await folder.run()

            let sessions = try await job.sessions()
            #expect(sessions.map(\.ending) == [open[0].ending, "completed"])
            #expect(sessions.allSatisfy { $0.version == NightshiftVersion.current && !$0.host.isEmpty })
            for session in sessions {
                let ended = try #require(session.endedAt)
                #expect(session.beganAt <= session.seenAt && session.seenAt <= ended)
            }
            let journal = try await job.journal().reversed().map { $0 }
            let kinds = journal.map(\.kind)
            #expect(kinds.filter { $0 == "session_began" }.count == 2)
            #expect(kinds.filter { $0 == "input_set" }.count == 2)
            #expect(kinds.last == "session_ended")
            #expect(journal.first?.facts["new"]?.intValue == 6)
            let orders = journal.filter { ["paused", "resumed"].contains($0.kind) }
            #expect(orders.map(\.kind) == ["paused", "resumed"])
            #expect(orders.allSatisfy { $0.session == nil })

            let activity = try await reading(folder) { try await $0.activity(of: $1) }
            #expect(activity.reduce(0) { $0 + $1.succeeded } == 6)
            #expect(activity.reduce(0) { $0 + $1.sent } >= 6)
            #expect(activity.contains { $0.inFlight >= 2 })
        }
    }

    @Test func pausesThrottlesAndRetriesAreInTheJournal() async throws {
        try await withServer(faults: "fail=1") { server, baseURL in
            let folder = try job(baseURL, items: 3)
            _ = try await folder.run()
            let journal = try await folder.engine.job(at: folder.manifest).journal()
            let retries = journal.filter { $0.kind == "retries" }
            #expect(retries.contains { $0.facts["count"]?.intValue == 1 })
            #expect(retries.allSatisfy { ($0.facts["class"]?.stringValue ?? "").isEmpty == false })
            let activity = try await reading(folder) { try await $0.activity(of: $1) }
            #expect(activity.reduce(0) { $0 + $1.failed } == 3)
            #expect(activity.reduce(0) { $0 + $1.retried } >= 3)
        }
    }

    @Test func itemsTellTheirTimes() async throws {
        try await withServer { server, baseURL in
            let folder = try job(baseURL, items: 2)
            _ = try await folder.run()
            let records = try await reading(folder) { reports, run in
                let ids = try await reports.ids(ItemFilter(), by: .position, of: run, prices: [:])
                return try await reports.records(ids, of: run, prices: [:])
            }
            for record in records {
                let (sent, ended) = (try #require(record.sentAt), try #require(record.endedAt))
                #expect(sent <= ended)
                #expect(record.waitTime.map { $0 >= 0 } == true)
                #expect(record.runTime.map { $0 >= 0 } == true)
                #expect(record.downloadTime.map { $0 >= 0 } == true)
                #expect(record.predictTime.map { $0 > 0 } == true)
                #expect(record.cost == nil)
            }
        }
    }

    @Test func theJournalSaysWhyNothingIsCreatedAndWhenItGoesOn() {
        var journal = RunJournal()
        let held = CreateHold(.throttled, until: Timestamp(milliseconds: 5))
        #expect(journal.notes(of: [], Decision(), hold: held).map(\.kind) == [.held])
        #expect(journal.notes(of: [], Decision(), hold: held).isEmpty)
        let longer = CreateHold(.throttled, until: Timestamp(milliseconds: 9000))
        #expect(journal.notes(of: [], Decision(), hold: longer).isEmpty)
        #expect(journal.notes(of: [], Decision(), hold: CreateHold(.paused)).map(\.kind) == [.held])
        #expect(journal.notes(of: [], Decision(), hold: nil).map(\.kind) == [.released])
        #expect(
            journal.notes(of: [.control(.asked(.cancel, nil))], Decision(), hold: nil).map(\.kind) == [.cancelAsked])
    }

    @Test func ordersAreToldByWhatTheyChange() {
        var journal = RunJournal(RunOverrides(isPaused: true))
        func notes(_ overrides: RunOverrides) -> [JournalNote] {
            var decision = Decision()
            decision.control.overrides = overrides
            return journal.notes(of: [], decision, hold: nil)
        }
        #expect(notes(RunOverrides(isPaused: true)).isEmpty)
        #expect(notes(RunOverrides(isPaused: false, concurrency: 4)).map(\.kind) == [.resumed, .set])
        #expect(notes(RunOverrides(isPaused: false, concurrency: 4)).isEmpty)
        #expect(notes(RunOverrides(isPaused: false)) == [JournalNote(.set)])
        #expect(notes(RunOverrides(isPaused: true)) == [JournalNote(.paused)])
    }

    @Test func aThousandRetriesAreAFewLines() {
        var journal = RunJournal()
        var decision = Decision()
        decision.transitions = (1...1000).map { index in
            let failure = AttemptFailure(index.isMultiple(of: 500) ? .nsfw : .model, "no \(index)")
            return Transition(
                item: ItemID(Int64(index)), key: "k\(index)", attempt: 1, at: Timestamp(milliseconds: 1),
                change: .waiting(failure, FailureCounts(counted: 1, excused: 0), due: Timestamp(milliseconds: 2)))
        }
        let notes = journal.notes(of: [], decision, hold: nil)
        #expect(notes.filter { $0.facts["class"] == "model" }.map { $0.facts["count"]?.intValue } == [1, 10, 100])
        #expect(notes.filter { $0.facts["class"] == "nsfw" }.map { $0.facts["key"]?.stringValue } == ["k500"])
    }
}
