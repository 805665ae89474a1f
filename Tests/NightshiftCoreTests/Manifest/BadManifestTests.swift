import NightshiftCore
import Testing

/// A manifest with mistakes, and what is said of it.
struct BadManifest: CustomTestStringConvertible, Sendable {
    var name: String
    var text: String
    var messages: String

    init(_ name: String, _ text: String, _ messages: String) {
        self.name = name
        self.text = text
        self.messages = messages
    }

    var testDescription: String { name }
}

@Suite(.timeLimit(.minutes(1)))
struct BadManifestTests {
    @Test(
        arguments: BadManifest.whole + BadManifest.inputs + BadManifest.templates + BadManifest.policies
            + BadManifest.scheduling + BadManifest.steps)
    func isToldWithPlaceAndRemedy(_ bad: BadManifest) {
        #expect(throws: Diagnostics.self) { try ManifestDecoder.decode(Array(bad.text.utf8), file: "jobs/x.yaml") }
        var description = ""
        do {
            _ = try ManifestDecoder.decode(Array(bad.text.utf8), file: "jobs/x.yaml")
        } catch {
            description = error.all.map(\.sentence).joined(separator: "\n")
        }
        #expect(description == bad.messages)
    }

    @Test func coverFortyMistakesOrMore() {
        let all =
            BadManifest.whole + BadManifest.inputs + BadManifest.templates + BadManifest.policies
            + BadManifest.scheduling + BadManifest.steps
        #expect(all.count >= 40)
        #expect(Set(all.map(\.name)).count == all.count)
    }
}
