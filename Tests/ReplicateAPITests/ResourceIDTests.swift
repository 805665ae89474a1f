import Testing

@testable import ReplicateAPI

@Suite struct ResourceIDTests {
    @Test(arguments: [
        "p", "ufawqhfynnddngldkgtslldrkq", "p-1_x.y~z", "a:b", "übung", String(repeating: "x", count: 200),
    ])
    func whatCanStandInAPathAndALineIsUsable(id: String) {
        #expect(ResourceID.isUsable(id))
    }

    @Test(
        arguments: [
            "", " ", "a b", "a/b", "a\\b", "a?b", "a#b", "a%2Fb", "..", ".", "a..b", "a\nb", "a\r\nb", "a\tb", "a\0b",
            "\u{7F}",
            "a\u{85}b", "a\u{2028}b", "a\u{A0}b", "a\u{200B}b", "a\u{202E}b", "a\"b", "<a>",
            String(repeating: "x", count: 201),
            String(repeating: "é", count: 101),
        ])
    func anythingElseIsNot(id: String) {
        #expect(!ResourceID.isUsable(id))
    }
}
