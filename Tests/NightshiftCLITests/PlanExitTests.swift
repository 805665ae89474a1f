import Foundation
import LosslessJSON
import TestSupport
import Testing

/// `plan` as a gate: it passes only if a run could begin.
@Suite(.timeLimit(.minutes(3)))
struct PlanExitTests {
    let folder: TemporaryFolder
    let job: String

    init() throws {
        folder = try TemporaryFolder()
        job = try folder.write(
            "job.yaml",
            "job: p\nmodel: nightshift/hello-world\ninputs: { range: [1, 2] }\ninput: { text: \"t{{ value }}\" }\n")
    }

    private func expectRefusal(_ code: Int32, _ reason: String, environment: [String: String]) async throws {
        let plan = try await BuiltExecutable.nightshift.run(
            ["plan", job, "--out", folder.path("plan.json")], environment: environment)
        #expect(plan.code == code)
        #expect(plan.output.contains("NOT checked against the model's schema"))
        // What was still checked is told.
        #expect(plan.output.contains("checked: the manifest, the rows, the files"))
        #expect(!plan.output.contains("start with"))
        #expect(plan.errors.contains(reason), "\(plan.errors)")
        #expect(plan.errors.contains("--offline"))
        #expect(!folder.names(in: "").contains("plan.json"))
        let json = try await BuiltExecutable.nightshift.run(["plan", job, "--json"], environment: environment)
        #expect(json.code == code)
        #expect(try JSONValue(parsing: json.output)["refusal"]?.stringValue?.contains(reason) == true)
        let offline = try await BuiltExecutable.nightshift.run(["plan", job, "--offline"], environment: environment)
        #expect(offline.code == 0)
        #expect(offline.output.contains("start with: nightshift run"))
    }

    @Test func aRefusedTokenEndsItWith4() async throws {
        try await ServerProcess.with(["--token", "another"]) { server in
            try await expectRefusal(4, "401", environment: server.environment)
        }
    }

    @Test func aProviderOutOfReachEndsItWith4() async throws {
        var address = ""
        try await ServerProcess.with { address = $0.address }
        // Nobody listens there any more.
        try await expectRefusal(
            4, "connection refused", environment: ["REPLICATE_BASE_URL": address, "REPLICATE_API_TOKEN": "t"])
    }

    @Test func aMissingTokenEndsItAsItEndsARun() async throws {
        try await expectRefusal(2, "REPLICATE_API_TOKEN is not set", environment: [:])
    }
}
