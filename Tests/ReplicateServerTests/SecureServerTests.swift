import AsyncHTTPClient
import Foundation
import LosslessJSON
import NIOSSL
import ReplicateServer
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SecureServerTests {
    private func withServer(_ body: (EmbeddedServer, API) async throws -> Void) async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.usesTLS = true
        configuration.commands = [
            "me/size": #"python3 -c 'import json,os,sys; print(os.path.getsize(json.load(sys.stdin)["file"]))'"#
        ]
        let server = EmbeddedServer(configuration: configuration)
        try await server.whileRunning { base in
            var tls = TLSConfiguration.clientDefault
            tls.trustRoots = .file(try #require(server.certificateFile))
            let client = HTTPClient(configuration: HTTPClient.Configuration(tlsConfiguration: tls))
            do {
                try await body(server, API(base: base, client: client))
                try await client.shutdown()
            } catch {
                try? await client.shutdown()
                throw error
            }
        }
        #expect(server.certificateFile == nil)
    }

    @Test func everyAddressInAnswersIsSecure() async throws {
        try await withServer { _, api in
            #expect(api.base.hasPrefix("https://127.0.0.1:"))
            let created = try await api.sleep(["seconds": 0, "bytes": 100])
            let done = try await api.ended(created["id"])
            for text in [
                created.text, done.text, try await api.get("/predictions").text, try await api.get("/models").text,
            ] {
                #expect(text.contains("https://127.0.0.1") && !text.contains("http://"))
            }
            #expect(try await api.get(try #require(done["output"]?.stringValue)).bytes.count == 100)
            var reader = try await EventReader(try #require(done["urls"]?["stream"]?.stringValue), by: api.client)
            #expect(try await reader.events().last?.name == "done")
            // The command reads an output of the same server by its address.
            let size = try await api.post(
                "/models/me/size/predictions", ["input": ["file": done["output"] ?? .null]], ["Prefer": "wait=20"])
            #expect(size["output"] == 100)
        }
    }

    @Test func theCertificateIsForTheNamesOfThisMachineAndGoesWithTheServer() async throws {
        var file = ""
        try await withServer { server, api in
            file = try #require(server.certificateFile)
            let attributes = try FileManager.default.attributesOfItem(
                atPath: URL(filePath: file).deletingLastPathComponent().path(percentEncoded: false))
            #expect(attributes[.posixPermissions] as? Int == 0o700)
            let localhost = api.base.replacing("127.0.0.1", with: "localhost")
            let answer = try await api.get("\(localhost)/models/nightshift/sleeper")
            #expect(answer["latest_version"]?["id"] != nil)
            await #expect(throws: (any Error).self) {
                _ = try await API(base: api.base).get("/models")
            }
        }
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    @Test func eachServerHasACertificateOfItsOwn() async throws {
        try await withServer { first, _ in
            try await withServer { second, _ in
                let files = try [first, second].map { try #require($0.certificateFile) }
                #expect(files[0] != files[1])
                #expect(try Data(contentsOf: URL(filePath: files[0])) != Data(contentsOf: URL(filePath: files[1])))
            }
        }
    }

    /// OpenSSL is stricter than BoringSSL, above all with the flag that newer Pythons set by themselves.
    @Test func pythonTrustsTheCertificate() async throws {
        guard let path = Python.path else {
            print("skipped: python3 is not here, so there is nobody to trust the certificate")
            return
        }
        let python = BuiltExecutable(path: path)
        try await withServer { server, api in
            let script = """
                import ssl, sys, urllib.request
                context = ssl.create_default_context(cafile=sys.argv[1])
                context.verify_flags |= ssl.VERIFY_X509_STRICT
                for url in sys.argv[2:]:
                    print(urllib.request.urlopen(url, context=context).status)
                """
            let urls = ["127.0.0.1", "localhost"].map { api.base.replacing("127.0.0.1", with: $0).dropLast(2) }
            let result = try await python.run(["-c", script, server.certificateFile ?? ""] + urls.map(String.init))
            #expect(result.output == "200\n200\n", "\(result.errors)")
        }
    }
}
