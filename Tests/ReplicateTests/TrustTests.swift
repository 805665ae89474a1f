import Foundation
import Replicate
import ReplicateServer
import Testing

/// Encrypted connections to servers whose certificates no authority has signed.
@Suite(.timeLimit(.minutes(1)))
struct TrustTests {
    private func transport(trusting files: [String]) -> HTTPClientTransport {
        var configuration = HTTPClientTransport.Configuration()
        configuration.trustedCertificates = files
        return HTTPClientTransport(configuration)
    }

    private func client(_ base: String, trusting files: [String]) throws -> Client {
        try Client(token: "t", baseURL: base, transport: transport(trusting: files), retry: .none)
    }

    @Test func aCertificateIsTrustedByItsFile() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.usesTLS = true
        let server = EmbeddedServer(configuration: configuration)
        try await server.whileRunning { base in
            #expect(base.hasPrefix("https://127.0.0.1:"))
            let file = try #require(server.certificateFile)
            let output = try await client(base, trusting: [file]).run("nightshift/hello-world", input: ["text": "Ada"])
            #expect(output.text == "hello Ada")
            let stranger = try client(base, trusting: [])
            let error = try await #require(throws: ReplicateError.self) { _ = try await stranger.account.get() }
            #expect(error.code == .notConnected)
            #expect(error.delivery == .notSent)
        }
    }

    @Test func aFileWithoutCertificatesIsToldBeforeAnythingIsSent() async throws {
        try await withTemporaryFile(named: "empty.pem", Array("no certificate".utf8)) { path in
            for file in [path, "/nowhere/at/all.pem"] {
                let client = try client("https://127.0.0.1:9", trusting: [file])
                let error = try await #require(throws: ReplicateError.self) { _ = try await client.account.get() }
                #expect(error.code == .invalidArgument)
                #expect(
                    error.message == "the certificates to trust cannot be read from '\(file)'; expected a PEM file")
            }
        }
    }
}
