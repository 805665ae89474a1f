import Foundation

/// The life of one prediction as the API tells it (section "Prediction lifecycle"): a value that is told what happens
/// and when, and says what a read at any time sees. Nothing leaves a final state.
struct PredictionLifecycle: Hashable, Sendable {
    enum End: Hashable, Sendable {
        case succeeded
        case failed(String)
        case canceled
        case aborted
    }

    enum Status: String, Hashable, Sendable {
        case starting, processing, succeeded, failed, canceled, aborted

        var isFinal: Bool { self != .starting && self != .processing }
    }

    let createdAt: Date
    /// When the platform ends it by itself, from `Cancel-After`.
    let deadline: Date?
    private(set) var startedAt: Date?
    private(set) var completedAt: Date?
    private(set) var end: End?

    init(createdAt: Date, cancelAfter: TimeInterval?) {
        self.createdAt = createdAt
        deadline = cancelAfter.map { createdAt.addingTimeInterval($0) }
    }

    var status: Status {
        switch end {
        case nil: startedAt == nil ? .starting : .processing
        case .succeeded: .succeeded
        case .failed: .failed
        case .canceled: .canceled
        case .aborted: .aborted
        }
    }

    /// Seconds that the model ran.
    var predictTime: TimeInterval? {
        guard let startedAt, let completedAt else { return nil }
        return completedAt.timeIntervalSince(startedAt)
    }

    /// An instance begins to run the model.
    mutating func start(at now: Date) {
        if end == nil, startedAt == nil { startedAt = now }
    }

    /// - Returns: whether the state changed.
    @discardableResult
    mutating func finish(_ end: End, at now: Date) -> Bool {
        guard self.end == nil else { return false }
        self.end = end
        completedAt = now
        return true
    }

    /// The deadline has passed: aborted and not billed before the start, canceled after it.
    @discardableResult
    mutating func passDeadline(at now: Date) -> Bool {
        guard let deadline, now >= deadline else { return false }
        return finish(startedAt == nil ? .aborted : .canceled, at: now)
    }

    /// Whether input and output are removed by then.
    func isRemoved(at now: Date, retention: TimeInterval) -> Bool {
        completedAt.map { now.timeIntervalSince($0) >= retention } ?? false
    }
}
