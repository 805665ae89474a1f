import Foundation
import LosslessJSON
import NightshiftCore
import Testing

@testable import Nightshift
@testable import NightshiftCLI

/// Every kind of entry in a journal, and what a person reads.
struct JournalSentenceTests {
    private static let utc = TimeZone(secondsFromGMT: 0) ?? .current

    private static let expected: [JournalEntry.Kind: (facts: JSONValue, sentence: String)] = [
        .inputSet: (
            ["items": 12, "new": 10, "changed": 0, "done": 2, "withdrawn": 1, "invalid": 0],
            "the input set was read: 12 items; 10 new, 2 done, 1 withdrawn"
        ),
        .sessionBegan: (["host": "night", "version": "0.1.0"], "a session began on night, nightshift 0.1.0"),
        .sessionEnded: (["ending": "budget: 5 items have failed"], "the session ended: budget: 5 items have failed"),
        .held: (["reason": "paused"], "nothing is created: paused by a person; what runs is finished"),
        .released: ([:], "creating goes on"),
        .announced: (
            ["kind": "window", "code": "window_opened", "window": "22:00-07:00"],
            "the window 22:00-07:00 is open; the run goes on"
        ),
        .paused: ([:], "paused by a person; what runs is finished"), .resumed: ([:], "resumed by a person"),
        .set: (["concurrency": 8, "rate": "60/min"], "a person has set concurrency 8, rate 60/min"),
        .retryAsked: (["items": 1], "a person has 1 item tried again"),
        .redoAsked: (["items": 2], "a person has 2 items made again that had results"),
        .adopted: (["key": "k1", "prediction_id": "p1"], "a person gave item k1 the prediction p1"),
        .cancelAsked: ([:], "a person has what is in flight canceled"),
        .retries: (
            ["class": "nsfw", "count": 10, "key": "k7", "message": "too bold"],
            "10 attempts have failed as nsfw and will be tried again; the last: k7: too bold"
        ),
    ]

    @Test(arguments: JournalEntry.Kind.allCases)
    func isToldInASentence(kind: JournalEntry.Kind) throws {
        let (facts, sentence) = try #require(Self.expected[kind])
        let entry = JournalEntry(
            id: 1, at: Timestamp(milliseconds: 1_795_833_031_000), session: 1, kind: kind.rawValue, facts: facts)
        #expect(entry.sentence(timeZone: Self.utc) == sentence)
        #expect(entry.line(timeZone: Self.utc) == "2026-11-28 02:30:31  \(sentence)")
    }

    /// Journals of earlier versions have the sentence itself.
    @Test func anAnnouncementWithoutACodeIsShownAsItWasTold() {
        let entry = JournalEntry(
            id: 1, at: Timestamp(milliseconds: 0), session: nil, kind: JournalEntry.Kind.announced.rawValue,
            facts: ["kind": "clock", "text": "the clock was set"])
        #expect(entry.sentence() == "the clock was set")
    }

    @Test func kindsOfNewerVersionsAreShownAsTheyAre() {
        let entry = JournalEntry(
            id: 1, at: Timestamp(milliseconds: 0), session: nil, kind: "moon", facts: ["phase": "full"])
        #expect(entry.sentence() == #"moon {"phase":"full"}"#)
    }
}
