import LosslessJSON
import NightshiftCore
import ReplicateAPI
import TestSupport
import Testing

@testable import Nightshift

/// A row of a CSV file for a real model: what is sent for it, or what is said of it.
struct RealInput: CustomTestStringConvertible, Sendable {
    var schema: String
    var row: [String: String]
    var sent: JSONValue?
    var problems: [String]

    static func good(_ schema: String, _ row: [String: String], _ sent: JSONValue) -> RealInput {
        RealInput(schema: schema, row: row, sent: sent, problems: [])
    }

    static func bad(_ schema: String, _ row: [String: String], _ problems: String...) -> RealInput {
        RealInput(schema: schema, row: row, sent: nil, problems: problems)
    }

    var testDescription: String { "\(schema) \(row.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })" }
}

@Suite(.timeLimit(.minutes(2)))
struct RealSchemaTests {
    /// The CSV file and the manifest that sends each of its columns under its own name.
    private func expand(_ input: RealInput) throws -> (items: [Item], problems: [String]) {
        let folder = try TemporaryFolder()
        let columns = input.row.keys.sorted()
        func quoted(_ text: String) -> String { "\"\(text.replacing("\"", with: "\"\""))\"" }
        try folder.write(
            "rows.csv",
            columns.map(quoted).joined(separator: ",") + "\n"
                + columns.map { quoted(input.row[$0] ?? "") }.joined(separator: ",") + "\n")
        let lines = columns.map { "  \($0): \"{{ \($0) }}\"" }.joined(separator: "\n")
        let path = try folder.write(
            "job.yaml", "job: x\nmodel: a/b\ninputs: { csv: rows.csv }\ninput:\n\(lines)\n")
        let loaded = try ManifestLoader.load(path)
        var items: [Item] = []
        let check = InputSetCheck(schema: try RealSchema.schema(input.schema))
        let summary = try InputSet(loaded, check: check).forEachItem { items.append($0) }
        return (items, summary.problems.map { $0.message })
    }

    @Test(arguments: RealInput.table)
    func aRowIsSentInTheModelsTypesOrToldWithWhatTheModelTakes(_ input: RealInput) throws {
        let (items, problems) = try expand(input)
        #expect(problems == input.problems)
        if let sent = input.sent { #expect(items.map(\.input) == [sent]) }
    }

    @Test func everyRealSchemaHasGoodAndBadRows() {
        for name in RealSchema.names {
            let rows = RealInput.table.filter { $0.schema == name }
            #expect(rows.contains { $0.sent != nil }, "\(name)")
            #expect(rows.count { !$0.problems.isEmpty } >= 2, "\(name)")
        }
        #expect(RealSchema.names.count >= 15)
    }

    @Test(arguments: RealSchema.names)
    func aDraftPassesThePlanAsItIs(_ name: String) async throws {
        let schema = try RealSchema.schema(name)
        let draft = ManifestDraft(
            job: "draft", model: "owner/\(name.lowercased())", summary: "a model\nwith a summary", schema: schema,
            schemaLocation: "schema.json")
        let (text, needsFile) = draft.manifest()
        let folder = try TemporaryFolder()
        let path = try folder.write("draft.yaml", text)
        if needsFile { try folder.write(ManifestDraft.exampleFile, "a picture") }
        for field in schema.inputs { #expect(text.contains("\(field.name):"), "\(field.name)") }
        #expect(text.hasPrefix("# yaml-language-server: $schema=schema.json\n"))

        let plan = try await Engine().job(at: path).plan(
            ResolvedSchemas(steps: ["": ResolvedSchema(schema: schema, version: nil, isFresh: true)]), known: nil,
            run: nil,
            options: PlanOptions())
        #expect(plan.problems.flatMap(\.lines) == [])
        #expect(plan.schema.isChecked)
        #expect(plan.toDo == 1)
    }

    /// A table with a column for every input, as a stranger would name them.
    @Test(arguments: RealSchema.names)
    func aDraftForATableMatchesItsColumnsByName(_ name: String) async throws {
        let schema = try RealSchema.schema(name)
        let folder = try TemporaryFolder()
        let fields = schema.inputs.filter { $0.type == .string }
        let columns = fields.map { $0.name.uppercased().replacing("_", with: " ") } + ["a note"]
        let row = fields.map { field in
            field.isFile ? "https://example.com/a.png" : field.choices?.first?.stringValue ?? "some text"
        }
        try folder.write("rows.csv", "\(columns.joined(separator: ","))\n\(row.joined(separator: ",")),mine\n")
        let draft = ManifestDraft(
            job: "draft", model: "owner/name", schema: schema,
            table: ManifestDraft.Table(
                kind: .csv, path: "rows.csv", columns: columns,
                firstRow: Dictionary(uniqueKeysWithValues: zip(columns, row.map(JSONValue.string)))))
        let (text, needsFile) = draft.manifest()
        #expect(!needsFile)
        #expect(text.contains("# The column \"a note\" is no input of the model"))
        let path = try folder.write("draft.yaml", text)
        let plan = try await Engine().job(at: path).plan(
            ResolvedSchemas(steps: ["": ResolvedSchema(schema: schema, version: nil, isFresh: true)]), known: nil,
            run: nil,
            options: PlanOptions())
        #expect(plan.problems.flatMap(\.lines) == [])
        let sent = plan.firstItems.first?.input.objectValue ?? [:]
        for field in fields { #expect(sent[field.name] != nil, "\(field.name)") }
    }
}
