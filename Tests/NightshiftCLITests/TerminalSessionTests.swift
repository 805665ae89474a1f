import Foundation
import TestSupport
import Testing

/// What a person at a terminal sees and can do, on the real executable in a pseudo terminal.
@Suite(.timeLimit(.minutes(3)))
struct TerminalSessionTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func run(canary: Int, typing keys: String) async throws -> TerminalSession.Outcome? {
        let job = try folder.write(
            "job.yaml",
            """
            job: sleepers
            model: nightshift/sleeper
            provider: local
            inputs: { range: [1, 12] }
            input: { seconds: 0.3, text: "item {{ value }}" }
            outputs: { directory: out, name: "{{ value }}" }
            concurrency: 2
            """)
        return try await TerminalSession.run(
            .nightshift, ["run", job, "--canary", String(canary)], typing: [(after: "[y/N] ", keys: keys)])
    }

    @Test func afterAYesTheProgressGoesOn() async throws {
        guard let session = try await run(canary: 2, typing: "y\n") else { return }
        #expect(session.code == 0)
        let question = try #require(session.screen.range(of: "Run the rest? [y/N] "))
        let after = session.screen[question.upperBound...]
        // A block is drawn over the one before.
        #expect(after.contains(#/\u{1B}\[\dA\u{1B}\[J/#))
        #expect(after.contains("running"))
        #expect(after.contains("all 12 items succeeded"))
    }

    @Test(arguments: ["\n", "no\n", "\u{4}"]) func anythingElseIsANo(keys: String) async throws {
        guard let session = try await run(canary: 2, typing: keys) else { return }
        #expect(session.code == 3)
        #expect(session.screen.contains("run the rest with: nightshift run"))
    }

    @Test func ctrlCAtAQuestionWorksAtOnce() async throws {
        // Nobody presses Enter: it must not wait for that.
        guard let session = try await run(canary: 2, typing: "\u{3}") else { return }
        #expect(session.code == 130)
        #expect(session.screen.contains("finishing what runs"))
        #expect(session.screen.contains("interrupted with 2 of 12 items succeeded"))
    }

    @Test(arguments: ["y\n", "n\n", "\n"]) func rowsThatAreAllOneItemAreAskedAbout(keys: String) async throws {
        _ = try folder.write("rows.csv", "word\n" + (1...40).map { "w\($0)\n" }.joined())
        let job = try folder.write(
            "job.yaml",
            """
            job: one
            model: nightshift/hello-world
            provider: local
            inputs: { csv: rows.csv }
            input: { text: "{ word }" }
            outputs: { directory: out }
            """)
        let typing = [(after: "[y/N] ", keys: keys)]
        guard let session = try await TerminalSession.run(.nightshift, ["run", job], typing: typing) else { return }
        let question = try #require(session.screen.range(of: "Run it all the same? [y/N] "))
        // The reason and the likely slip are told first.
        let before = session.screen[..<question.lowerBound]
        #expect(before.contains("its 40 rows are all the same item"))
        #expect(before.contains("a template has two"))
        let isYes = keys == "y\n"
        #expect(session.code == (isYes ? 0 : 2))
        #expect(session.screen.contains("nothing was sent") == !isYes)
        #expect(session.screen.contains("the item succeeded") == isYes)
        #expect(FileManager.default.fileExists(atPath: folder.path("out")) == isYes)
    }
}
