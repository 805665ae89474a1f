import Foundation
import LosslessJSON
import NightshiftCore
import Synchronization
import TestSupport
import Testing

@testable import Nightshift

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Rows that a command prints.
@Suite(.timeLimit(.minutes(1)))
struct CommandSourceTests {
    @Test func aCommandRunsOnceAndInTheManifestsFolderWithoutTheToken() throws {
        let scene = try InputScene(["rows.txt": "here\n"])
        try scene.write(
            "x.yaml",
            """
            job: x
            model: me/upper
            inputs:
              command: { run: "echo x >> runs; cat rows.txt; env", format: lines }
              sample: 1000
            input: { n: "{{ line }}" }

            """)
        let environment = [
            "PATH": "/usr/bin:/bin", "REPLICATE_API_TOKEN": "r8_secret", "REPLICATE_API_TOKEN_FILE": "/secret",
            "OTHER": "kept",
        ]
        var lines: [String] = []
        let set = InputSet(try ManifestLoader.load(scene.path("x.yaml")), environment: environment)
        // A sample is drawn by reading all rows before.
        let summary = try set.forEachItem { lines.append($0.input["n"]?.stringValue ?? "") }
        #expect(summary.problems == [])
        #expect(lines.first == "here")
        #expect(lines.contains("OTHER=kept"))
        #expect(!lines.contains { $0.contains("secret") })
        #expect(try String(contentsOfFile: scene.path("runs"), encoding: .utf8) == "x\n")
    }

    @Test func rowsOfACommandThatFailsLateAreNotTaken() throws {
        let scene = try InputScene([:])
        let found = try scene.expand(
            "inputs:\n  command: \"echo '{}'; echo 'halfway through' >&2; exit 7\"\ninput: { n: a }\n")
        #expect(found.items.isEmpty)
        #expect(
            found.problems == [
                """
                x.yaml:4:3: error: the command gave no rows: it ended with status 7: halfway through
                    it was run by the shell in the manifest's folder: echo '{}'; echo 'halfway through' >&2; exit 7
                """
            ])
        let missing = try scene.expand("inputs:\n  command: nightshift-no-such-program\ninput: { n: a }\n")
        #expect(missing.problems.first?.contains("it ended with status 127") == true)
        #expect(missing.problems.first?.contains("not found") == true)
    }

    @Test func muchIsReadWithoutWaitingForItself() throws {
        let scene = try InputScene([:])
        let found = try scene.expand(
            "inputs:\n  command: { run: \"yes 'a line of some length' | head -n 200000; echo done >&2\", format: lines }\n"
                + "  offset: 199999\ninput: { n: \"{{ line }}\" }\n")
        #expect(found.problems == [])
        #expect(found.summary.rows == 200_000)
        #expect(found.items.count == 1)
    }

    @Test func whatACommandLeavesRunningDoesNotHoldTheRows() throws {
        let scene = try InputScene([:])
        let found = try scene.expand(
            "inputs:\n  command: { run: \"sleep 1000 & echo $! > pid; echo row\", format: lines }\ninput: { n: \"{{ line }}\" }\n"
        )
        #expect(found.items.compactMap { $0.input["n"] } == ["row"])
        let text = try String(contentsOfFile: scene.path("pid"), encoding: .utf8)
        let left = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect(isGone(left))
    }

    @Test func aCancellationEndsTheCommandWithAllThatItHasStarted() async throws {
        let scene = try InputScene([:])
        let path = scene.path("pids")
        let set = try scene.load(
            "inputs:\n  command: \"sleep 1000 & echo $! $$ > part; mv part pids; wait\"\ninput: { n: a }\n")
        let task = Task {
            try await set.renderingAhead { items in
                for try await _ in items {}
            }
        }
        while !FileManager.default.fileExists(atPath: path) { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let pids = try String(contentsOfFile: path, encoding: .utf8).split(whereSeparator: \.isWhitespace).compactMap {
            Int32($0)
        }
        #expect(pids.count == 2)
        for pid in pids { #expect(isGone(pid)) }
    }

    /// Whether a process has ended; one that was killed may still be there for its parent to see.
    private func isGone(_ pid: pid_t) -> Bool {
        for _ in 0..<100_000 {
            if kill(pid, 0) != 0 { return true }
            let state = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
            if state?.split(separator: ")").last?.contains("Z") == true { return true }
            sched_yield()
        }
        return false
    }
}
