import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateServer
import TestSupport
import Testing

@testable import Nightshift

/// Results that are not what the manifest accepts, from models that misbehave, through the whole engine.
@Suite(.timeLimit(.minutes(3)))
struct AcceptanceEndToEndTests {
    /// A model that is a Python script, for rows `a`, `b` and `c`.
    private func job(_ script: String, accept: String, more: String = "") throws -> JobFolder {
        let job = try JobFolder(
            """
            job: judged
            provider: { local: { models: { me/say: "python3 say.py" } } }
            model: me/say
            inputs: { list: [a, b, c] }
            input: { prompt: "{{ value }}" }
            key: "{{ value }}"
            outputs: { directory: out, name: "{{ value }}" }
            accept: \(accept)
            \(more.isEmpty ? "retry: { backoff: { initial: 10ms } }" : more)
            """)
        try job.folder.write("say.py", "import json, sys\ndata = json.load(sys.stdin)\n" + script)
        return job
    }

    private func files(_ job: JobFolder, in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: job.folder.path(folder))) ?? [])
            .filter { !$0.hasPrefix(".") }.sorted()
    }

    @Test func aResultIsTriedAgainWithTheComplaintAndKept() async throws {
        // It answers properly once it is told what was wrong.
        let job = try job(
            #"print(json.dumps("a long answer" if "fewer than 9" in data["prompt"] else "no"))"#,
            accept: "{ text: { min_length: 9 } }",
            more: #"retry: { backoff: { initial: 10ms }, set: { prompt: "{{ value }}: {{ reason }}" } }"#)
        let report = try await job.run()
        #expect(report.counts.succeeded == 3, "\(report.failureReasons)")
        #expect(report.counts.predictions == 6)
        #expect(files(job, in: "out") == ["a.txt", "b.txt", "c.txt", "rejected"])
        #expect(try job.folder.text("out/a.txt") == "a long answer")
        #expect(files(job, in: "out/rejected") == ["a-1.txt", "b-1.txt", "c-1.txt"])
        #expect(try job.folder.text("out/rejected/b-1.txt") == "no")
        let opened = try job.engine.job(at: job.manifest)
        let detail = try await opened.show(item: "b")
        let attempt = try #require(detail.attempts.first)
        #expect(attempt.failureClass == "not_accepted")
        #expect(attempt.failure == "its text has 2 characters, fewer than 9")
        #expect(attempt.kept == ["rejected/b-1.txt"])
        #expect(detail.files.map(\.path) == ["b.txt"])
        #expect(try await opened.verify().badFiles.isEmpty)
        // All is done, and what was not accepted is in no export.
        #expect(try await job.run().counts.predictions == 6)
        _ = try await opened.export(to: job.folder.path("export"))
        #expect(
            files(job, in: "export") == ["a.txt", "b.txt", "c.txt", "export.json", "failed.jsonl", "results.jsonl"])
    }

    @Test func anItemCostsNoMoreThanThreePredictionsWithoutAResult() async throws {
        let job = try job(#"print(json.dumps(""))"#, accept: "{ text: { min_length: 1 } }")
        let report = try await job.run()
        #expect(report.counts.failed == 3)
        #expect(report.counts.predictions == 9)
        #expect(files(job, in: "out") == ["rejected"])
        #expect(files(job, in: "out/rejected").count == 9)
        // Another number is the manifest's word.
        try job.folder.write(
            "job.yaml", try job.folder.text("job.yaml").replacing("retry: {", with: "retry: { billed: 5,"))
        var options = RunOptions()
        options.retryFailed = true
        let again = try await job.run(options)
        #expect(again.counts.predictions == 9 + 15)
        #expect(files(job, in: "out/rejected").count == 24)
    }

    @Test func aRunOfResultsThatAreNotAcceptedIsStopped() async throws {
        let job = try JobFolder(
            """
            job: hopeless
            provider: { local: { models: { me/say: "echo '\\"no\\"'" } } }
            model: me/say
            inputs: { range: [1, 200] }
            input: { n: "{{ value }}" }
            concurrency: 2
            accept: { text: { min_length: 9 } }
            retry: { backoff: { initial: 10ms } }
            """)
        let report = try await job.run()
        guard case .breaker(.nothingStored(let count, _, let reason)) = report.end else {
            Issue.record("it ended with \(report.end)")
            return
        }
        #expect(count == 20)
        #expect(reason == "its text has 2 characters, fewer than 9")
        // What was in flight then comes to its end.
        #expect(report.counts.predictions < 60)
    }

    @Test func picturesAreJudgedByTheirContent() async throws {
        let manifest = """
            job: pictures
            provider: local
            model: nightshift/poster
            inputs: { list: [{ place: Oslo }, { place: Rome }] }
            input: { prompt: "{{ place }}" }
            outputs: { directory: out, name: "{{ place }}" }
            accept: { media: image/png, bytes: { min: 100 }, width: { min: 64 }, height: { min: 64 } }
            """
        let job = try JobFolder(manifest)
        let report = try await job.run()
        #expect(report.counts.succeeded == 2, "\(report.failureReasons)")
        // What was done is not judged again, and nothing is made again.
        try job.folder.write(
            "job.yaml", manifest.replacing("{ min: 64 }, height", with: "{ min: 64000 }, height"))
        #expect(try await job.run().counts.predictions == 2)
        var options = RunOptions()
        options.fresh = true
        let strict = try await job.run(options)
        #expect(strict.counts.failed == 2)
        #expect(strict.failureReasons.first?.reason.contains("pixels, fewer than 64000, wide") == true)
    }

    // MARK: - Commands

    @Test func aCommandGetsTheFilesAndTheItem() async throws {
        let job = try job(#"print(json.dumps(data["prompt"] * 3))"#, accept: #"{ command: "python3 check.py \"$@\"" }"#)
        try job.folder.write(
            "check.py",
            """
            import json, os, sys
            item = json.load(sys.stdin)
            assert "REPLICATE_API_TOKEN" not in os.environ
            text = open(sys.argv[1]).read()
            assert item["row"]["value"] == item["input"]["prompt"] == item["key"] == item["name"]
            assert item["output"] == text and item["attempt"] >= 1 and item["step"] is None
            assert item["files"][0]["path"] == item["name"] + ".txt" and item["files"][0]["bytes"] == len(text)
            print("looked at", item["key"])
            if item["key"] == "b":
                print("'bbb' is too dull")
                sys.exit(1)
            """)
        let report = try await job.run()
        #expect(report.counts.succeeded == 2, "\(report.failureReasons)")
        let detail = try await job.engine.job(at: job.manifest).show(item: "b")
        #expect(detail.attempts.count == 3)
        #expect(detail.attempts.allSatisfy { $0.failure == "'bbb' is too dull" })
        #expect(files(job, in: "out/rejected") == ["b-1.txt", "b-2.txt", "b-3.txt"])
    }

    @Test func aCommandThatCannotTellStopsTheRunAndLosesNothing() async throws {
        let job = try job(#"print(json.dumps("fine"))"#, accept: #"{ command: "python3 check.py" }"#)
        let report = try await job.run()
        guard case .check(let message) = report.end else {
            Issue.record("it ended with \(report.end)")
            return
        }
        #expect(
            message.hasPrefix("the command of 'accept' ended with 2 and could not tell whether a result is accepted: "))
        #expect(message.contains("check.py"))
        #expect(report.counts.failed == 0)
        let predictions = report.counts.predictions
        // Once it works, what was paid for is judged and kept.
        try job.folder.write("check.py", "")
        let next = try await job.run()
        #expect(next.counts.succeeded == 3, "\(next.failureReasons)")
        #expect(next.counts.predictions == 3 && predictions <= 3)
    }

    @Test func aCommandThatHangsIsEnded() async throws {
        let job = try job(
            #"print(json.dumps("fine"))"#, accept: #"{ command: { run: "sleep 600 & wait", timeout: 1s } }"#,
            more: "retry: { attempts: 1 }")
        let report = try await job.run()
        #expect(report.counts.failed == 3)
        #expect(report.failureReasons.first?.reason == "the command of 'accept' took longer than 1s")
    }

    // MARK: - Crashes and shared results

    @Test func aRunThatEndsWhileAResultIsJudgedGoesOnWithIt() async throws {
        try await withServer { server, baseURL in
            let job = try JobFolder(
                baseURL: baseURL,
                """
                job: slow
                model: nightshift/hello-world
                inputs: { list: [a, b] }
                input: { text: "{{ value }}" }
                key: "{{ value }}"
                outputs: { directory: out }
                accept: { command: "test -e ready || sleep 600" }
                """)
            let (seen, sight) = AsyncStream.makeStream(of: Void.self)
            let running = Task {
                try await job.engine.job(at: job.manifest).run() { notice in
                    if case .progressed(let counts, _, _) = notice, counts.fetching == 2 { sight.finish() }
                }
            }
            for await _ in seen {}
            running.cancel()
            _ = await running.result
            try job.folder.write("ready", "")
            let report = try await job.run()
            #expect(report.counts.succeeded == 2, "\(report.failureReasons)")
            #expect(server.counts.accepted == 2)
            #expect(files(job, in: "out") == ["a.txt", "b.txt"])
        }
    }

    @Test func aResultThatWouldNotBeAcceptedIsNotTakenFromAnEarlierRun() async throws {
        let manifest = """
            job: reused
            provider: { local: { models: { me/say: "python3 say.py" } } }
            model: me/say
            inputs: { list: [a, b] }
            input: { prompt: "{{ value }}" }
            key: "{{ value }}"
            outputs: { directory: out }
            reuse: true
            """
        let job = try JobFolder(manifest)
        try job.folder.write("say.py", #"import json, sys; print(json.dumps(json.load(sys.stdin)["prompt"]))"#)
        #expect(try await job.run().counts.predictions == 2)
        try job.folder.write("say.py", #"import json, sys; print(json.dumps("not " + json.load(sys.stdin)["prompt"]))"#)
        try job.folder.write("job.yaml", manifest + "\naccept: { text: { not_matches: '^a' } }")
        var options = RunOptions()
        options.fresh = true
        let report = try await job.run(options)
        #expect(report.counts.succeeded == 2, "\(report.failureReasons)")
        // That of b was taken, that of a made anew.
        #expect(report.counts.predictions == 1)
        #expect(try job.folder.text("out/b.txt") == "b")
        #expect(try job.folder.text("out/a.txt") == "not a")
    }

    @Test func nothingIsComputedWhereAnEarlierResultCannotBeJudged() async throws {
        let manifest = """
            job: reused
            provider: { local: { models: { me/say: "cat" } } }
            model: me/say
            inputs: { list: [a, b] }
            input: { prompt: "{{ value }}" }
            outputs: { directory: out }
            reuse: true
            """
        let job = try JobFolder(manifest)
        #expect(try await job.run().counts.predictions == 2)
        try job.folder.write("job.yaml", manifest + "\naccept: { command: 'exit 2' }")
        var options = RunOptions()
        options.fresh = true
        let report = try await job.run(options)
        guard case .check = report.end else {
            Issue.record("it ended with \(report.end)")
            return
        }
        #expect(report.counts.predictions == 0)
        // Once it can be judged, it is taken.
        try job.folder.write("job.yaml", manifest + "\naccept: { command: 'true' }")
        let next = try await job.run()
        #expect(next.counts.succeeded == 2 && next.counts.predictions == 0, "\(next.failureReasons)")
    }

    // MARK: - Files of the manifest

    @Test func aSchemaMayBeAFile() async throws {
        let job = try job(
            #"print(json.dumps(json.dumps({"score": 3} if data["prompt"] != "c" else {"score": "3"})))"#,
            accept: "{ json: schema.json }", more: "retry: { attempts: 1 }")
        #expect(
            await job.failure()?.message.contains(
                "job.yaml:8:17: error: cannot read the JSON Schema 'schema.json': ") == true)
        try job.folder.write("schema.json", #"{"properties": {"score": {"type": "numbr"}}}"#)
        #expect(
            await job.failure()?.message.contains(
                "job.yaml:8:17: error: 'schema.json.properties.score.type' must be one or several of") == true)
        try job.folder.write("schema.json", #"{"properties": {"score": {"type": "number"}}}"#)
        let report = try await job.run()
        #expect(report.counts.succeeded == 2 && report.counts.failed == 1)
        #expect(report.failureReasons.first?.reason == "'score' of its JSON is a string and not number")
    }

    @Test(.enabled(if: MediaProgram.problem == nil, "\(MediaProgram.problem ?? "")"))
    func soundsHaveADuration() async throws {
        // A tone of two seconds, or of one.
        let script = """
            import base64, io, struct, wave
            out = io.BytesIO()
            tone = wave.open(out, "wb")
            tone.setnchannels(1); tone.setsampwidth(2); tone.setframerate(8000)
            tone.writeframes(b"\\0\\0" * 8000 * (1 if data["prompt"] == "a" else 2))
            tone.close()
            print(json.dumps("data:audio/wav;base64," + base64.b64encode(out.getvalue()).decode()))
            """
        let job = try job(script, accept: "{ duration: { min: 1500ms } }", more: "retry: { attempts: 1 }")
        let report = try await job.run()
        #expect(report.counts.succeeded == 2, "\(report.failureReasons)")
        #expect(report.failureReasons.first?.reason == "the file takes 1 seconds, less than 1.5")
    }
}

/// FFmpeg's program that tells durations.
enum MediaProgram {
    static let problem: String? = {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/ffprobe") }
            ? nil : "there is no ffprobe here"
    }()
}
