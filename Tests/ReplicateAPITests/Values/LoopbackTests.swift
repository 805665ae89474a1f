import Testing

@testable import ReplicateAPI

@Suite(.timeLimit(.minutes(1)))
struct LoopbackTests {
    @Test(arguments: [
        "localhost", "LocalHost", "localhost.", "127.0.0.1", "127.1.2.3", "127.255.255.255", "::1", "[::1]",
        "0:0:0:0:0:0:0:1", "[0000:0000:0000:0000:0000:0000:0000:0001]", "::ffff:127.0.0.1", "[::FFFF:127.8.0.1]",
        "::ffff:7f00:1",
    ])
    func isThisMachine(host: String) {
        #expect(Loopback.contains(host: host))
    }

    /// What some take for this machine and others do not is none: a token must not go there in the clear.
    @Test(arguments: [
        "", ".", "localhost..", "xlocalhost", "localhost.example", "evil.localhost", "127.0.0.1.", "127.1", "127.0.0",
        "127.0.0.1.example", "0127.0.0.1", "127.0.0.01", "+127.0.0.1", "127.0.0.256", "127.0.0.-1", "0x7f.0.0.1",
        "2130706433", "128.0.0.1", "0.0.0.0", "10.0.0.1", "::", "::2", "[::1", "::1]", "[127.0.0.1]", "[localhost]",
        "::ffff:10.0.0.1", "::ffff:128.0.0.1", "::127.0.0.1", "fe80::1", "::1%lo", "[::1]x", "1::1", "１27.0.0.1",
    ])
    func isAnotherMachine(host: String) {
        #expect(!Loopback.contains(host: host))
    }

    @Test(arguments: [
        ("http://127.0.0.1:8080/hook", true), ("http://127.9.9.9/hook", true), ("http://localhost:1/", true),
        ("http://[::1]:8080/x", true), ("http://[::ffff:127.0.0.1]/x", true), ("https://example.com/x", true),
        ("http://example.com/x", false), ("http://128.0.0.1/x", false), ("http://0127.0.0.1/x", false),
        ("http://127.0.0.1:99999/x", false), ("https://example.com:0/x", false), ("ftp://localhost/x", false),
    ])
    func webhooksGoByTheSameRule(address: String, isTaken: Bool) {
        #expect((PredictionOptions(webhook: address).problem == nil) == isTaken)
    }
}
