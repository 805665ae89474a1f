import Foundation
package import NightshiftCore

/// What came of a night.
package struct NightResult: Sendable {
    package var night: Night
    package var violations: [Violation]
    /// The faults that struck, by their labels.
    package var struck: [String]
    /// What happened, in virtual time, if it was asked for.
    package var trace: [String]
    package var figures: NightFigures
}

/// What was counted in nights.
package struct NightFigures: Sendable {
    package var nights = 0
    package var sessions = 0
    package var crashes = 0
    /// Decisions of the machine.
    package var steps = 0
    package var checkpoints = 0
    package var creates = 0
    package var reads = 0
    /// Creates that the provider accepted.
    package var predictions = 0
    package var faults = 0
    /// Virtual milliseconds.
    package var length: Int64 = 0
    package var states: [ItemState: Int] = [:]

    package init() {}

    package static func + (left: NightFigures, right: NightFigures) -> NightFigures {
        var sum = left
        sum.nights += right.nights
        sum.sessions += right.sessions
        sum.crashes += right.crashes
        sum.steps += right.steps
        sum.checkpoints += right.checkpoints
        sum.creates += right.creates
        sum.reads += right.reads
        sum.predictions += right.predictions
        sum.faults += right.faults
        sum.length += right.length
        sum.states.merge(right.states, uniquingKeysWith: +)
        return sum
    }
}

/// A folder for one night, in memory where the system has a place for that.
struct NightFolder {
    let path: String

    init() throws {
        let memory = "/dev/shm"
        let root = FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory()
        path = "\(root)/nightshift-night-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }
}

extension Night {
    /// Plays the night.
    /// - Parameter tells: whether the result has a trace.
    package func play(tells: Bool = false) async throws -> NightResult {
        var result = try await NightPlayer.play(self, tells: tells)
        result.figures.nights = 1
        return result
    }
}
