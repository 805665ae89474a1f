import LosslessJSON
import NightshiftCore
import Testing

/// What comes into an item's input from other steps.
@Suite(.timeLimit(.minutes(1)))
struct StepResultTests {
    private static let manifest = """
        job: x
        inputs: { list: [{ title: "a {{ b" }] }
        steps:
          one: { model: a/one, input: { n: 1 } }
          two:
            needs: one
            model: a/two
            input:
              text: "{{ title }}: {{ one.output | upper }} {{ '{{' }}"
              number: "{{ one.output }}"
              list: ["{{ one.files[1] }}", { file: "{{ one.file }}" }]
              plain: "{{ title }}"
        """

    private func items(_ text: String = manifest) throws -> [Item] {
        let manifest = try ManifestDecoder.decode(Array(text.utf8), file: "x.yaml")
        let scope = RenderScope(row: Row(.object(["title": "a {{ b"]), origin: .row(1, of: "list")))
        var items: [Item] = []
        for step in manifest.steps {
            let renderer = ItemRenderer(manifest, step: step)
            let needs = step.needs.compactMap { name in items.first { $0.step == name }.map(ItemNeed.init) }
            items.append(
                try renderer.item(
                    renderer.render(scope, position: items.count), digests: [], needs: needs))
        }
        return items
    }

    private func completed(_ item: Item, output: JSONValue?, files: [StoredOutput] = []) throws -> CompletedInput {
        try CompletedInput(
            item.input, files: item.files, deferred: item.deferred.map { try #require(DeferredValue($0.json)) },
            results: ["one": StepResult(key: "k.one", name: "one/k", output: output, files: files)],
            outputDirectory: "out/x")
    }

    private func file(_ index: Int) -> StoredOutput {
        StoredOutput(index: index, path: "one/k.\(index).png", size: 7, sha256: "ab\(index)", mediaType: "image/png")
    }

    @Test func rowsComeInAtOnceAndResultsLater() throws {
        let second = try items()[1]
        #expect(second.input["plain"] == "a {{ b")
        #expect(second.input["text"] == .null)
        #expect(second.deferred.count == 4)
        let completed = try completed(second, output: 42, files: [file(0), file(1)])
        // A lone placeholder keeps its type; braces of a row stay what they are.
        #expect(completed.input["number"] == 42)
        #expect(completed.input["text"] == "a {{ b: 42 {{")
        #expect(completed.input["list"] == ["out/x/one/k.1.png", .null])
        #expect(
            completed.files == [
                ItemFile(
                    pointer: [.key("list"), .index(1)], path: "out/x/one/k.0.png", sha256: "ab0", size: 7)
            ])
    }

    @Test func whatAResultLacksIsSaid() throws {
        let second = try items()[1]
        let error = #expect(throws: RenderError.self) { try completed(second, output: "x", files: [file(0)]) }
        #expect(error?.message == "'one.files' has no element 1")
        let none = #expect(throws: RenderError.self) { try completed(second, output: nil, files: [file(0), file(1)]) }
        #expect(none?.message == "'one' has no 'output'")
    }

    @Test func textIsTheOutputInOnePiece() throws {
        let item = try items(Self.manifest.replacing("one.output", with: "one.text"))[1]
        #expect(try completed(item, output: ["a", "b"], files: [file(0), file(1)]).input["number"] == "ab")
        #expect(throws: RenderError.self) { try completed(item, output: ["a", 1], files: [file(0), file(1)]) }
    }

    @Test func aChangeOfAStepChangesWhatNeedsItAndNothingElse() throws {
        let before = try items()
        let first = try items(Self.manifest.replacing("{ n: 1 }", with: "{ n: 2 }"))
        #expect(first[0].digest != before[0].digest && first[1].digest != before[1].digest)
        let second = try items(Self.manifest.replacing("| upper", with: "| lower"))
        #expect(second[0].digest == before[0].digest && second[1].digest != before[1].digest)
        #expect(before.map(\.step) == ["one", "two"])
        #expect(before[1].key.hasSuffix(".two") && before[1].name.hasPrefix("two/"))
    }
}
