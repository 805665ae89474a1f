import Logging
import NightshiftCore
import Replicate
import ReplicateAPI
import ReplicateServer

/// Makes the provider that a manifest chooses, keeps what it needs running, and ends that again.
struct ProviderHost: Sendable {
    /// A model, and the version that earlier sessions of the run used.
    struct Model: Sendable {
        var target: ModelTarget?
        var pinnedVersion: String?
    }

    var choice: ProviderChoice
    /// One for each step.
    var models: [Model]
    /// What the paths of file inputs are relative to.
    var filesDirectory: String
    var token: String?
    var baseURL: String?
    /// How many requests may be under way at a time.
    var connections: Int
    /// What the process may have open; `nil` for a few requests.
    var budget: DescriptorBudget?
    var uploads = UploadMemory.none
    /// How long a provider is waited for that cannot be asked for its model.
    var patience = SetupPatience()
    /// The session's.
    var clock: WallClock
    /// Told each call of the API; `nil` tells nobody.
    var logger: Logger?

    /// Gives `body` a provider for each step, ready for work. All use one account, or one server.
    /// - Throws: ``ProviderSetupError`` if there is none, else what `body` throws.
    func run<Result>(_ body: ([any Provider]) async throws -> Result) async throws -> Result {
        switch choice {
        case .replicate:
            return try await withTransport { transport in
                try await body(replicate(transport))
            }
        case .local(let commands):
            return try await runLocal(commands, body)
        case .cog(let servers):
            return try await runCog(servers, body)
        }
    }

    // MARK: - Replicate

    private func replicate(_ transport: any Transport) async throws(ProviderSetupError) -> [ReplicateProvider] {
        let base = baseURL ?? "https://api.replicate.com/v1"
        guard let token = token ?? Self.tokenForLoopback(base) else {
            throw ProviderSetupError(.noToken, "there is no token for \(base)")
        }
        let access = Access(token: token, base: base, transport: limited(transport), logger: logger)
        let client = try access.client(retry: .none)
        var providers: [ReplicateProvider] = []
        for model in models {
            let (binding, reading) = try await binding(model, access)
            providers.append(
                ReplicateProvider(
                    client: client, binding: binding, filesDirectory: filesDirectory, downloadTransport: transport,
                    clock: clock, firstReading: reading, uploads: uploads))
        }
        return providers
    }

    /// A server on this machine takes any token.
    private static func tokenForLoopback(_ base: String) -> String? {
        WebAddress(base)?.isLoopback == true ? "local" : nil
    }

    private struct Access {
        var token: String
        var base: String
        var transport: any Transport
        var logger: Logger?

        func client(retry: RequestRetry) throws(ProviderSetupError) -> Client {
            do throws(ReplicateError) {
                return try Client(token: token, baseURL: base, transport: transport, retry: retry, logger: logger)
            } catch {
                throw ProviderSetupError(isRefusal: false, error.message)
            }
        }
    }

    private func binding(
        _ wanted: Model, _ access: Access
    ) async throws(ProviderSetupError) -> (ReplicateProvider.Binding, ClockReading?) {
        guard var model = wanted.target else {
            throw ProviderSetupError(isRefusal: false, "'model' is missing; expected owner/name")
        }
        if case .model(var reference) = model, reference.version == nil {
            reference.version = wanted.pinnedVersion
            model = .model(reference)
        }
        let client = try access.client(retry: .none)
        do throws(ProviderError) {
            let binding = try await patience.asking { () throws(ProviderError) in
                try await ReplicateProvider.resolve(model, client: client)
            }
            return (binding, client.clockReading)
        } catch {
            switch error.code {
            case .notFound:
                throw ProviderSetupError(
                    isRefusal: false, "there is no '\(model)' at \(client.baseURL): \(error.message)")
            default:
                throw ProviderSetupError(isRefusal: true, "cannot use '\(model)': \(error.message)")
            }
        }
    }

    // MARK: - Local

    private func runLocal<Result>(
        _ commands: [String: String], _ body: ([any Provider]) async throws -> Result
    ) async throws -> Result {
        var configuration = EmbeddedServer.Configuration()
        configuration.commands = commands
        // Commands name their scripts as the manifest names its files.
        configuration.commandDirectory = filesDirectory
        return try await EmbeddedServer.withServer(configuration) { baseURL in
            try await withTransport { transport in
                // The server has no use for the real token, so it does not get it.
                let access = Access(token: "local", base: baseURL, transport: limited(transport), logger: logger)
                let client = try access.client(retry: .none)
                var providers: [ReplicateProvider] = []
                for model in models {
                    let (binding, _) = try await binding(model, access)
                    providers.append(
                        ReplicateProvider(
                            client: client, binding: binding, filesDirectory: filesDirectory,
                            downloadTransport: transport, clock: clock, survivesRestart: false, usualConcurrency: 16,
                            usualRates: ProviderRates()))
                }
                return try await body(providers)
            }
        }
    }

    // MARK: - Cog

    private func runCog<Result>(
        _ servers: [String], _ body: ([any Provider]) async throws -> Result
    ) async throws -> Result {
        for server in servers where WebAddress(server) == nil {
            throw ProviderSetupError(
                isRefusal: false, "'\(server)' is no address of a Cog server; expected one such as http://gpu-1:5000")
        }
        var configuration = CogProvider.transportConfiguration
        configuration.maximumConnections = max(configuration.maximumConnections, 2 * servers.count)
        let waiting = HTTPClientTransport(configuration)
        return try await withTransport(waiting) { waiting in
            try await withTransport { transport in
                let schema = try await cogSchema(servers, transport)
                let provider = CogProvider(
                    servers: servers, schema: schema, transport: limited(waiting), downloadTransport: transport,
                    filesDirectory: filesDirectory, redaction: Redaction(secrets: token.map { [$0] } ?? []))
                return try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await provider.run() }
                    defer { group.cancelAll() }
                    return try await body(models.map { _ in provider })
                }
            }
        }
    }

    /// Servers that were started a moment ago are given some seconds to listen.
    private func cogSchema(
        _ servers: [String], _ transport: any Transport
    ) async throws -> ModelSchema? {
        var looks = 0
        while true {
            do throws(ProviderError) {
                return try await CogProvider.schema(of: servers, transport: transport)
            } catch {
                looks += 1
                guard looks < patience.attempts else {
                    throw ProviderSetupError(isRefusal: true, "\(error.message); start one, then run again")
                }
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    // MARK: - Transports

    private func withTransport<Result>(_ body: (any Transport) async throws -> Result) async throws -> Result {
        // Requests to the API wait for their places before they come to a connection; this bounds what is open to one host.
        let most = budget.map { $0.connections + $0.fetches + 4 } ?? max(256, connections + 64)
        return try await withTransport(HTTPClientTransport(maximumConnections: most), body)
    }

    private func limited(_ transport: any Transport) -> any Transport {
        guard let budget else { return transport }
        return LimitedTransport(transport, writes: budget.writes, reads: budget.reads)
    }

    private func withTransport<Result>(
        _ transport: HTTPClientTransport, _ body: (any Transport) async throws -> Result
    ) async throws -> Result {
        do {
            let result = try await body(transport)
            await transport.shutdown()
            return result
        } catch {
            await transport.shutdown()
            throw error
        }
    }
}
