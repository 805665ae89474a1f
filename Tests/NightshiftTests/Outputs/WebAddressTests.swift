import Testing

@testable import Nightshift

@Suite(.timeLimit(.minutes(1)))
struct WebAddressTests {
    @Test(arguments: [
        ("http://127.0.0.1:8080/x", true), ("http://127.9.9.9/x", true), ("http://LOCALHOST/x", true),
        ("http://[::1]:99/x", true), ("http://127.0.0.1.evil.com/x", false), ("http://localhost.evil.com", false),
        ("https://replicate.delivery/x", false), ("http://10.0.0.1/x", false),
    ])
    func knowsThisMachine(url: String, isLoopback: Bool) throws {
        #expect(try #require(WebAddress(url)).isLoopback == isLoopback)
    }

    @Test(arguments: ["", "ftp://x/y", "file:///etc/passwd", "/x", "https://", "javascript:1"])
    func takesOnlyAbsoluteWebAddresses(text: String) {
        #expect(WebAddress(text) == nil)
    }

    @Test func showsNeitherQueryNorPassword() throws {
        let address = try #require(WebAddress("https://me:secret@host.example/a/b%20c.png?signature=abc#part"))
        #expect(address.textWithoutSecrets == "https://host.example/a/b%20c.png")
        #expect(address.lastPathComponent == "b c.png")
    }

    @Test(arguments: [
        ("/b", "https://a.example/b"), ("c", "https://a.example/x/c"), ("//b.example/y", "https://b.example/y"),
        ("http://127.0.0.1/z", "http://127.0.0.1/z"),
    ])
    func followsALocation(location: String, target: String) throws {
        let address = try #require(WebAddress("https://a.example/x/y"))
        #expect(address.following(location: location)?.text == target)
    }

    @Test func knowsADomainFromALookalike() throws {
        #expect(try #require(WebAddress("https://pb.replicate.delivery/x")).isHost(in: "replicate.delivery"))
        #expect(try #require(WebAddress("https://replicate.delivery/x")).isHost(in: "replicate.delivery"))
        #expect(try !#require(WebAddress("https://evilreplicate.delivery/x")).isHost(in: "replicate.delivery"))
    }

    @Test(arguments: [
        ("https://a.example/1", "https://a.example/2", true), ("https://a.example", "https://A.example:443/x", true),
        ("https://a.example", "http://a.example", false), ("https://a.example", "https://b.example", false),
        ("https://a.example", "https://a.example:8443", false),
    ])
    func serversDifferBySchemeHostAndPort(one: String, other: String, isSame: Bool) throws {
        let (one, other) = (try #require(WebAddress(one)), try #require(WebAddress(other)))
        #expect(one.hasSameOrigin(as: other) == isSame)
        #expect(other.hasSameOrigin(as: one) == isSame)
    }
}
