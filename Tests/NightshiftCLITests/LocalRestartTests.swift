import Foundation
import TestSupport
import Testing

/// A run with a server inside its own process, which dies with it.
@Suite(.timeLimit(.minutes(2)))
struct LocalRestartTests {
    @Test func whatAKilledProcessHadIsMadeAgainAtOnce() async throws {
        let folder = try TemporaryFolder()
        let manifest = try folder.write(
            "job.yaml",
            """
            job: big
            model: nightshift/sleeper
            provider: local
            inputs: { range: [1, 12] }
            input: { seconds: 0.05, bytes: 5000000, text: "n {{ value }}" }
            outputs: { directory: out, name: "{{ value }}" }
            """)
        let first = try BuiltExecutable.nightshift.start(["run", manifest])
        // Parts are there for moments only; where none is seen, the run is killed when it is done, and has lost nothing either.
        let isStoring = {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path("out"))) ?? []
            return names.contains { $0.hasSuffix(".part") } || names.count { $0.hasSuffix(".bin") } == 12
        }
        while !isStoring() { try await Task.sleep(for: .milliseconds(5)) }
        first.kill()
        _ = await first.end()

        let second = try await BuiltExecutable.nightshift.run(["run", manifest])
        #expect(second.code == 0, "\(second.errors)")
        #expect(Set(folder.names(in: "out")) == Set((1...12).map { "\($0).bin" }))
        #expect(!second.errors.contains("cannot fetch"), "\(second.errors)")
    }
}
