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
    /// From where on its speed is measured.
    var window = PaceWindow.Mark()

    /// Items that ended a minute lately, over the time in which the run might work.
    var rate: Double? {
        let (time, count) = (elapsed - window.elapsed, ended - window.ended)
        return time >= 1 && count > 0 ? Double(count) / time * 60 : nil
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
        if let rate { parts.append("\(Self.text(rate: rate))/min") }
        if counts.retries > 0 { parts.append("\(counts.retries) retries") }
        var line = parts.joined(separator: " · ")
        while line.count > width, parts.count > 1 {
            parts.removeLast()
            line = parts.joined(separator: " · ")
        }
        return String(line.prefix(max(0, width)))
    }

    /// How many cells of a bar are for what; one of many that failed is still seen.
    static func cells(
        done: Int, bad: Int, active: Int, items: Int, _ width: Int
    ) -> (done: Int, bad: Int, active: Int, rest: Int) {
        func cells(_ count: Int) -> Int {
            items > 0 ? min(width, Int(saturating: Double(width) * Double(count) / Double(items))) : 0
        }
        let badCells = min(width, bad > 0 ? max(1, cells(bad)) : 0)
        let doneCells = min(width - badCells, cells(done))
        let activeCells = min(width - badCells - doneCells, active > 0 ? max(1, cells(active)) : 0)
        return (doneCells, badCells, activeCells, width - badCells - doneCells - activeCells)
    }

    /// Items a minute; few of them with a decimal.
    static func text(rate: Double) -> String {
        rate < 10 ? "\((rate * 10).rounded() / 10)".replacing(".0", with: "") : "\(Int(saturating: rate.rounded()))"
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
