import Testing

@testable import Replicate

@Suite(.timeLimit(.minutes(1)))
struct APIBaseTests {
    @Test(
        arguments: [
            ("https://api.replicate.com", "https://api.replicate.com/v1"),
            ("https://api.replicate.com/", "https://api.replicate.com/v1"),
            ("https://api.replicate.com/v1", "https://api.replicate.com/v1"),
            ("https://api.replicate.com/v1/", "https://api.replicate.com/v1"),
            (" https://gateway.example:8443/replicate// ", "https://gateway.example:8443/replicate/v1"),
            ("http://localhost:4000", "http://localhost:4000/v1"),
            ("http://127.0.0.1:4000/v1", "http://127.0.0.1:4000/v1"),
            ("http://127.8.9.10", "http://127.8.9.10/v1"), ("http://[::1]:4000", "http://[::1]:4000/v1"),
        ]
    )
    func takesTheBaseWithOrWithoutVersionAndSlash(text: String, base: String) throws {
        #expect(try Client(token: "t", baseURL: text).baseURL == base)
    }

    @Test(
        arguments: [
            "http://api.replicate.com", "http://10.0.0.1", "http://127.0.0.1.example.com", "http://localhost.example",
            "http://127.0.0.256", "http://128.0.0.1", "HTTP://API.REPLICATE.COM",
        ]
    )
    func sendsNoTokenInTheClearToAnotherMachine(text: String) {
        let error = #expect(throws: ReplicateError.self) { try Client(token: "r8_secret", baseURL: text) }
        #expect(error?.code == .insecureURL)
        #expect(error?.message.contains("use https") == true)
    }

    @Test(arguments: [
        "", "api.replicate.com", "ftp://a.example", "https://", "https://u:p@a.example", "https://a/?x=1",
    ])
    func refusesWhatIsNoBase(text: String) {
        let error = #expect(throws: ReplicateError.self) { try APIBase(text) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("u:p") == false)
    }

    @Test(
        arguments: [
            ("https://api.example/v1/predictions?cursor=a%3D", "https://api.example/v1/predictions?cursor=a%3D"),
            ("https://API.example:443/v1/x", "https://API.example:443/v1/x"),
            ("http://api.example/v1/deployments?cursor=a%3D", "https://api.example/v1/deployments?cursor=a%3D"),
            ("http://api.example:80/v1/x", "https://api.example/v1/x"),
            ("/v1/x?cursor=a", "https://api.example/v1/x?cursor=a"),
        ]
    )
    func followsLinksWithinTheAPIAndEncrypted(link: String, url: String) throws {
        #expect(try APIBase("https://api.example").link(link) == url)
    }

    @Test(
        arguments: [
            "https://evil.example/v1/x", "https://api.example.evil/v1/x", "https://api.example:8443/v1/x",
            "https://u@api.example/v1/x", "//evil.example/x", "ftp://api.example/x",
            "https://api.example@evil.example/",
            "http://api.example:8080/x", "nonsense", "", "https:/evil.example", "javascript:alert(1)",
        ]
    )
    func sendsNothingToForeignLinks(link: String) throws {
        let base = try APIBase("https://api.example")
        let error = #expect(throws: ReplicateError.self) { try base.link(link) }
        #expect(error?.code == .foreignURL)
        #expect(error?.delivery == .notSent)
    }

    @Test(
        arguments: [
            ("nonsense", "a link to another page is not a URL; nothing was sent to it"),
            ("https://u@api.example/v1/x", "a link to another page is not a URL; nothing was sent to it"),
            (
                "https://evil.example/v1/x?cursor=a",
                "a link leads to evil.example instead of api.example; nothing was sent, because the token is for the "
                    + "API alone"
            ),
        ])
    func aForeignLinkIsRefusedInASentence(link: String, sentence: String) throws {
        let base = try APIBase("https://api.example")
        #expect(#expect(throws: ReplicateError.self) { try base.link(link) }?.message == sentence)
    }

    @Test
    func readsItsDefaultsFromTheEnvironment() {
        let environment = ClientEnvironment([
            "REPLICATE_API_TOKEN": "r8_a", "REPLICATE_BASE_URL": "https://gateway.example", "HOME": "/",
        ])
        #expect(environment.token == "r8_a")
        #expect(environment.baseURL == "https://gateway.example")
        let empty = ClientEnvironment(["REPLICATE_API_TOKEN": "", "REPLICATE_BASE_URL": ""])
        #expect(empty.token == nil)
        #expect(empty.baseURL == nil)
    }
}
