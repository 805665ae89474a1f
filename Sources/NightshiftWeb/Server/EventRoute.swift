import HTTPTypes
import Hummingbird
import LosslessJSON
import NIOCore

/// Tells a page what changes, as server-sent events, until it is closed.
struct EventRoute {
    let view: JobView

    private static let interval = Duration.milliseconds(500)
    /// A live run's pace changes without its store.
    private static let liveInterval = Duration.seconds(2)
    private static let heartbeat = Duration.seconds(15)

    func answer() -> Response {
        let body = ResponseBody { [view] writer in
            var known = -1
            var wasAlive = false
            var journal = try await view.newestJournalEntry()
            var toldAt = ContinuousClock.now
            while true {
                let now = ContinuousClock.now
                let version = await view.currentVersion()
                // A run that is killed changes nothing in its store.
                let isAlive = await view.isAlive
                let isDue = isAlive != wasAlive || isAlive && toldAt.duration(to: now) >= Self.liveInterval
                if version != known || isDue {
                    // An error is told by the page's next question.
                    if let overview = try? await view.overviewOfAnyJob() {
                        try await writer.write(Self.event("overview", overview))
                    }
                    if version != known {
                        try await writer.write(Self.event("items", ["version": .of(version)]))
                        let entries = (try? await view.journal(after: journal)) ?? (entries: [], newest: journal)
                        if !entries.entries.isEmpty {
                            journal = entries.newest
                            try await writer.write(Self.event("journal", ["entries": .array(entries.entries)]))
                        }
                    }
                    (known, wasAlive, toldAt) = (version, isAlive, now)
                } else if toldAt.duration(to: now) >= Self.heartbeat {
                    try await writer.write(ByteBuffer(string: ": still here\n\n"))
                    toldAt = now
                }
                // What takes long to find out is asked for less often.
                let took = now.duration(to: .now)
                try await Task.sleep(for: max(Self.interval, took * 4))
            }
        }
        return Response(
            status: .ok,
            headers: ViewHeaders.common(policy: ViewHeaders.page).with(.contentType, "text/event-stream"), body: body)
    }

    private static func event(_ name: String, _ json: JSONValue) -> ByteBuffer {
        ByteBuffer(string: "event: \(name)\ndata: \(json.jsonString())\n\n")
    }
}
