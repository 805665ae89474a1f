import Foundation
import LosslessJSON
import NightshiftCore

extension CreateHold {
    /// The reason in a few words, for a line that shows more than this; `nil` where it is only for a moment.
    func label(at now: Date, timeZone: TimeZone = .current) -> String? {
        let word: String
        switch reason {
        case .canceling: word = "canceling"
        case .ending: word = "ending"
        case .paused: word = "paused"
        case .refused: word = "refused by the provider"
        case .missingPredictions: word = "predictions not found"
        case .outsideWindow: word = "outside of the window"
        case .canary: word = "waiting for your decision"
        case .earlierSession: word = "looking at earlier predictions"
        case .throttled: word = "throttled"
        case .unreachable: word = "provider out of reach"
        case .rate: return nil
        }
        // A wait of seconds is over before it is read.
        guard let until, Timestamp(now).duration(to: until) >= .seconds(30) else { return word }
        return "\(word) until \(LocalTime.text(until, seenAt: Timestamp(now), in: timeZone))"
    }

    /// Why nothing new is created, in one sentence without a full stop; `nil` where it is only for a moment.
    func sentence(at now: Date, timeZone: TimeZone = .current) -> String? {
        let clock = until.map { LocalTime.text($0, seenAt: Timestamp(now), in: timeZone) }
        switch reason {
        case .canceling: return "what is in flight is being canceled"
        case .ending(let end): return "finishing what runs, then it ends\(end.reason.map { ": \($0)" } ?? "")"
        case .paused: return "paused by a person; what runs is finished"
        case .refused(let message):
            return "paused: \(message); the provider is "
                + (clock.map { "asked again at \($0)" } ?? "being asked again")
        case .missingPredictions:
            return "predictions in flight are not found at the provider; nothing is created until they are"
        case .outsideWindow:
            return "outside of the manifest's 'window'" + (clock.map { "; it opens at \($0)" } ?? "")
        case .canary: return "the first items have ended; waiting for the decision about the rest"
        case .earlierSession: return "finding out what became of predictions of an earlier session"
        case .throttled:
            return "throttled by the provider; all creates wait until " + (clock ?? "it allows more")
        case .unreachable:
            guard let until else { return "the provider is busy or out of reach" }
            let seconds = Int(saturating: Timestamp(now).duration(to: until).inSeconds.rounded(.up))
            return "the provider is busy or out of reach; creating is tried again in \(max(1, seconds)) s"
        case .rate: return nil
        }
    }
}
