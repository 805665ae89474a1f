import LosslessJSON
import NightshiftCore
import Testing

@testable import Nightshift
@testable import NightshiftWeb

/// The course of a run as the page draws it.
struct TimelineTests {
    private func at(_ seconds: Int) -> Timestamp { Timestamp(milliseconds: 1_700_000_000_000 + Int64(seconds) * 1000) }

    private func entry(_ id: Int, _ seconds: Int, _ kind: JournalEntry.Kind, _ facts: JSONValue = [:]) -> JournalEntry {
        JournalEntry(id: id, at: at(seconds), session: 1, kind: kind.rawValue, facts: facts)
    }

    private func activity(_ seconds: Int, succeeded: Int, inFlight: Int, throttled: Int = 0) -> RunActivity {
        RunActivity(
            since: at(seconds), sent: 0, succeeded: succeeded, failed: 1, retried: 0, throttled: throttled,
            inFlight: inFlight)
    }

    private func session(_ id: Int, _ from: Int, _ to: Int?) -> SessionSummary {
        SessionSummary(
            id: id, beganAt: at(from), seenAt: at(to ?? from), endedAt: to.map(at), ending: nil, host: "h", version: "1"
        )
    }

    private func numbers(_ json: JSONValue, _ name: String) -> [Int] {
        (json[name]?.arrayValue ?? []).compactMap(\.intValue)
    }

    @Test func nothingIsLostBetweenTheFirstSessionAndTheLast() {
        let parts = [
            activity(0, succeeded: 3, inFlight: 5), activity(10, succeeded: 4, inFlight: 2, throttled: 6),
            activity(3000, succeeded: 1, inFlight: 9),
        ]
        for points in [2, 10, 120, 2000] {
            let json = Timeline(
                activity: parts, sessions: [session(1, 3, 40), session(2, 2990, 3005)], journal: [], isAlive: false,
                now: at(99_999), points: points
            ).json { $0.code }
            #expect(numbers(json, "ended").reduce(0, +) == 11)
            #expect(numbers(json, "failed").reduce(0, +) == 3)
            #expect(numbers(json, "throttles").reduce(0, +) == 6)
            #expect(numbers(json, "in_flight").max() == 9)
            #expect(numbers(json, "ended").count <= points + 1)
            #expect(json["from"]?.intValue == Int(at(0).milliseconds))
            #expect(json["to"]?.intValue == Int(at(3010).milliseconds))
            #expect((json["step"]?.intValue ?? 0) % 10_000 == 0)
        }
    }

    @Test func pausesAreFromOneWordToTheNext() {
        let held = { (reason: String) -> JSONValue in ["reason": .string(reason)] }
        let journal = [
            entry(1, 0, .sessionBegan), entry(2, 10, .held, held("paused")), entry(3, 40, .held, held("throttled")),
            entry(4, 100, .released), entry(5, 110, .held, held("paused")), entry(6, 112, .released),
            entry(7, 120, .held, held("outside_window")), entry(8, 200, .sessionEnded),
            entry(9, 300, .held, held("paused")),
        ]
        let json = Timeline(
            activity: [], sessions: [session(1, 0, 200), session(2, 300, nil)], journal: journal, isAlive: true,
            now: at(400), points: 10
        ).json { $0.code }
        let pauses = (json["pauses"]?.arrayValue ?? []).map { pause in
            let times = ["from", "to"].map { ((pause[$0]?.intValue ?? 0) - Int(at(0).milliseconds)) / 1000 }
            return "\(pause["reason"]?.stringValue ?? "") \(times[0])-\(times[1])"
        }
        #expect(pauses == ["paused 10-40", "throttled 40-100", "outside_window 120-200", "paused 300-400"])
        let sessions = json["sessions"]?.arrayValue ?? []
        #expect(sessions.last?["to"]?.intValue == Int(at(400).milliseconds))
    }

    @Test func ofARunOfAnOlderVersionNothingIsDrawn() {
        let json = Timeline(activity: [], sessions: [], journal: [], isAlive: false, now: at(0), points: 10).json {
            $0.code
        }
        #expect(json["from"] == .null)
        #expect(json["ended"] == [])
    }
}
