import Foundation
import LosslessJSON
import ReplicateAPI

/// A create whose prediction does not outlive the interest in it: if the task is canceled while the answer is due, the
/// prediction is canceled at the server all the same, when its id comes or is found in the account's list.
struct RunningCreate: Sendable {
    /// How long a caller is kept after its cancellation; what takes longer is cleared up by itself.
    private static let patience = (held: Duration.seconds(2), other: Duration.seconds(10))

    let client: Client
    let target: PredictionTarget
    let input: JSONValue
    let options: PredictionOptions

    private typealias Outcome = Result<Prediction, ReplicateError>

    func prediction() async throws(ReplicateError) -> Prediction {
        // What follows outlives a cancellation, so it must not begin after one.
        if Task.isCancelled { throw ReplicateError(.canceled, "the call was canceled", delivery: .notSent) }
        let runs = client.session.abandonedRuns
        let ticket = runs.update { $0.begin(input, at: Date()) }
        let (outcomes, continuation) = AsyncStream.makeStream(of: Outcome.self)
        // Not a child, because an answer that is on its way must be read even if nobody waits for it: it has the id.
        let creating = Task {
            let outcome = await outcome()
            runs.update { $0.end(ticket) }
            continuation.yield(outcome)
            continuation.finish()
            return outcome
        }
        for await outcome in outcomes { return try outcome.get() }
        // The task was canceled, which ends the waiting above at once. What follows must not be canceled too.
        creating.cancel()
        await Task { await clear(creating, ticket) }.value
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
        guard case .model(let owner, let name) = target else { return try await send(to: target) }
        let known = client.session.latestVersions.made("\(owner)/\(name)")
        let refusal: ReplicateError
        do throws(ReplicateError) {
            return try await send(to: known.map(PredictionTarget.version) ?? target)
        } catch {
            guard error.code == .notFound || (known != nil && error.isAboutVersion) else { throw error }
            refusal = error
        }
        let version = try await latestVersion(of: owner, name, unless: known)
        if version == known { throw refusal }
        return try await send(to: .version(version))
    }

    /// The version is looked up once a client, and again when it is gone.
    private func latestVersion(
        of owner: String, _ name: String, unless gone: String?
    ) async throws(ReplicateError) -> String {
        try await client.session.latestVersions.value(of: "\(owner)/\(name)", isUsable: { $0 != gone }) {
            () async throws(ReplicateError) in
            guard let version = try await client.models.get(owner, name).latestVersion else {
                throw ReplicateError(
                    .notFound, "model \(owner)/\(name) has no version yet, so it cannot be run", delivery: .refused)
            }
            return version.id
        }
    }

    private func send(to target: PredictionTarget) async throws(ReplicateError) -> Prediction {
        let request = PredictionRequest(target: target, input: input, options: options)
        return try await client.predictions.create(request, outlivesCancellation: true)
    }

    // MARK: - After a cancellation

    private func clear(_ creating: Task<Outcome, Never>, _ ticket: Int) async {
        let (ends, continuation) = AsyncStream.makeStream(of: Void.self)
        Task {
            if case .success(let prediction) = await creating.value, !prediction.status.isTerminal {
                _ = try? await client.predictions.cancel(prediction.id)
            }
            continuation.finish()
        }
        let isHeld = options.wait != nil
        client.session.abandonedRuns.update { $0.abandon(ticket) }
        if isHeld { client.session.abandonedRuns.look(by: client) }
        // What is not known by then will be when the hold ends; nobody waits for that.
        let patience = Task {
            try? await Task.sleep(for: isHeld ? Self.patience.held : Self.patience.other)
            continuation.finish()
        }
        for await _ in ends {}
        patience.cancel()
    }
}

extension ReplicateError {
    /// Whether the API refused the version, not the input.
    fileprivate var isAboutVersion: Bool {
        code == .invalidInput && problem?.invalidFields.isEmpty == true && problem?.title?.contains("version") == true
    }
}
