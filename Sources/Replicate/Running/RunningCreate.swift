import Foundation
import LosslessJSON
import ReplicateAPI
import Synchronization

/// A create whose prediction does not outlive the interest in it: if the task is canceled while the answer is due, the
/// prediction is canceled at the server all the same.
///
/// A held create tells the id only when the prediction has finished. So after a cancellation the account's list is looked
/// at: if exactly one prediction there can be this one, it is canceled soon, else when its id comes.
struct RunningCreate: Sendable {
    /// How often it is asked whether the answer has come.
    private static let tick = Duration.milliseconds(20)
    /// The list is looked at every so many ticks: a new prediction may take a moment to show up there.
    private static let ticksALook = 12
    /// How long a caller is kept; what takes longer is cleared up by itself.
    private static let patience = (held: 60, other: 500)
    /// How far the two clocks may be apart beyond what is known of it.
    private static let clockTolerance: TimeInterval = 3

    let client: Client
    let target: PredictionTarget
    let input: JSONValue
    let options: PredictionOptions

    private typealias Outcome = Result<Prediction, ReplicateError>

    func prediction() async throws(ReplicateError) -> Prediction {
        // What follows outlives a cancellation, so it must not begin after one.
        if Task.isCancelled { throw ReplicateError(.canceled, "the call was canceled", delivery: .notSent) }
        let start = Date()
        let (outcomes, continuation) = AsyncStream.makeStream(of: Outcome.self)
        // Not a child, because an answer that is on its way must be read even if nobody waits for it: it has the id.
        let creating = Task {
            let outcome = await outcome()
            continuation.yield(outcome)
            continuation.finish()
            return outcome
        }
        for await outcome in outcomes { return try outcome.get() }
        // The task was canceled, which ends the waiting above at once. What follows must not be canceled too.
        creating.cancel()
        await Task { await clear(creating, begunAt: start) }.value
        throw ReplicateError(.canceled, "the call was canceled, and the prediction with it", delivery: .unknown)
    }

    private func outcome() async -> Outcome {
        do throws(ReplicateError) {
            return .success(try await create())
        } catch {
            return .failure(error)
        }
    }

    /// Community models are not found by their name; their latest version is.
    private func create() async throws(ReplicateError) -> Prediction {
        do throws(ReplicateError) {
            return try await send(to: target)
        } catch {
            guard error.code == .notFound, case .model(let owner, let name) = target else { throw error }
            guard let version = try await client.models.get(owner, name).latestVersion else {
                throw ReplicateError(
                    .notFound, "model \(owner)/\(name) has no version yet, so it cannot be run", delivery: .refused)
            }
            return try await send(to: .version(version.id))
        }
    }

    private func send(to target: PredictionTarget) async throws(ReplicateError) -> Prediction {
        let request = PredictionRequest(target: target, input: input, options: options)
        return try await client.predictions.create(request, outlivesCancellation: true)
    }

    // MARK: - After a cancellation

    private func clear(_ creating: Task<Outcome, Never>, begunAt start: Date) async {
        let isAnswered = Answered()
        let ending = Task {
            let outcome = await creating.value
            isAnswered.value.withLock { $0 = true }
            if case .success(let prediction) = outcome, !prediction.status.isTerminal {
                _ = try? await client.predictions.cancel(prediction.id)
            }
        }
        let isHeld = options.wait != nil
        var seen: [String] = []
        for tick in 0..<(isHeld ? Self.patience.held : Self.patience.other) {
            if isAnswered.value.withLock({ $0 }) { return await ending.value }
            if isHeld, tick % Self.ticksALook == 0 {
                let found = await candidates(since: start).map(\.id)
                // Alone once, it may be another of equal input, while this one has just ended and its answer is on its way.
                if found.count == 1, found == seen, !isAnswered.value.withLock({ $0 }) {
                    _ = try? await client.predictions.cancel(found[0])
                    return await ending.value
                }
                seen = found
            }
            try? await Task.sleep(for: Self.tick)
        }
        // Which one it is will be known when the hold ends; nobody waits for that.
    }

    private final class Answered: Sendable {
        let value = Mutex(false)
    }

    private func candidates(since start: Date) async -> [Prediction] {
        let offset = TimeInterval((client.clockOffset ?? .zero).components.seconds)
        let earliest = start.addingTimeInterval(offset - Self.clockTolerance)
        let rows = (try? await client.predictions.list(createdAfter: earliest))?.results ?? []
        return rows.filter { !$0.status.isTerminal && $0.source != "web" && $0.input == input }
    }
}
