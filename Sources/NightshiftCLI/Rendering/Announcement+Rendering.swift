import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateAPI

extension Announcement {
    /// What is told, in one sentence without a full stop.
    /// - Parameter now: when it is told; the time of another day is shown with its date.
    func sentence(at now: Date = .now, timeZone: TimeZone = .current) -> String {
        BoundedText.line(fullSentence(at: Timestamp(now), in: timeZone), characters: 1000)
    }

    private func fullSentence(at now: Timestamp, in timeZone: TimeZone) -> String {
        let clock = until.map { LocalTime.text($0, seenAt: now, in: timeZone) }
        switch cause {
        case .rateReduced(let count):
            return
                "the provider has reduced this account to \(count) creates a minute, as it does while little credit is "
                + "left; the run goes on at that pace"
        case .rateRestored: return "the provider allows the full rate again"
        case .accountRefused(let message, let isNoCredit, let probeAfter):
            let cure =
                isNoCredit
                ? "add credit if it is yours to add" : "give the token its rights back, or stop and set another"
            return "paused: \(message); \(cure), the provider is asked again every \(DurationText.format(probeAfter))"
        case .gatewayRefuses(let message):
            return
                "paused: \(message), for every item and not in the API's own form, so a gateway or firewall on the way "
                + "has said it; nothing has failed, the provider is asked again at least every minute"
        case .throttled(let work, let asked, let wait):
            let end = clock ?? "then"
            return asked > wait
                ? "the provider asks to wait \(DurationText.format(asked)) before \(work.words); the run waits a day of it, "
                    + "until \(end), and asks again"
                : "the provider asks to wait \(DurationText.format(wait)): \(work.words) goes on at \(end)"
        case .unknownStatus(let status, let predictionID, let key, let hasTimeLimit):
            return
                "prediction \(predictionID) of item '\(key)' has the status '\(status)', which this version does not "
                + "know; it is taken as not ended and looked at again"
                + (hasTimeLimit ? "" : "; 'timeout' in the manifest would end that")
        case .accepting: return "the provider accepts predictions again; the run goes on"
        case .creatingFails(let message): return "\(message); the run waits for the provider and loses no attempt"
        case .modelMissing(let message, let answer):
            return
                "\(message), and it knows nothing else either (\(answer)); the run waits for the provider and loses no "
                + "attempt"
        case .readingFails(let message): return "\(message); the run goes on asking and loses no attempt"
        case .searchingFails(let message):
            return "lost creates cannot be looked for: \(message); the run goes on asking and loses no attempt"
        case .predictionsMissing(let count, let reason):
            let what = count == 1 ? "a prediction in flight is" : "\(count) predictions in flight are"
            return
                "\(what) not found at the provider, which may be an outage or another account: \(reason); the run waits, "
                + "creates nothing and pays for none of them again"
        case .deliveryFails(let message):
            return
                "\(message ?? "an output is not found where the provider says that it is"); downloads are tried again "
                + "and nothing is computed twice for it"
        case .setupFails(let message):
            return "\(message); nothing was sent yet, the run waits for the provider"
                + "\(clock.map { " until \($0)" } ?? "") and asks again"
        case .windowOpened(let window): return "the window \(window) is open; the run goes on"
        case .windowClosed(let window, let opensAt):
            return "outside of the window \(window): nothing is created before \(opensAt)"
        case .resultsExpired(let count):
            return
                "\(count == 1 ? "1 prediction" : "\(count) predictions") of an earlier session cannot be had any more, "
                + "since the provider keeps results for an hour; \(count == 1 ? "it is" : "they are") run again, which "
                + "counts as no failure"
        case .clockSet(let seconds):
            return "the clock of this machine was set \(seconds < 0 ? "back" : "forward") by "
                + "\(DurationText.format(.seconds(abs(seconds)))); the run goes by a clock of its own and is not affected"
        case .searching(let creates, let rows, let oldest):
            let back = oldest.map { ", back to \(APITime.format($0.date))" } ?? ""
            return
                "looking for \(creates == 1 ? "1 lost create" : "\(creates) lost creates"): \(rows) predictions of the "
                + "account read\(back)"
        case .contradiction(let text): return text
        }
    }
}

extension Announcement.Work {
    fileprivate var words: String {
        switch self {
        case .creating: "creating"
        case .reading: "looking at predictions"
        case .searching: "looking for lost creates"
        }
    }
}
