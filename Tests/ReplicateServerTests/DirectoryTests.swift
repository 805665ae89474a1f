import Foundation
import LosslessJSON
import NIOHTTP1
import ReplicateServer
import Testing

/// What the server tells of itself and of what is there.
@Suite(.timeLimit(.minutes(1)))
struct DirectoryTests {
    @Test func collectionsHoldTheBuiltInModels() async throws {
        try await API.withServer { api in
            let pages = try await api.pages("/collections")
            #expect(pages.joined().compactMap { $0["slug"]?.stringValue } == ["language-models", "text-to-image"])
            #expect(pages[0][0].objectValue?.keys.sorted() == ["description", "name", "slug"])
            let collection = try await api.get("/collections/text-to-image")
            #expect(collection.status == 200)
            #expect(collection["name"] == "Text to image")
            #expect(collection["full_description"]?.stringValue?.isEmpty == false)
            #expect(collection["models"]?.arrayValue?.compactMap { $0["name"]?.stringValue } == ["poster"])
            #expect(collection["models"]?[0] == (try await api.get("/models/nightshift/poster").json))
            #expect(try await api.get("/collections/nothing").status == 404)
        }
    }

    @Test func theAccountItsHardwareAndItsSecretAreTold() async throws {
        var configuration = EmbeddedServer.Configuration()
        let standard = configuration.webhookSecret
        #expect(standard.hasPrefix("whsec_"))
        #expect(Data(base64Encoded: String(standard.dropFirst(6)))?.count == 24)
        configuration.webhookSecret = "whsec_c2VjcmV0"
        try await API.withServer(configuration) { api in
            let account = try await api.get("/account")
            #expect(account["type"] == "user")
            #expect(account["username"] == "nightshift")
            let hardware = try await api.get("/hardware")
            #expect(hardware.json[0] == ["sku": "cpu", "name": "CPU"])
            #expect(hardware.json.arrayValue?.count ?? 0 > 1)
            let secret = try await api.get("/webhooks/default/secret")
            #expect(secret.status == 200)
            #expect(secret.json == ["key": "whsec_c2VjcmV0"])
        }
    }

    private static let routes: [(HTTPMethod, String)] = [
        (.POST, "/models"), (.GET, "/models"), (.RAW(value: "QUERY"), "/models"), (.PATCH, "/models/nightshift/poster"),
        (.DELETE, "/models/nightshift/poster"), (.GET, "/models/nightshift/poster/examples"),
        (.GET, "/models/nightshift/poster/readme"), (.GET, "/models/nightshift/poster/versions"),
        (.DELETE, "/models/nightshift/poster/versions/x"), (.POST, "/models/nightshift/tuner/versions/x/trainings"),
        (.GET, "/trainings"), (.GET, "/trainings/x"), (.POST, "/trainings/x/cancel"), (.GET, "/deployments"),
        (.POST, "/deployments"), (.GET, "/deployments/a/b"), (.PATCH, "/deployments/a/b"),
        (.DELETE, "/deployments/a/b"), (.GET, "/collections"), (.GET, "/collections/x"), (.GET, "/search?query=x"),
        (.GET, "/hardware"), (.GET, "/account"), (.GET, "/webhooks/default/secret"),
    ]

    @Test func allOfThemNeedATokenAndSayWhatIsLeft() async throws {
        try await API.withServer { api in
            var stranger = api
            stranger.token = nil
            for (method, path) in Self.routes {
                let answer = try await stranger.send(method, path)
                #expect(answer.status == 401)
                #expect(answer.headers["ratelimit-remaining"].isEmpty)
                let known = try await api.send(method, path)
                #expect(known.status != 401)
                if known.status < 300 { #expect(known.headers.first(name: "ratelimit-remaining") == "2999") }
            }
        }
    }

    @Test func allOfThemCanFailAndBeThrottled() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.faults.errorOnRead = 1
        try await API.withServer(configuration) { api in
            for (method, path) in Self.routes {
                let status = try await api.send(method, path).status
                #expect([500, 502, 503, 520].contains(status))
            }
        }
        configuration = EmbeddedServer.Configuration()
        configuration.reads = EmbeddedServer.RateLimit(count: 1, per: .seconds(3600))
        try await API.withServer(configuration) { api in
            let first = try await api.get("/account")
            #expect(first.status == 200)
            for (method, path) in Self.routes {
                #expect(try await api.send(method, path).status == 429)
            }
        }
    }
}
