package import LosslessJSON
package import NightshiftCore
package import Replicate
package import ReplicateAPI

/// Who runs predictions. A conformer is bound to one model, or one pool of servers, when it is made.
package protocol Provider: Sendable {
    var traits: ProviderTraits { get }

    /// Puts the files of an item into its input, as data URIs or uploaded once per distinct content. Done before the
    /// intent is recorded, so that the intent knows exactly what will be sent.
    /// - Parameter input: the rendered input, with null where the files go.
    func prepare(_ input: JSONValue, files: [ItemFile]) async throws(ProviderError) -> JSONValue

    /// The provider's clock minus the session's, if it has told its time.
    var clockOffset: Duration? { get }

    /// The provider's own count of creates that may follow, by its newest answer to one.
    var createsLeft: RateReading? { get }

    /// Starts one prediction; returns when the provider has accepted it, or, where it only answers at the end, when
    /// it has finished. Cancelling the task gives up waiting; it does not cancel the prediction where
    /// ``ProviderTraits/remembersPredictions`` holds.
    func create(_ request: CreateRequest) async throws(ProviderError) -> Prediction

    /// Reads one prediction. Only called if ``ProviderTraits/remembersPredictions`` holds.
    func prediction(_ id: String) async throws(ProviderError) -> Prediction

    /// Reads one page of the account's predictions, newest first.
    /// - Parameters:
    ///   - createdBefore: exclusive; `nil` for all up to the newest.
    ///   - continuation: the `next` link of the page before; it holds the filter already.
    func predictions(
        createdAfter: Timestamp, createdBefore: Timestamp?, continuation: String?
    ) async throws(ProviderError) -> Page<Prediction>

    /// The name of the account that the predictions belong to, or `nil` if the provider knows no accounts.
    func account() async throws(ProviderError) -> String?

    /// Asks for a prediction to be canceled; what became of it is read afterwards.
    func cancel(_ id: String) async throws(ProviderError)

    /// The model's input and output schema, or `nil` if the provider does not tell one.
    func schema() async throws(ProviderError) -> ModelSchema?

    /// The secret that the provider signs its webhooks with, or `nil` if it calls none.
    func webhookSecret() async throws(ProviderError) -> WebhookSecret?

    /// The version that all creates of the run ask for, if the model's name had to be resolved to one.
    var version: String? { get }

    /// How many predictions may run at a time if the manifest does not say.
    var usualConcurrency: Int { get }

    /// How many requests may be made in a time if the manifest does not say.
    var usualRates: ProviderRates { get }

    /// What output files are fetched with: it knows no token.
    var downloadTransport: any Transport { get }

    /// The address below which strings of an output without a schema are files, besides the usual delivery hosts.
    var baseURL: String? { get }

    /// Takes the secrets of the account out of what others say.
    var redaction: Redaction { get }

    /// Whether output files may be fetched from this machine over plain http, because the provider itself is here.
    var allowsLoopbackDownloads: Bool { get }
}

extension Provider {
    /// Who has no token has nothing to hide.
    package var redaction: Redaction { Redaction(secrets: []) }

    /// Most servers count nothing.
    package var createsLeft: RateReading? { nil }

    package func webhookSecret() async throws(ProviderError) -> WebhookSecret? { nil }

    package func account() async throws(ProviderError) -> String? { nil }

    /// Reads the page of the account's predictions that a decision asks for.
    func predictions(_ query: ListQuery) async throws(ProviderError) -> Page<Prediction> {
        try await predictions(
            createdAfter: query.createdAfter, createdBefore: query.createdBefore, continuation: query.continuation)
    }
}

/// What a provider is known to allow; `nil` where it sets no limit.
package struct ProviderRates: Hashable, Sendable {
    package var creates: RateLimit?
    package var reads: RateLimit?

    package init(creates: RateLimit? = nil, reads: RateLimit? = nil) {
        self.creates = creates
        self.reads = reads
    }
}

/// One create, ready to be sent.
package struct CreateRequest: Sendable {
    /// The input exactly as it is sent.
    package var input: JSONValue
    /// An id of our own for providers that let the caller choose; the same for the same attempt.
    package var predictionID: String
    /// How long the provider should hold its answer for the result, if the manifest asks for it.
    package var wait: Duration?
    /// After how long from its creation the provider should end the prediction by itself.
    package var cancelAfter: Duration?
    /// Where the provider calls when the prediction has ended.
    package var webhook: String?

    package init(
        input: JSONValue, predictionID: String, wait: Duration? = nil, cancelAfter: Duration? = nil,
        webhook: String? = nil
    ) {
        self.input = input
        self.predictionID = predictionID
        self.wait = wait
        self.cancelAfter = cancelAfter
        self.webhook = webhook
    }
}
