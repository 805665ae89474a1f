import LosslessJSON
import NightshiftCore
import TestSupport
import Testing

/// Which columns of a table a new manifest takes for which inputs.
@Suite struct ManifestDraftTests {
    private func draft(_ schema: String, _ row: KeyValuePairs<String, JSONValue>) throws -> ManifestDraft {
        let members = Dictionary(row.map { ($0.key, $0.value) }) { first, _ in first }
        return ManifestDraft(
            job: "x", model: "a/b", schema: try RealSchema.schema(schema),
            table: ManifestDraft.Table(kind: .csv, path: "rows.csv", columns: row.map(\.key), firstRow: members))
    }

    private func line(_ input: String, _ draft: ManifestDraft) -> String? {
        draft.manifest().text.split(separator: "\n").first { $0.hasPrefix("  \(input): ") }.map(String.init)
    }

    @Test(
        arguments: [
            // By name, whatever its case and signs are.
            (["id": "1", "Prompt": "a fox"], "  prompt: \"{{ Prompt }}\""),
            (["Prompt (EN)": "a fox", "id": "1"], "  prompt: \"{{ ['Prompt (EN)'] }}\""),
            // By a name that people give to such texts, though another input has found its column.
            (
                ["id": "a1", "notes": "a very long note of no use", "question": "why?", "seed": "1"],
                "  prompt: \"{{ question }}\""
            ),
            (["name": "Ada", "Image Caption": "a fox", "seed": "1"], "  prompt: \"{{ ['Image Caption'] }}\""),
            // By the longest text.
            (
                ["name": "Ada", "it's": "a fox in the snow", "n": "12345678901234567890"],
                "  prompt: \"{{ ['it\\\\'s'] }}\""
            ),
        ] as [(KeyValuePairs<String, JSONValue>, String)])
    func guessesTheColumnOfThePrompt(_ row: KeyValuePairs<String, JSONValue>, _ expected: String) throws {
        let draft = try draft("llama-3-8b-instruct", row)
        #expect(line("prompt", draft) == expected)
        let text = draft.manifest().text
        let decoded = try ManifestDecoder.decode(Array(text.utf8), file: "x.yaml")
        #expect(ManifestRules.unknownNames(in: decoded, columns: row.map(\.key), of: nil) == [])
    }

    @Test func namesTheSourceOfAParquetFile() throws {
        var draft = try draft("llama-3-8b-instruct", ["prompt": "a"])
        draft.table?.sourceKey = "parquet"
        #expect(draft.manifest().text.contains("inputs: { parquet: \"rows.csv\" }"))
        #expect(draft.usedColumns == ["prompt"])
    }
}
