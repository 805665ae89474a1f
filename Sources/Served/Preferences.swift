import Foundation
import HTTPTypes

/// A header whose value is not one that the API takes.
struct PreferenceError: Error, Hashable {
    let message: String
}

/// The two headers that change how a create behaves.
enum Preferences {
    /// `Prefer: wait` or `wait=1` … `wait=60`, in seconds.
    static func wait(_ headers: HTTPFields) throws(PreferenceError) -> Int? {
        guard let name = HTTPField.Name("Prefer"), let text = headers[name] else { return nil }
        if text == "wait" { return 60 }
        guard text.hasPrefix("wait=") else { return nil }
        guard let seconds = Int(text.dropFirst("wait=".count)), (1...60).contains(seconds) else {
            throw PreferenceError(message: "Prefer must be 'wait' or 'wait=n' with n from 1 to 60, not '\(text)'")
        }
        return seconds
    }

    /// `Cancel-After` in seconds: a number, or parts such as `1h30m`; from 5 s to 24 h.
    static func cancelAfter(_ headers: HTTPFields) throws(PreferenceError) -> TimeInterval? {
        guard let name = HTTPField.Name("Cancel-After"), let text = headers[name] else { return nil }
        guard let seconds = duration(text), (5...86400).contains(seconds) else {
            throw PreferenceError(
                message: "Cancel-After must be from 5s to 24h, such as '90', '5m' or '1h30m', not '\(text)'")
        }
        return seconds
    }

    private static func duration(_ text: String) -> TimeInterval? {
        if let seconds = TimeInterval(text) { return seconds }
        var total: TimeInterval = 0
        var digits = ""
        for character in text {
            switch character {
            case "0"..."9": digits.append(character)
            case "h", "m", "s":
                guard let value = TimeInterval(digits) else { return nil }
                total += value * (character == "h" ? 3600 : character == "m" ? 60 : 1)
                digits = ""
            default: return nil
            }
        }
        return digits.isEmpty && !text.isEmpty ? total : nil
    }
}
