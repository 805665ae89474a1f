import Foundation
import LosslessJSON
import Nightshift
import NightshiftCore

/// What is shown of a run that goes on: a value in, lines out. Writing them is the terminal's business.
struct ProgressView {
    var counts: RunCounts
    var isThrottled = false
    /// Why nothing is created now.
    var hold: CreateHold?
    /// Nothing may be created now: a person's pause, a refused account, a closed window.
    var isPaused = false
    /// Slots and cost, as they were told last.
    var pace = RunPace(activeTime: 0, ended: 0, isHalted: false)
    /// Seconds of the session in which the run might work, and items that ended in that time.
    var elapsed: Double
    var ended: Int

    /// Items that ended a minute, over the time in which the run might work.
    var rate: Double? {
        elapsed >= 1 && ended > 0 ? Double(ended) / elapsed * 60 : nil
    }

    /// Seconds until all is done, if it goes on like this; nobody knows how long a pause takes.
    var remaining: Double? {
        guard !isPaused, let rate else { return nil }
        let left = counts.items - counts.succeeded - counts.failed - counts.canceled - counts.held
        return left > 0 ? Double(left) / rate * 60 : nil
    }

    /// One line in the terminal's width: what is least important is dropped first.
    func line(width: Int, at now: Date = Date()) -> String {
        let done = counts.succeeded + counts.failed + counts.canceled + counts.held
        var parts = ["\(done)/\(counts.items)"]
        if counts.failed > 0 { parts.append("\(counts.failed) failed") }
        if counts.canceled > 0 { parts.append("\(counts.canceled) canceled") }
        if counts.held > 0 { parts.append("\(counts.held) held") }
        if counts.running > 0 { parts.append("\(counts.running) running") }
        if let label = hold?.label(at: now) {
            parts.append(label)
        } else if isPaused {
            parts.append("paused")
        } else if isThrottled {
            parts.append("throttled")
        }
        if let remaining { parts.append("\(Self.text(seconds: remaining)) left") }
        if counts.unknown > 0 { parts.append("\(counts.unknown) looked for") }
        if counts.fetching > 0 { parts.append("\(counts.fetching) downloading") }
        if let rate { parts.append("\(Int(saturating: rate.rounded()))/min") }
        if counts.retries > 0 { parts.append("\(counts.retries) retries") }
        var line = parts.joined(separator: " · ")
        while line.count > width, parts.count > 1 {
            parts.removeLast()
            line = parts.joined(separator: " · ")
        }
        return String(line.prefix(max(0, width)))
    }

    /// A bar of the given width: done, failed, in flight.
    func bar(width: Int) -> String {
        guard width > 2, counts.items > 0 else { return "" }
        let inner = width - 2
        func cells(_ count: Int) -> Int {
            min(inner, Int(saturating: Double(inner) * Double(count) / Double(counts.items)))
        }
        let done = cells(counts.succeeded)
        let bad = counts.failed + counts.canceled + counts.held
        let failed = min(inner - done, bad > 0 ? max(1, cells(bad)) : 0)
        let active = min(inner - done - failed, cells(counts.running + counts.fetching + counts.unknown))
        let rest = inner - done - failed - active
        return "[" + String(repeating: "=", count: done) + String(repeating: "x", count: failed)
            + String(repeating: "-", count: active) + String(repeating: " ", count: rest) + "]"
    }

    /// A duration for people, such as `1h 05m`, `3m 20s` or `45s`.
    static func text(seconds: Double) -> String {
        let total = Int(saturating: min(seconds, 8_640_000).rounded(.up))
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if total >= 3600 { return "\(total / 3600)h \(two(total / 60 % 60))m" }
        if total >= 60 { return "\(total / 60)m \(two(total % 60))s" }
        return "\(total)s"
    }
}
