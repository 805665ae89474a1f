import Foundation
package import LosslessJSON
package import NightshiftCore
package import Replicate
package import ReplicateAPI

/// Predictions at Replicate, or at a server that speaks its API.
///
/// The client's own retries must be off: the run decides what is tried again and when.
package struct ReplicateProvider: Provider {
    /// What every create of a run is made with, found out once so that a night runs one version.
    package struct Binding: Hashable, Sendable {
        package var target: PredictionTarget
        /// The version, where the target is one, for later runs of the same job.
        package var version: String?
        package var schema: ModelSchema?
        /// What the model does, in a sentence, and an input that is known to work; found out with a model's name alone.
        package var summary: String?
        package var example: JSONValue?
    }

    package let binding: Binding
    private let client: Client
    /// The provider's clock as it was told before the run began.
    private let firstReading: ClockReading?
    /// The session's.
    private let clock: WallClock
    private let files: InputFiles
    private let uploads: UploadCache
    package let traits: ProviderTraits
    package let usualConcurrency: Int
    package let usualRates: ProviderRates
    package let downloadTransport: any Transport

    /// Files up to this size travel inside the input: the API's limit for data URIs.
    static let longestInline = 256 * 1024

    /// The documented limits of Replicate itself.
    package static let documentedRates = ProviderRates(
        creates: RateLimit(count: 600, per: .seconds(60)), reads: RateLimit(count: 3000, per: .seconds(60)))

    package init(
        client: Client, binding: Binding, filesDirectory: String, downloadTransport: any Transport,
        clock: WallClock, firstReading: ClockReading? = nil, uploads: UploadMemory = .none,
        survivesRestart: Bool = true, usualConcurrency: Int = 64,
        usualRates: ProviderRates = ReplicateProvider.documentedRates
    ) {
        self.client = client
        self.binding = binding
        self.firstReading = firstReading
        self.clock = clock
        files = InputFiles(directory: filesDirectory)
        // What the provider keeps, it keeps by its own clock.
        self.uploads = UploadCache(memory: uploads) {
            clock.now.advanced(by: Self.offset(of: client, firstReading, by: clock) ?? .zero)
        }
        self.downloadTransport = downloadTransport
        self.usualConcurrency = usualConcurrency
        self.usualRates = usualRates
        traits = ProviderTraits(
            remembersPredictions: true, survivesRestart: survivesRestart, createIsIdempotent: false,
            answersWhenFinished: false)
    }

    /// Finds out how a model is run: a community model by its newest version, an official one by its name.
    package static func resolve(_ target: ModelTarget, client: Client) async throws(ProviderError) -> Binding {
        do throws(ReplicateError) {
            switch target {
            case .deployment(let owner, let name):
                return try await binding(ofDeployment: owner, name, client: client)
            case .model(let reference):
                if let version = reference.version {
                    let found = try await client.models.versions.get(reference.owner, reference.name, version)
                    return Binding(
                        target: .version(version), version: version,
                        schema: found.openAPISchema.map { ModelSchema(openAPI: $0) })
                }
                return try await binding(ofModel: reference, client: client)
            }
        } catch {
            throw ProviderError(reading: error)
        }
    }

    private static func binding(
        ofModel reference: ModelReference, client: Client
    ) async throws(ReplicateError) -> Binding {
        let model = try await client.models.get(reference.owner, reference.name)
        let schema = model.latestVersion?.openAPISchema.map { ModelSchema(openAPI: $0) }
        // Official models run by name alone; the ids of their versions are no ids to ask for.
        guard model.isOfficial != true, let version = model.latestVersion?.id, ModelReference.isVersionID(version)
        else {
            return Binding(
                target: .model(owner: reference.owner, name: reference.name), version: nil, schema: schema,
                summary: model.description, example: model.defaultExample.map { client.redaction($0.input) })
        }
        return Binding(
            target: .version(version), version: version, schema: schema, summary: model.description,
            example: model.defaultExample.map { client.redaction($0.input) })
    }

    private static func binding(
        ofDeployment owner: String, _ name: String, client: Client
    ) async throws(ReplicateError) -> Binding {
        let deployment = try await client.deployments.get(owner, name)
        var schema: ModelSchema?
        if let release = deployment.currentRelease, let model = try? ModelReference(parsing: release.model) {
            // The schema only helps to check inputs early; a model that cannot be read is no reason to stop.
            let version = try? await client.models.versions.get(model.owner, model.name, release.version)
            schema = version?.openAPISchema.map { ModelSchema(openAPI: $0) }
        }
        return Binding(target: .deployment(owner: owner, name: name), version: nil, schema: schema)
    }

    package var version: String? { binding.version }

    package var baseURL: String? { client.baseURL }

    package var redaction: Redaction { client.redaction }

    package var clockOffset: Duration? { Self.offset(of: client, firstReading, by: clock) }

    private static func offset(of client: Client, _ first: ClockReading?, by clock: WallClock) -> Duration? {
        (client.clockReading ?? first).map { clock.time(at: $0.at).duration(to: Timestamp($0.time)) }
    }

    package var createsLeft: RateReading? {
        client.createLimit.map { RateReading(remaining: $0.remaining, reset: $0.reset) }
    }

    package var allowsLoopbackDownloads: Bool {
        WebAddress(client.baseURL)?.isLoopback == true
    }

    // MARK: - Provider

    package func prepare(_ input: JSONValue, files: [ItemFile]) async throws(ProviderError) -> JSONValue {
        var input = input
        for file in files {
            input = input.replacing(at: file.pointer, with: .string(try await inputText(of: file)))
        }
        return input
    }

    /// What stands for a file in the input: its bytes if they are few, else where it was uploaded to.
    private func inputText(of file: ItemFile) async throws(ProviderError) -> String {
        if file.size <= ReplicateProvider.longestInline {
            return try await files.read(file).dataURI
        }
        let location = try await files.locate(file)
        return try await uploads.url(of: UploadKey(sha256: location.sha256, mediaType: location.mediaType)) {
            () throws(ProviderError) in
            try await upload(location)
        }
    }

    private func upload(_ location: InputFiles.Location) async throws(ProviderError) -> UploadedFile {
        let file: APIFile
        do throws(ReplicateError) {
            file = try await client.files.create(
                path: location.path, name: location.name, contentType: location.mediaType)
        } catch {
            var failure = ProviderError(reading: error)
            failure.message = "cannot upload '\(location.path)': \(failure.message)"
            throw failure
        }
        if let sha256 = file.sha256, sha256.lowercased() != location.sha256 {
            throw ProviderError(
                .unreadableInput, "the input file '\(location.path)' has changed while it was being uploaded")
        }
        // Without a word about it, the documented lifetime counts.
        let theirs = clock.now.advanced(by: clockOffset ?? .zero)
        let expiresAt = file.expiresAt.map { Timestamp($0) } ?? theirs.advanced(by: .seconds(24 * 3600))
        return UploadedFile(url: file.url, expiresAt: expiresAt)
    }

    package func create(_ request: CreateRequest) async throws(ProviderError) -> Prediction {
        let options = PredictionOptions(
            webhook: request.webhook, webhookEvents: request.webhook.map { _ in [.completed] },
            wait: request.wait.map { min(max($0, .seconds(1)), .seconds(60)) },
            cancelAfter: request.cancelAfter.map { min(max($0, .seconds(5)), .seconds(24 * 3600)) })
        do throws(ReplicateError) {
            return try await client.predictions.create(
                PredictionRequest(target: binding.target, input: request.input, options: options)
            ).bounded()
        } catch {
            throw ProviderError(creating: error)
        }
    }

    package func prediction(_ id: String) async throws(ProviderError) -> Prediction {
        do throws(ReplicateError) {
            return try await client.predictions.get(id).bounded()
        } catch {
            throw ProviderError(reading: error)
        }
    }

    package func predictions(
        createdAfter: Timestamp, createdBefore: Timestamp?, continuation: String?
    ) async throws(ProviderError) -> Page<Prediction> {
        do throws(ReplicateError) {
            var page: Page<Prediction>
            if let continuation {
                page = try await client.page(at: continuation)
            } else {
                page = try await client.predictions.list(
                    createdAfter: createdAfter.date, createdBefore: createdBefore?.date)
            }
            page.results = page.results.map { $0.bounded() }
            return page
        } catch {
            throw ProviderError(reading: error)
        }
    }

    package func account() async throws(ProviderError) -> String? {
        do throws(ReplicateError) {
            return try await client.account.get().username
        } catch {
            throw ProviderError(reading: error)
        }
    }

    package func cancel(_ id: String) async throws(ProviderError) {
        do throws(ReplicateError) {
            try await client.predictions.cancel(id)
        } catch {
            throw ProviderError(reading: error)
        }
    }

    package func schema() async throws(ProviderError) -> ModelSchema? {
        binding.schema
    }

    package func webhookSecret() async throws(ProviderError) -> WebhookSecret? {
        do throws(ReplicateError) {
            return try await client.webhooks.defaultSecret()
        } catch {
            throw ProviderError(reading: error)
        }
    }
}
