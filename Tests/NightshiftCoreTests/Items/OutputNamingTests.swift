import Foundation
import LosslessJSON
import NightshiftCore
import Testing

@Suite(.timeLimit(.minutes(1)))
struct OutputNamingTests {
    private func name(_ template: String, _ values: [String: JSONValue]) throws -> String {
        var mistakes: [Diagnostic] = []
        let place = SourceLocation(file: "x.yaml")
        let parsed = TemplateParser.parse(template, at: place, into: &mistakes)
        #expect(mistakes.isEmpty)
        return try OutputNaming.name(parsed, in: RenderScope(row: Row(.object(values), origin: .row(1, of: "list"))))
    }

    @Test(arguments: [
        ("Ada", "Ada"), ("a/b", "a_b"), ("../../etc/passwd", "___.._etc_passwd"), ("..", "__"), (".", "_"), ("", "_"),
        ("/etc/passwd", "_etc_passwd"), ("..\\..\\x", "___.._x"), (".hidden", "_hidden"), ("a\u{0}b", "a_b"),
        ("a\nb\tc", "a_b_c"), ("\u{7F}\u{85}", "__"), ("C:\\x", "C__x"), ("con", "_con"), ("CON.txt", "_CON.txt"),
        ("com1", "_com1"), ("com0", "com0"), ("lpt9", "_lpt9"), ("console", "console"), ("héllo wörld", "héllo wörld"),
        ("日本語", "日本語"), ("👩‍👩‍👧", "👩‍👩‍👧"), (" x", "_x"), ("what?*<>|\"", "what______"), ("a\u{202E}gnp", "a_gnp"),
        ("a\u{2028}b", "a_b"), ("...", "___"), ("~", "~"), ("-rf", "-rf"), ("a.", "a."),
    ])
    func aValueIsMadeSafe(_ value: String, _ safe: String) throws {
        #expect(try name("{{ v }}", ["v": .string(value)]) == safe)
        #expect(OutputNaming.component(value) == safe)
    }

    @Test func onlyTheTemplateMakesFolders() throws {
        #expect(try name("{{ a }}/{{ b }}", ["a": "x/y", "b": "../z"]) == "x_y/___z")
        #expect(try name("{{ a }}{{ b }}/{{ c }}", ["a": ".", "b": ".", "c": "."]) == "__/_")
        #expect(try name("{{ a }}/x", ["a": ""]) == "_/x")
        #expect(try name("{{ a }}/x", ["a": "folder. "]) == "folder__/x")
        #expect(try name("pages/{{ n }}", ["n": 3]) == "pages/3")
    }

    @Test func longNamesAreCutAndStayApart() throws {
        let long = String(repeating: "é", count: 300)
        let first = OutputNaming.component(long + "1")
        let second = OutputNaming.component(long + "2")
        #expect(first != second)
        #expect(first.utf8.count <= 180)
        #expect(first.hasPrefix("ééé"))
        #expect(OutputNaming.component(String(repeating: "x", count: 180)).utf8.count == 180)
    }

    @Test func whateverComesTheNameIsAPlainPath() throws {
        let pieces = [
            "/", "\\", "..", ".", " ", "\u{0}", "a", "é", "\u{202E}", "\n", "con", "{{", "}}", "~", "\u{301}", ":",
        ]
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<5000 {
            let value = (0..<Int.random(in: 0...8, using: &generator)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &generator)]
            }.joined()
            let path = try name("{{ v }}/{{ v }}{{ v }}", ["v": .string(value)])
            // By bytes, as the file system sees it: a slash with a combining mark is still a slash.
            let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            #expect(parts.count == 2)
            for part in parts {
                let first = part.first ?? UInt8(ascii: ".")
                #expect(first != UInt8(ascii: ".") && !part.contains(0) && !part.contains(UInt8(ascii: "\\")))
            }
        }
    }

    @Test func filesAreNumberedWhenThereAreSeveral() {
        #expect(OutputNaming.fileName("a/b", index: 0, count: 1, extension: "png") == "a/b.png")
        #expect(OutputNaming.fileName("a/b", index: 1, count: 2, extension: "PNG") == "a/b.1.png")
        #expect(OutputNaming.fileName("x", index: 0, count: 1, extension: "") == "x")
        #expect(OutputNaming.fileName("x", index: 0, count: 1, extension: "../../sh") == "x")
    }

    @Test func anAlternativeStandsBeside() {
        #expect(OutputNaming.alternative(to: "a/b.png", ordinal: 2) == "a/b-2.png")
        #expect(OutputNaming.alternative(to: "b", ordinal: 3) == "b-3")
        #expect(OutputNaming.alternative(to: "日本/本.0.png", ordinal: 2) == "日本/本.0-2.png")
    }

    @Test(arguments: [
        ("a/b.png", ["a/b.png", "a/b"]), ("b-2.png", ["b-2.png", "b-2", "b"]), ("b.3.webp", ["b.3.webp", "b.3", "b"]),
        ("日本/本.0-2.png", ["日本/本.0-2.png", "日本/本.0-2", "日本/本.0", "日本/本"]), ("-2", ["-2"]), ("v1.5", ["v1.5", "v1"]),
    ])
    func aFileTellsTheNamesItMayHaveBeenMadeFor(path: String, names: [String]) {
        #expect(OutputNaming.itemNames(ofFile: path) == names)
    }

    @Test(arguments: [("Ada", "ADA"), ("é", "e\u{301}"), ("STRASSE", "straße"), ("ﬁ", "fi"), ("Å", "\u{212B}")])
    func namesThatSomeDiskTakesForOneFoldAlike(_ left: String, _ right: String) {
        #expect(Array(OutputNaming.fold(left).utf8) == Array(OutputNaming.fold(right).utf8))
    }

    @Test func differentNamesStayApart() {
        #expect(OutputNaming.fold("a") != OutputNaming.fold("b"))
        #expect(OutputNaming.fold("e") != OutputNaming.fold("é"))
    }
}
