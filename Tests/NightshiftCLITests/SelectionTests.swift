import Foundation
import TestSupport
import Testing

/// Some of the items, and rows that are piped in, by the real executable.
@Suite(.timeLimit(.minutes(2)))
struct SelectionTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func write(_ inputs: String) throws -> String {
        try folder.write(
            "job.yaml",
            """
            job: sleepers
            model: nightshift/sleeper
            provider: local
            inputs: \(inputs)
            input: { seconds: 0, text: "item {{ n }}" }
            key: "{{ n }}"
            outputs: { directory: out, name: "{{ n }}" }
            rate: unlimited
            """)
    }

    @Test func doesOnlyWhatTheCommandLineChooses() async throws {
        let job = try write("{ list: [{ n: a }, { n: b }, { n: c }, { n: d }] }")
        let plan = try await BuiltExecutable.nightshift.run(["plan", job, "--only", "b", "d", "--json"])
        #expect(plan.code == 0)
        #expect(plan.output.contains(#""chosen":2"#))
        let some = try await BuiltExecutable.nightshift.run(["run", job, "--only", "b", "d", "--limit", "1"])
        #expect(some.code == 0)
        #expect(some.errors.contains("did what was chosen; 1 of 4 items have succeeded, 3 are left"))
        #expect(folder.names(in: "out") == ["b.txt"])
        let wrong = try await BuiltExecutable.nightshift.run(["run", job, "--only", "x"])
        #expect(wrong.code == 2)
        #expect(wrong.errors.contains("error: no item has the key 'x'"))
        let none = try await BuiltExecutable.nightshift.run(["run", job, "--limit", "0"])
        #expect(none.code == 2)
        #expect(try await BuiltExecutable.nightshift.run(["run", job]).code == 0)
        #expect(folder.names(in: "out") == ["a.txt", "b.txt", "c.txt", "d.txt"])
    }

    @Test func readsRowsThatArePipedIn() async throws {
        let job = try write("{ stdin: jsonl, shuffle: true }")
        let rows = "{\"n\": \"a\"}\n{\"n\": \"b\"}\n"
        let run = try await BuiltExecutable.nightshift.run(["run", job], input: rows)
        #expect(run.code == 0)
        #expect(folder.names(in: "out") == ["a.txt", "b.txt"])
        let wrong = try await BuiltExecutable.nightshift.run(["plan", job], input: "{\"n\": \"a\"}\nnonsense\n")
        #expect(wrong.code == 2)
        #expect(wrong.errors.contains("standard input:2:1: error: not valid JSON"))
    }
}
