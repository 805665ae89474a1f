import Foundation
import LosslessJSON
import TestSupport
import Testing

/// The real executable, killed without warning at random moments.
@Suite(.timeLimit(.minutes(15)))
struct KillTests {
    @Test func twentyKillsLoseNothingAndPayForNothingTwice() async throws {
        let folder = try TemporaryFolder()
        let log = folder.path("accepted.jsonl")
        try await ServerProcess.with(["--log", log]) { server in
            try folder.write(
                "job.yaml",
                """
                job: killed
                model: nightshift/sleeper
                inputs: { range: [1, 700] }
                input: { seconds: 0.3, bytes: 20000, text: "item {{ value }}" }
                key: "{{ value }}"
                outputs: { directory: out, name: "{{ value }}" }
                concurrency: 12
                rate: unlimited
                """
            )
            var random = SystemRandomNumberGenerator()
            var kills = 0
            while kills < 22 {
                let run = try BuiltExecutable.nightshift.start(
                    ["run", folder.path("job.yaml"), "--json"], environment: server.environment)
                // Killed as it prints its n-th event: in the middle of creating, watching or downloading.
                var left = Int.random(in: 1...20, using: &random)
                for await _ in run.outputLines {
                    left -= 1
                    if left == 0 { break }
                }
                run.kill()
                let status = await run.end()
                if status.isSuccess { break }
                kills += 1
            }
            #expect(kills >= 20)
            let last = try BuiltExecutable.nightshift.start(
                ["run", folder.path("job.yaml"), "--json"], environment: server.environment)
            let status = await last.end()
            #expect(status.code == 0, "\(last.errorText)")

            let accepted = try folder.text("accepted.jsonl").split(separator: "\n")
                .map { try JSONValue(parsing: String($0)) }
            let byInput = Dictionary(grouping: accepted) { $0["input_digest"]?.stringValue ?? "" }
            #expect(byInput.count == 700)
            let twice = byInput.values.filter { $0.count > 1 }
            #expect(twice.isEmpty, "created more than once: \(twice.map { $0[0]["input"] ?? .null })")
            #expect(folder.names(in: "out").count == 700)
            for name in folder.names(in: "out") {
                #expect(try folder.size("out/\(name)") == 20000, "\(name)")
            }
        }
    }
}

/// The same while the input set is read.
@Suite(.timeLimit(.minutes(3)))
struct KillWhileReadingTests {
    @Test func whatWasThereIsThereAndNothingElse() async throws {
        let folder = try TemporaryFolder()
        func write(rows: Int) throws {
            try folder.write(
                "job.yaml",
                """
                job: killed
                model: nightshift/hello-world
                provider: local
                inputs: { range: [1, \(rows)] }
                input: { text: "item {{ value }}" }
                key: "{{ value }}"
                outputs: { directory: out, name: "{{ value }}" }
                """)
        }
        let job = folder.path("job.yaml")
        func items() async throws -> [String] {
            let listed = try await BuiltExecutable.nightshift.run(["items", job, "--json"])
            #expect(listed.code == 0, "\(listed.errors)")
            return listed.output.split(separator: "\n").map(String.init)
        }
        try write(rows: 3)
        #expect(try await BuiltExecutable.nightshift.run(["run", job]).code == 0)
        let before = try await items()
        #expect(before.count == 3)

        try write(rows: 1_000_000)
        let run = try BuiltExecutable.nightshift.start(["run", job, "--json"])
        for await line in run.outputLines where line.contains("\"expanding\"") { break }
        // It reads for minutes: it is told something meanwhile, and looked at.
        let paused = try await BuiltExecutable.nightshift.run(["pause", job])
        #expect(paused.code == 0, "\(paused.errors)")
        #expect(try await items() == before)
        run.kill()
        #expect(await run.end().isSuccess == false)
        #expect(try await items() == before)

        let status = try await BuiltExecutable.nightshift.run(["status", job, "--json"])
        #expect(status.output.contains("\"is_paused\":true"), "\(status.output)")
        #expect(try await BuiltExecutable.nightshift.run(["resume", job]).code == 0)

        try write(rows: 4)
        let last = try await BuiltExecutable.nightshift.run(["run", job, "--json"])
        #expect(last.code == 0, "\(last.errors)")
        #expect(try await items().count == 4)
        #expect(last.output.contains("\"predictions\":4"), "\(last.output.suffix(2000))")
    }
}
