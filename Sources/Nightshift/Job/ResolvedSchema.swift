import Foundation
import NightshiftCore
import ReplicateAPI

/// What is known of a model before anything is sent.
struct ResolvedSchema: Sendable {
    var schema: ModelSchema?
    /// The version that the model's name stands for, where it stands for one.
    var version: String?
    /// `nil` if the schema is what the model takes now; else why it may not be, or why there is none.
    var staleReason: String?
    /// Whether the provider was asked.
    var isFresh: Bool
}

/// What is known of the models of a job's steps, by the names of the steps.
struct ResolvedSchemas: Sendable {
    var steps: [String: ResolvedSchema] = [:]
    /// Why the provider has not said what was asked, for a plan.
    var refusal: PlanReport.Refusal?

    /// What the models take, where that is known.
    var known: [String: ModelSchema] { steps.compactMapValues(\.schema) }

    /// The versions that the models' names stand for, where they stand for one.
    var versions: [String: String] { steps.compactMapValues(\.version) }
}
