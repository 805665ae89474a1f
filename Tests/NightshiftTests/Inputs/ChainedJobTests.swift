import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateServer
import TestSupport
import Testing

@testable import Nightshift

/// A job whose rows are the results of another one.
@Suite(.timeLimit(.minutes(2)))
struct ChainedJobTests {
    private static let first = """
        job: sleepers
        model: nightshift/sleeper
        inputs: { list: [{ n: 1, name: one }, { n: 2, name: two }, { n: 3, fail: "no luck" }] }
        input: { seconds: 0, bytes: 300, text: "item {{ n }}", fail: "{{ fail | default('') }}" }
        key: "k{{ n }}"
        outputs: { directory: ../made, name: "made {{ n }}" }
        rate: unlimited
        retry: { attempts: 1 }
        """

    private static func second(_ run: String) -> String {
        """
        job: second
        model: nightshift/hello-world
        inputs: { run: \(run) }
        input: { text: "{{ n }} {{ name }} {{ key }}", image: { file: "{{ file }}" } }
        """
    }

    private func items(_ path: String, _ settings: Engine.Settings = Engine.Settings()) throws -> (
        items: [Item], problems: [String]
    ) {
        var items: [Item] = []
        let set = InputSet(try ManifestLoader.load(path), stateDirectory: settings.stateDirectory)
        let summary = try set.forEachItem { items.append($0) }
        return (items, summary.problems.map(\.description))
    }

    @Test func theResultsOfOneJobAreTheRowsOfAnother() async throws {
        try await EmbeddedServer.withServer { baseURL in
            let folder = try TemporaryFolder()
            let engine = Engine(settings: Engine.Settings(token: "t", baseURL: baseURL))
            let first = try folder.write("jobs/first.yaml", Self.first)
            let second = try folder.write("jobs/second.yaml", Self.second("sleepers"))

            // Nothing is there before the first job has run.
            #expect(try items(second).problems[0].contains("job 'sleepers' was never run"))
            let report = try await engine.job(at: first).run()
            #expect(report.counts.succeeded == 2)

            let found = try items(second)
            #expect(found.problems.isEmpty)
            #expect(found.items.map { $0.input["text"] } == ["1 one k1", "2 two k2"])
            #expect(found.items.map { $0.files.first?.path } == ["../made/made 1.bin", "../made/made 2.bin"])
            #expect(found.items.map { "\($0.origin)" } == ["row 1 of job 'sleepers'", "row 2 of job 'sleepers'"])
            #expect(
                found.items[0].row.objectValue?.keys.sorted() == ["file", "files", "key", "n", "name", "output"])

            // From elsewhere, by the path of its manifest.
            let elsewhere = try folder.write("other/second.yaml", Self.second("../jobs/first.yaml"))
            #expect(try items(elsewhere).items.map { $0.files.first?.path }.first == "../jobs/../made/made 1.bin")

            // An output that was replaced by a link leads nowhere.
            try folder.write("secret.bin", "secret")
            try FileManager.default.removeItem(atPath: folder.path("made/made 1.bin"))
            try FileManager.default.createSymbolicLink(
                atPath: folder.path("made/made 1.bin"), withDestinationPath: folder.path("secret.bin"))
            let linked = try items(second)
            #expect(linked.items.count == 1)
            #expect(linked.problems[0].contains("is a symbolic link that leads out of '../made/'"))
        }
    }

    @Test(arguments: [
        ("../../etc/passwd", "cannot read the manifest '../../etc/passwd'"), (".hidden", "is no job's name"),
        ("a b", "is no job's name"), ("second.yaml", "'run' names this job itself"), ("none", "was never run"),
        ("../jobs/./second.yaml", "'run' names this job itself"),
    ])
    func whatIsNoOtherJobIsTold(_ run: String, _ reason: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("jobs/second.yaml", Self.second("\"\(run)\""))
        let found = try items(path)
        #expect(found.problems.count == 1)
        #expect(found.problems.first?.contains(reason) == true, "\(found.problems)")
    }
}
