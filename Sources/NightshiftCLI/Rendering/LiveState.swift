import Foundation
import Nightshift
import NightshiftCore

/// What is known of a run for its live screen.
struct LiveState {
    var counts: RunCounts?
    var isThrottled = false
    /// Why nothing is created now.
    var hold: RunHold?
    var isPaused = false
    private var steps: [LiveView.Step] = []
    private var finished: [String] = []
    /// As it was told last, and when.
    private var pace = RunPace(activeTime: 0, ended: 0, isHalted: false)
    private var pacedAt = ContinuousClock.now
    private var startedAt = ContinuousClock.now
    private var window = PaceWindow()

    private static let namesKept = 20

    mutating func start(_ counts: RunCounts, at now: ContinuousClock.Instant) {
        self.counts = counts
        (startedAt, pacedAt) = (now, now)
        pace = RunPace(activeTime: 0, ended: 0, isHalted: false)
    }

    mutating func take(_ pace: RunPace, at now: ContinuousClock.Instant) {
        (self.pace, pacedAt) = (pace, now)
        window.note(elapsed: pace.activeTime, ended: pace.ended)
    }

    mutating func take(_ steps: [StatusReport.StepCounts]) {
        self.steps = steps.map { LiveView.Step($0) }
    }

    mutating func take(_ changes: [ItemChange]) {
        for change in changes {
            if let place = steps.firstIndex(where: { $0.name == change.step }) {
                steps[place].states[change.previous, default: 0] -= 1
                steps[place].states[change.state, default: 0] += 1
            }
            if change.state == ItemState.succeeded.rawValue { finished.insert(change.name, at: 0) }
        }
        if finished.count > Self.namesKept { finished.removeLast(finished.count - Self.namesKept) }
    }

    /// - Returns: `nil` before the session begins.
    func progress(at now: ContinuousClock.Instant) -> ProgressView? {
        guard let counts else { return nil }
        let isHalted = isPaused || pace.isHalted
        return ProgressView(
            counts: counts, isThrottled: isThrottled, hold: hold?.cause, isPaused: isHalted, pace: pace,
            elapsed: pace.activeTime + (isHalted ? 0 : pacedAt.duration(to: now) / .seconds(1)), ended: pace.ended,
            window: window.start)
    }

    func view(of job: String, at now: ContinuousClock.Instant) -> LiveView? {
        progress(at: now).map {
            LiveView(
                job: job, progress: $0, steps: steps, sessionTime: startedAt.duration(to: now) / .seconds(1),
                finished: finished)
        }
    }
}
