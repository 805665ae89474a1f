import LosslessJSON
import NightshiftCore
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ItemRendererTests {
    private func manifest(_ text: String) throws -> Manifest {
        let head = "job: x\nmodel: me/upper\ninputs: { csv: rows.csv }\n"
        return try ManifestDecoder.decode(Array((head + text).utf8), file: "x.yaml")
    }

    private func item(
        _ text: String, _ values: [String: JSONValue], position: Int = 0, namesFile: Bool = false, sha256: String = "00"
    ) throws -> Item {
        let manifest = try manifest(text)
        let renderer = ItemRenderer(manifest, step: manifest.steps[0])
        let row = Row(
            .object(values), origin: .line(file: "rows.csv", line: position + 2), namedFiles: namesFile ? .path : nil)
        let rendered = try renderer.render(RenderScope(row: row, index: position + 1, job: "x"), position: position)
        return try renderer.item(rendered, digests: rendered.files.map { _ in (sha256, 5) })
    }

    @Test func anItemIsKnownByItsContentNotByItsPlace() throws {
        let text = "input: { text: \"{{ a }}\", n: 1 }"
        let first = try item(text, ["a": "x"], position: 0)
        let later = try item(text, ["a": "x", "unused": "y"], position: 99)
        let other = try item(text, ["a": "z"], position: 0)
        #expect(first.key == later.key)
        #expect(first.digest == later.digest)
        #expect(first.key != other.key)
        #expect(first.key.hasPrefix("sha256-"))
        #expect(first.key.utf8.count == 7 + 32)
        #expect(first.name == first.key)
        #expect(later.origin == .line(file: "rows.csv", line: 101))
        #expect(later.row == ["a": "x", "unused": "y"])
    }

    @Test func theWayANumberIsWrittenIsNotContent() throws {
        #expect(try item("input: { n: 1.0 }", [:]).key == item("input: { n: 1 }", [:]).key)
        #expect(try item("input: { n: 1 }", [:]).key != item("input: { n: '1' }", [:]).key)
    }

    @Test func identityIsStableAcrossVersions() throws {
        // A change here makes every unfinished run start over.
        #expect(
            try item("input: { text: \"{{ a }}\" }", ["a": "x"]).key == "sha256-e3e0c25df3e58f47cbd901d749671724")
    }

    @Test func anExplicitKeyStaysWhenTheContentChanges() throws {
        let text = "input: { text: \"{{ a }}\" }\nkey: \"{{ id }}\""
        let before = try item(text, ["id": "ada-1", "a": "x"])
        let after = try item(text, ["id": "ada-1", "a": "y"])
        #expect(before.key == "ada-1")
        #expect(after.key == before.key)
        #expect(after.digest != before.digest)
        #expect(before.name == "ada-1")
    }

    @Test func theSameInputUnderTwoNamesIsTwoItems() throws {
        let text = "input: { text: x }\noutputs: { name: \"{{ a }}\" }"
        let first = try item(text, ["a": "one"])
        let second = try item(text, ["a": "two"])
        #expect(first.key != second.key)
        #expect(first.digest == second.digest)
        #expect(first.name == "one")
    }

    @Test func theNameMayHoldTheKey() throws {
        let byContent = try item("input: { text: x }\noutputs: { name: \"{{ a }}/{{ key }}\" }", ["a": "one"])
        #expect(byContent.name == "one/\(byContent.key)")
        let explicit = try item("input: {}\nkey: \"{{ a }}/1\"\noutputs: { name: \"{{ key }}\" }", ["a": "one"])
        #expect(explicit.key == "one/1")
        #expect(explicit.name == "one_1")
    }

    @Test func aFileIsPartOfTheIdentity() throws {
        let text = "input: { image: { file: \"in/{{ a }}\" }, more: [{ file: b.png }, 1] }"
        let found = try item(text, ["a": "x.png"])
        #expect(found.input == ["image": nil, "more": [nil, 1]])
        #expect(
            found.files == [
                ItemFile(pointer: [.key("image")], path: "in/x.png", sha256: "00", size: 5),
                ItemFile(pointer: [.key("more"), .index(0)], path: "b.png", sha256: "00", size: 5),
            ])
        #expect(try item(text, ["a": "x.png"], sha256: "01").key != found.key)
        let filled = found.input.replacing(at: found.files[1].pointer, with: "data:x")
        #expect(filled == ["image": nil, "more": ["data:x", 1]])
        let stored = JSONPathStep.json(found.files[1].pointer)
        #expect(JSONPathStep.pointer(from: stored) == found.files[1].pointer)
    }

    @Test func aRowCannotMakeAFileReference() throws {
        let found = try item("input: { image: \"{{ a }}\" }", ["a": ["file": "/etc/passwd"]])
        #expect(found.files.isEmpty)
        #expect(found.input == ["image": ["file": "/etc/passwd"]])
    }

    @Test(arguments: [
        ("in/{{ a }}", "../x"), ("in/{{ a }}", "y/../../x"), ("in/{{ a }}", "../in2/x"), ("{{ a }}", "/etc/passwd"),
        ("{{ a }}", "../x"), ("in-{{ a }}", "/../../x"), ("/data/{{ a }}", "../etc/passwd"), ("../in/{{ a }}", "../x"),
        ("{{ a }}", "x/../.."),
    ])
    func aRowCannotLeadOutOfTheDirectory(_ path: String, _ value: String) {
        #expect(throws: RenderError.self) {
            try item("input: { image: { file: \"\(path)\" } }", ["a": .string(value)])
        }
    }

    @Test(arguments: [
        ("in/{{ a }}", "x.png"), ("in/{{ a }}", "sub/x.png"), ("in/{{ a }}", "sub/../x.png"), ("{{ a }}", "sub/x.png"),
        ("../in/{{ a }}", "x"), ("/data/{{ a }}", "x"), ("in/{{ a }}", "..x"), ("in/{{ a }}", "/x"),
    ])
    func aRowNamesFilesInsideIt(_ path: String, _ value: String) throws {
        let found = try item("input: { image: { file: \"\(path)\" } }", ["a": .string(value)])
        #expect(found.files.count == 1)
    }

    @Test func aFileThatAPatternFoundMayBeAnywhere() throws {
        let text = "input: { image: { file: \"{{ path }}\" } }"
        #expect(try item(text, ["path": "../scans/1.png"], namesFile: true).files[0].path == "../scans/1.png")
        #expect(throws: RenderError.self) { try item(text, ["path": "../scans/1.png"]) }
    }

    @Test(arguments: ["", "a\nb", String(repeating: "x", count: 501)])
    func aKeyThatNobodyCanTypeIsAProblem(_ key: String) {
        #expect(throws: RenderError.self) { try item("input: {}\nkey: \"{{ a }}\"", ["a": .string(key)]) }
    }
}
