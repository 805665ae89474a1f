import Foundation
import LosslessJSON
import TestSupport
import Testing

/// Two real runs on one machine with one token, at a server that counts.
@Suite(.timeLimit(.minutes(2)))
struct SharedAccountTests {
    private func job(_ name: String) -> String {
        """
        job: \(name)
        model: nightshift/hello-world
        inputs: { range: [1, 120] }
        input: { text: "\(name) {{ value }}" }
        outputs: { directory: out-\(name), name: "{{ value }}" }
        rate: 2400/min
        """
    }

    @Test func twoRunsStayWithinTheRateOfTheirAccountAndShareItEvenly() async throws {
        let folder = try TemporaryFolder()
        let account = ["NIGHTSHIFT_ACCOUNT_DIRECTORY": folder.path("account")]
        // A little more than one of them may send, and much less than both.
        try await ServerProcess.with(["--creates", "2700", "--log", folder.path("log.jsonl")]) { server in
            let environment = server.environment.merging(account) { $1 }
            let runs = try ["left", "right"].map { name in
                try BuiltExecutable.nightshift.start(
                    ["run", try folder.write("\(name).yaml", job(name)), "--json"], environment: environment)
            }
            var throttles = 0
            for run in runs {
                for await line in run.outputLines where try JSONValue(parsing: line)["is_throttled"] == true {
                    throttles += 1
                }
                #expect(await run.end().code == 0, "\(run.errorText)")
            }
            #expect(throttles == 0)
            let names = try folder.text("log.jsonl").split(separator: "\n").map { line in
                try JSONValue(parsing: String(line))["input"]?["text"]?.stringValue?.hasPrefix("left") == true
            }
            #expect(names.count == 240)
            // After the burst, while both have work.
            let left = names[60..<180].count { $0 }
            #expect((36...84).contains(left), "\(left) of 120 were of one run")
        }
    }
}
