import Foundation
import JSON

/// One prediction on its way through a model, until it has ended in one way or another.
struct RunningPrediction: Sendable {
    let state: ServerState
    let record: ServerState.Record
    let baseURL: String
    /// An end that a fault has decided beforehand.
    let fate: PredictionLifecycle.End?

    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await execute() }
            group.addTask { await state.end(of: record.id) }
            if let deadline = record.lifecycle.deadline {
                group.addTask {
                    try? await Task.sleep(for: .seconds(deadline.timeIntervalSinceNow))
                    state.update(record.id) { $0.lifecycle.passDeadline(at: Date()) }
                }
            }
            await group.next()
            group.cancelAll()
        }
    }

    private func execute() async {
        if state.configuration.startDelay > 0 {
            try? await Task.sleep(for: .seconds(state.configuration.startDelay))
        }
        if case .aborted = fate {
            return state.update(record.id) { $0.lifecycle.finish(.aborted, at: Date()) }
        }
        state.update(record.id) { $0.lifecycle.start(at: Date()) }
        if let fate { return state.update(record.id) { $0.lifecycle.finish(fate, at: Date()) } }
        let result: Swift.Result<ModelResult, ModelFailure>
        do {
            let context = ModelContext(predictionID: record.id, baseURL: baseURL)
            result = .success(try await record.model.run(record.input, context))
        } catch is CancellationError {
            return
        } catch let failure as ModelFailure {
            result = .failure(failure)
        } catch {
            result = .failure(ModelFailure("\(error)"))
        }
        state.update(record.id) { record in
            switch result {
            case .success(let result):
                guard record.lifecycle.finish(.succeeded, at: Date()) else { return }
                record.output = result.output
                record.files = result.files
                record.logs = result.logs
            case .failure(let failure): record.lifecycle.finish(.failed(failure.message), at: Date())
            }
        }
    }
}
