import Foundation
import LosslessJSON
import NIOHTTP1
import NightshiftWeb
import Testing

/// Who may see and change what the viewer shows.
@Suite(.timeLimit(.minutes(1)))
struct ViewAccessTests {
    static let manifest = """
        job: seen
        model: nightshift/hello-world
        provider: local
        inputs: { list: [{ name: Ada }] }
        input: { text: "{{ name }}" }
        outputs: { directory: out, name: "{{ name }}" }
        """

    @Test func theTokenIsExchangedForACookieOfThePageAlone() async throws {
        try await ViewScene.serving([Self.manifest]) { scene in
            for path in ["/", "/api/jobs", "/files/seen/Ada.txt", "/api/jobs/seen/events", "/jobs/seen/gallery"] {
                #expect(try await scene.getAsStranger(path).status == 401, "\(path)")
            }
            #expect(try await scene.getAsStranger("/?token=00000000000000000000000000000000").status == 401)
            #expect(try await scene.getAsStranger("/", [("Cookie", scene.cookie + "x")]).status == 401)
            let page = try await scene.getAsStranger("/", [("Accept", "text/html")])
            #expect(page.text.contains("nightshift view"))

            let token = try #require(scene.address.split(separator: "=").last)
            let answer = try await scene.getAsStranger("/jobs/seen/gallery?q=a%20b&token=\(token)")
            #expect(answer.status == 303)
            #expect(answer.headers.first(name: "location") == "/jobs/seen/gallery?q=a%20b")
            let cookie = try #require(answer.headers.first(name: "set-cookie"))
            #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"))
            #expect(!cookie.contains(token), "the cookie would be known to whoever sees the address")
            #expect(
                try await scene.getAsStranger("//evil.example/?token=\(token)").headers.first(name: "location")
                    == "/evil.example/")
            #expect(try await scene.get("/").status == 200)
            #expect(try await scene.get("/api/jobs").json["jobs"]?.arrayValue?.count == 1)
        }
    }

    @Test(arguments: [
        ("evil.example", 421), ("evil.example:80", 421), ("127.0.0.1.evil.example", 421), ("localhost:9", 200),
        ("127.0.0.1:9", 200),
        ("[::1]:9", 200), ("night.example", 200), ("NIGHT.example:1", 200), ("localhost.evil.example", 421),
    ])
    func answersOnlyToItsOwnNames(host: String, status: UInt) async throws {
        var settings = ViewServer.Settings()
        settings.names = ["night.example"]
        try await ViewScene.serving([Self.manifest], run: false, settings) { scene in
            let answer = try await scene.get("/", [("Host", host)])
            #expect(answer.status == status)
        }
    }

    @Test func writesComeFromPagesOfTheViewerAlone() async throws {
        try await ViewScene.serving([Self.manifest]) { scene in
            let cookie = ("Cookie", scene.cookie)
            let json = ("Content-Type", "application/json")
            let own = ("X-Nightshift", "1")
            let refused: [[(String, String)]] = [
                [json, own], [cookie, own], [cookie, json], [cookie, ("Content-Type", "text/plain"), own],
                [cookie, json, own, ("Origin", "http://evil.example")], [cookie, json, own, ("Origin", "null")],
                [cookie, json, own, ("Origin", "http://127.0.0.1:1")],
                [cookie, json, own, ("Sec-Fetch-Site", "cross-site")],
                [cookie, json, own, ("Sec-Fetch-Site", "same-site")],
            ]
            for headers in refused {
                let status = try await scene.act("seen", ["action": "pause"], headers: headers).status
                #expect([401, 403].contains(status), "\(headers)")
            }
            #expect(try await scene.get("/api/jobs/seen/overview").json["is_paused"] == false)
            #expect(try await scene.act("seen", ["action": "pause"]).status == 200)
            #expect(try await scene.act("seen", ["action": "pause"], headers: [cookie, json, own]).status == 200)
            #expect(try await scene.get("/api/jobs/seen/overview").json["is_paused"] == true)
        }
    }

    @Test func aReadOnlyViewerChangesNothing() async throws {
        var settings = ViewServer.Settings()
        settings.isReadOnly = true
        try await ViewScene.serving([Self.manifest], settings) { scene in
            let answer = try await scene.act("seen", ["action": "rate", "keys": ["Ada"], "rating": 5])
            #expect(answer.status == 403)
            #expect(answer.json["error"]?["code"] == "read_only")
            #expect(try await scene.get("/api/jobs").json["read_only"] == true)
        }
    }

    @Test func pagesMayDoLittle() async throws {
        try await ViewScene.serving([Self.manifest]) { scene in
            for path in ["/", "/assets/app.js", "/api/jobs", "/api/jobs/seen/items", "/files/seen/Ada.txt", "/nothing"]
            {
                let headers = try await scene.get(path).headers
                #expect(headers.first(name: "x-content-type-options") == "nosniff", "\(path)")
                #expect(headers.first(name: "referrer-policy") == "no-referrer", "\(path)")
                #expect(headers.first(name: "access-control-allow-origin") == nil, "\(path)")
                let policy = headers.first(name: "content-security-policy") ?? ""
                #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe-eval"), "\(path)")
                #expect(!policy.contains("script-src 'unsafe-inline'"), "\(path)")
            }
        }
    }
}
