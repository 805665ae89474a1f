package import LosslessJSON
import ReplicateAPI

/// As programs and the journal read it: a stable code and facts by their names.
extension Announcement {
    /// What is told; the raw value is stable, and programs may compare it.
    package enum Code: String, CaseIterable, Sendable {
        case rateReduced = "rate_reduced"
        case rateRestored = "rate_restored"
        case accountRefused = "account_refused"
        case gatewayRefuses = "gateway_refuses"
        case throttled
        case unknownStatus = "unknown_status"
        case accepting
        case creatingFails = "creating_fails"
        case modelMissing = "model_missing"
        case readingFails = "reading_fails"
        case searchingFails = "searching_fails"
        case predictionsMissing = "predictions_missing"
        case deliveryFails = "delivery_fails"
        case setupFails = "setup_fails"
        case windowOpened = "window_opened"
        case windowClosed = "window_closed"
        case resultsExpired = "results_expired"
        case clockSet = "clock_set"
        case searching
        case contradiction
    }

    package var code: Code {
        switch cause {
        case .rateReduced: .rateReduced
        case .rateRestored: .rateRestored
        case .accountRefused: .accountRefused
        case .gatewayRefuses: .gatewayRefuses
        case .throttled: .throttled
        case .unknownStatus: .unknownStatus
        case .accepting: .accepting
        case .creatingFails: .creatingFails
        case .modelMissing: .modelMissing
        case .readingFails: .readingFails
        case .searchingFails: .searchingFails
        case .predictionsMissing: .predictionsMissing
        case .deliveryFails: .deliveryFails
        case .setupFails: .setupFails
        case .windowOpened: .windowOpened
        case .windowClosed: .windowClosed
        case .resultsExpired: .resultsExpired
        case .clockSet: .clockSet
        case .searching: .searching
        case .contradiction: .contradiction
        }
    }

    package var facts: [String: JSONValue] {
        func text(_ text: String) -> JSONValue { .string(BoundedText.line(text, characters: 1000)) }
        func number(_ number: Int) -> JSONValue { .number(JSONNumber(number)) }
        func seconds(_ duration: Duration) -> JSONValue { number(Int(saturating: duration.inSeconds.rounded())) }
        switch cause {
        case .rateRestored, .accepting: return [:]
        case .rateReduced(let count): return ["creates_per_minute": number(count)]
        case .accountRefused(let message, let isNoCredit, let probeAfter):
            return ["message": text(message), "is_no_credit": .bool(isNoCredit), "probe_after": seconds(probeAfter)]
        case .gatewayRefuses(let message), .creatingFails(let message), .readingFails(let message),
            .searchingFails(let message), .setupFails(let message), .contradiction(let message):
            return ["message": text(message)]
        case .deliveryFails(let message): return message.map { ["message": text($0)] } ?? [:]
        case .throttled(let work, let asked, let wait):
            return ["work": text(work.rawValue), "asked": seconds(asked), "wait": seconds(wait)]
        case .unknownStatus(let status, let predictionID, let key, let hasTimeLimit):
            return [
                "status": text(status), "prediction_id": text(predictionID), "key": text(key),
                "has_time_limit": .bool(hasTimeLimit),
            ]
        case .modelMissing(let message, let answer): return ["message": text(message), "answer": text(answer)]
        case .predictionsMissing(let count, let reason): return ["count": number(count), "reason": text(reason)]
        case .windowOpened(let window): return ["window": text(window)]
        case .windowClosed(let window, let opensAt): return ["window": text(window), "opens_at": text(opensAt)]
        case .resultsExpired(let count): return ["count": number(count)]
        case .clockSet(let seconds): return ["seconds": number(seconds)]
        case .searching(let creates, let rows, let oldest):
            let facts = ["creates": number(creates), "rows": number(rows)]
            return oldest.map { facts.merging(["oldest": text(APITime.format($0.date))]) { $1 } } ?? facts
        }
    }

    /// - Parameter facts: what ``facts`` has told, whatever else there is.
    package init?(code: String, facts: JSONValue, until: Timestamp? = nil) {
        func text(_ name: String) -> String { facts[name]?.stringValue ?? "" }
        func number(_ name: String) -> Int { facts[name]?.intValue ?? 0 }
        func seconds(_ name: String) -> Duration { .seconds(number(name)) }
        func flag(_ name: String) -> Bool { facts[name]?.boolValue ?? false }
        let cause: Cause
        switch Code(rawValue: code) {
        case .rateReduced: cause = .rateReduced(createsPerMinute: number("creates_per_minute"))
        case .rateRestored: cause = .rateRestored
        case .accountRefused:
            cause = .accountRefused(
                message: text("message"), isNoCredit: flag("is_no_credit"), probeAfter: seconds("probe_after"))
        case .gatewayRefuses: cause = .gatewayRefuses(message: text("message"))
        case .throttled:
            guard let work = Work(rawValue: text("work")) else { return nil }
            cause = .throttled(work, asked: seconds("asked"), wait: seconds("wait"))
        case .unknownStatus:
            cause = .unknownStatus(
                text("status"), predictionID: text("prediction_id"), key: text("key"),
                hasTimeLimit: flag("has_time_limit"))
        case .accepting: cause = .accepting
        case .creatingFails: cause = .creatingFails(message: text("message"))
        case .modelMissing: cause = .modelMissing(message: text("message"), answer: text("answer"))
        case .readingFails: cause = .readingFails(message: text("message"))
        case .searchingFails: cause = .searchingFails(message: text("message"))
        case .predictionsMissing: cause = .predictionsMissing(count: number("count"), reason: text("reason"))
        case .deliveryFails: cause = .deliveryFails(message: facts["message"]?.stringValue)
        case .setupFails: cause = .setupFails(message: text("message"))
        case .windowOpened: cause = .windowOpened(text("window"))
        case .windowClosed: cause = .windowClosed(text("window"), opensAt: text("opens_at"))
        case .resultsExpired: cause = .resultsExpired(count: number("count"))
        case .clockSet: cause = .clockSet(seconds: number("seconds"))
        case .searching:
            cause = .searching(
                creates: number("creates"), rows: number("rows"),
                oldest: APITime.parse(text("oldest")).map(Timestamp.init))
        case .contradiction: cause = .contradiction(text("message"))
        case nil: return nil
        }
        self.init(cause, until: until)
    }
}
