import LosslessJSON
package import NightshiftCore
import ReplicateAPI

/// What making items again would do.
public struct RedoPreview: Hashable, Sendable {
    /// The items that have results, by their keys.
    public var keys: [String]
    /// What their predictions will cost if they cost what those of the run have so far, in the currency of the manifest's prices.
    public var cost: Double?
    /// The same in seconds that the model computes.
    public var predictTime: Double?
    /// Items of later steps that were made from their results; they stay as they are.
    public var dependents: Int
}

extension Job {
    /// Makes succeeded items again: their new results take the names of those that they have, which are kept in the folder `previous`
    /// of the output directory. A live run takes them up at once, else the next one.
    /// - Parameters:
    ///   - items: keys of items, beginnings of keys, or output names.
    ///   - changes: members of the input that are sent otherwise than the manifest says, now and whenever the item is computed once
    ///     more, until its row or the manifest gives it another input.
    /// - Returns: how many items are pending again.
    /// - Throws: ``EngineError``, for example for a text that means no item, or a value that the model does not take.
    public func redo(_ items: [String], set changes: [String: InputChange] = [:]) async throws(EngineError) -> Int {
        let command = ControlCommand.redo(try await redoOrders(try await keys(meant: items), set: changes))
        guard case .retried(let outcome) = try await control(command) else { return 0 }
        return outcome.count
    }

    /// Says what making items again would do; nothing changes by it.
    /// - Parameter keys: of items; those without a result are passed over.
    /// - Throws: ``EngineError``, for example if the job was never run.
    public func previewRedo(_ keys: [String]) async throws(EngineError) -> RedoPreview {
        try await inspect { store, run in
            let found = try await store.reports.succeeded(keys: keys, in: run)
            let totals = try await store.reports.totals(of: run)
            let count = found.keys.count
            return RedoPreview(
                keys: found.keys, cost: totals.expectedCost(of: count, spent: totals.cost(manifest)),
                predictTime: totals.expectedPredictTime(of: count), dependents: found.dependents)
        }
    }

    /// What a person wants made again, with the values that are sent.
    package func redoOrders(
        _ keys: [String], set changes: [String: InputChange]
    ) async throws(EngineError) -> [RedoOrder] {
        guard !changes.isEmpty else { return keys.map { RedoOrder(key: $0) } }
        return try await inspect { store, run in
            var schemas: [String: ModelSchema] = [:]
            for step in manifest.steps { schemas[step.name] = try await store.schema(of: step.modelName)?.schema }
            let steps = try await store.reports.steps(ofItems: keys, in: run)
            var random = SystemRandomNumberGenerator()
            return try keys.map { key in
                var values: [String: JSONValue] = [:]
                for (name, change) in changes.sorted(by: { $0.key < $1.key }) {
                    values[name] = try change.value(of: name, schema: schemas[steps[key] ?? ""], using: &random)
                }
                return RedoOrder(key: key, changes: values)
            }
        }
    }
}
