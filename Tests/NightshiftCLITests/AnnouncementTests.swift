import Foundation
import LosslessJSON
import NightshiftCore
import Testing

@testable import NightshiftCLI

/// Everything that a run announces, and what a person reads.
struct AnnouncementTests {
    private static let utc = TimeZone(secondsFromGMT: 0) ?? .current
    /// 2026-11-28 02:30:31.
    private static let now = Timestamp(milliseconds: 1_795_833_031_000)
    private static let later = now.advanced(by: .seconds(7200))

    private static let expected: [(Announcement, sentence: String)] = [
        (
            Announcement(.rateReduced(createsPerMinute: 6)),
            "the provider has reduced this account to 6 creates a minute, as it does while little credit is left; the run goes "
                + "on at that pace"
        ),
        (Announcement(.rateRestored), "the provider allows the full rate again"),
        (
            Announcement(.accountRefused(message: "402 no credit", isNoCredit: true, probeAfter: .seconds(300))),
            "paused: 402 no credit; add credit if it is yours to add, the provider is asked again every 5m"
        ),
        (
            Announcement(.accountRefused(message: "401 no token", isNoCredit: false, probeAfter: .seconds(60))),
            "paused: 401 no token; give the token its rights back, or stop and set another, the provider is asked again every "
                + "1m"
        ),
        (
            Announcement(.gatewayRefuses(message: "403 Forbidden")),
            "paused: 403 Forbidden, for every item and not in the API's own form, so a gateway or firewall on the way has said "
                + "it; nothing has failed, the provider is asked again at least every minute"
        ),
        (
            Announcement(.throttled(.creating, asked: .seconds(7200), wait: .seconds(7200)), until: later),
            "the provider asks to wait 2h: creating goes on at 04:30"
        ),
        (
            Announcement(
                .throttled(.searching, asked: .seconds(604_800), wait: .seconds(86_400)),
                until: now.advanced(by: .seconds(86_400))),
            "the provider asks to wait 168h before looking for lost creates; the run waits a day of it, until 2026-11-29 02:30, "
                + "and asks again"
        ),
        (
            Announcement(.unknownStatus("queued", predictionID: "p1", key: "ada", hasTimeLimit: false)),
            "prediction p1 of item 'ada' has the status 'queued', which this version does not know; it is taken as not ended "
                + "and looked at again; 'timeout' in the manifest would end that"
        ),
        (Announcement(.accepting), "the provider accepts predictions again; the run goes on"),
        (
            Announcement(.creatingFails(message: "no route")),
            "no route; the run waits for the provider and loses no attempt"
        ),
        (
            Announcement(.modelMissing(message: "404 no model", answer: "502")),
            "404 no model, and it knows nothing else either (502); the run waits for the provider and loses no attempt"
        ),
        (Announcement(.readingFails(message: "502")), "502; the run goes on asking and loses no attempt"),
        (
            Announcement(.searchingFails(message: "502")),
            "lost creates cannot be looked for: 502; the run goes on asking and loses no attempt"
        ),
        (
            Announcement(.predictionsMissing(count: 2, reason: "its list is empty")),
            "2 predictions in flight are not found at the provider, which may be an outage or another account: its list is "
                + "empty; the run waits, creates nothing and pays for none of them again"
        ),
        (
            Announcement(.deliveryFails(message: nil)),
            "an output is not found where the provider says that it is; downloads are tried again and nothing is computed "
                + "twice for it"
        ),
        (
            Announcement(.setupFails(message: "502"), until: later),
            "502; nothing was sent yet, the run waits for the provider until 04:30 and asks again"
        ),
        (Announcement(.windowOpened("22:00-07:00")), "the window 22:00-07:00 is open; the run goes on"),
        (
            Announcement(.windowClosed("22:00-07:00", opensAt: "22:00")),
            "outside of the window 22:00-07:00: nothing is created before 22:00"
        ),
        (
            Announcement(.resultsExpired(count: 1)),
            "1 prediction of an earlier session cannot be had any more, since the provider keeps results for an hour; it is run "
                + "again, which counts as no failure"
        ),
        (
            Announcement(.clockSet(seconds: -30)),
            "the clock of this machine was set back by 30s; the run goes by a clock of its own and is not affected"
        ),
        (
            Announcement(.searching(creates: 2, rows: 900, oldest: now)),
            "looking for 2 lost creates: 900 predictions of the account read, back to 2026-11-28T02:30:31.000000Z"
        ),
        (Announcement(.contradiction("item 'a' was admitted twice")), "item 'a' was admitted twice"),
    ]

    @Test func everyOneHasItsSentence() {
        #expect(Set(Self.expected.map(\.0.code)) == Set(Announcement.Code.allCases))
        for (announcement, sentence) in Self.expected {
            #expect(announcement.sentence(at: Self.now.date, timeZone: Self.utc) == sentence)
        }
    }

    /// The journal keeps the facts and not the sentence.
    @Test func everyOneIsReadFromItsFacts() {
        for (announcement, _) in Self.expected {
            let read = Announcement(
                code: announcement.code.rawValue, facts: .object(announcement.facts), until: announcement.until)
            #expect(read == announcement)
        }
        #expect(Announcement(code: "of a newer version", facts: [:]) == nil)
    }

    @Test func theWordsOfOthersAreOneBoundedLine() {
        let long = "first\n" + String(repeating: "x", count: 100_000)
        let sentence = Announcement(.readingFails(message: long)).sentence()
        #expect(sentence.count < 1100 && !sentence.contains("\n"))
    }
}
