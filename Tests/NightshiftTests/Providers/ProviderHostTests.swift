import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Testing

@testable import Nightshift

@Suite(.timeLimit(.minutes(1)))
struct ProviderHostTests {
    private func host(
        _ choice: ProviderChoice = .replicate, token: String? = "r8_secret", baseURL: String? = nil,
        pinnedVersion: String? = nil
    ) -> ProviderHost {
        ProviderHost(
            choice: choice,
            models: [
                ProviderHost.Model(
                    target: .model(ModelReference(owner: "me", name: "m")), pinnedVersion: pinnedVersion)
            ], filesDirectory: ".", token: token, baseURL: baseURL, connections: 4,
            patience: SetupPatience(attempts: 1), clock: WallClock())
    }

    private func setupError(_ host: ProviderHost) async -> ProviderSetupError? {
        await #expect(throws: ProviderSetupError.self) {
            try await host.run { _ in Issue.record("a provider was made") }
        }
    }

    @Test func aMissingTokenIsNamedWithTheWayOut() async {
        let error = await setupError(host(token: nil))
        #expect(
            error
                == ProviderSetupError(.noToken, "there is no token for https://api.replicate.com/v1"))
    }

    @Test func plainHTTPGoesToThisMachineOnly() async {
        let error = await setupError(host(baseURL: "http://example.com"))
        #expect(error?.isRefusal == false)
        #expect(error?.message.contains("plain http is only used to this machine") == true)
    }

    @Test func aModelThatIsNotThereIsTheManifestsMistake() async throws {
        let server = try LoopbackServer { _, _ in .json(#"{"detail":"not found"}"#, status: 404) }
        let error = await setupError(host(baseURL: server.url))
        #expect(error?.isRefusal == false)
        #expect(error?.message.hasPrefix("there is no 'me/m' at \(server.url)/v1: ") == true)
    }

    @Test(arguments: [401, 402, 403, 500])
    func whatTheProviderRefusesIsSaidBeforeAnyItem(status: Int) async throws {
        let server = try LoopbackServer { _, _ in .json(#"{"title":"Unauthenticated"}"#, status: status) }
        let error = await setupError(host(baseURL: server.url))
        #expect(error?.isRefusal == true)
        #expect(error?.message.hasPrefix("cannot use 'me/m': ") == true)
    }

    @Test func theFirstSessionsVersionIsAskedForAgain() async throws {
        let server = try LoopbackServer { _, _ in .json(#"{"id":"v7"}"#) }
        try await host(baseURL: server.url, pinnedVersion: "v7").run { providers in
            let provider = providers[0]
            #expect(provider.version == "v7")
            #expect(provider.usualRates.creates == RateLimit(count: 600, per: .seconds(60)))
        }
        #expect(server.requests.map(\.path) == ["/v1/models/me/m/versions/v7"])
    }

    @Test func aCogServerTellsItsSchemaIfItHasOne() async throws {
        let schema = #"{"components":{"schemas":{"Input":{"properties":{"text":{"type":"string"}}},"Output":{}}}}"#
        let telling = try LoopbackServer { _, _ in .json(schema) }
        try await host(.cog(servers: [telling.url])).run { providers in
            let provider = providers[0]
            let inputs = try await provider.schema()?.inputs.map(\.name)
            #expect(inputs == ["text"])
            #expect(provider.usualConcurrency == 1)
        }
        let silent = try LoopbackServer { _, _ in .json(#"{"error":"OpenAPI schema not available"}"#, status: 503) }
        try await host(.cog(servers: [silent.url, telling.url])).run { providers in
            let provider = providers[0]
            let schema = try await provider.schema()
            #expect(schema == nil)
            #expect(provider.usualConcurrency == 2)
        }
    }

    @Test func whenNoCogServerAnswersTheRunDoesNotBegin() async throws {
        let server = try LoopbackServer(isDown: true) { _, _ in .lost }
        let error = await setupError(host(.cog(servers: [server.url])))
        #expect(error?.isRefusal == true)
        #expect(error?.message.hasSuffix("start one, then run again") == true)
        let wrong = await setupError(host(.cog(servers: ["gpu-1"])))
        #expect(wrong?.message == "'gpu-1' is no address of a Cog server; expected one such as http://gpu-1:5000")
    }
}
