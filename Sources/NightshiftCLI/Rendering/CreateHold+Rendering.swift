import Foundation
import JSON
import NightshiftCore

extension CreateHold {
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
