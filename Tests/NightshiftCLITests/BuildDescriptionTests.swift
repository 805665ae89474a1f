import Nightshift
import Replicate
import Testing

@testable import NightshiftCLI

struct BuildDescriptionTests {
    @Test func namesCommitAndToolchain() {
        #expect(
            BuildDescription.text(commit: "0123456789ab", toolchain: "6.3.1")
                == "nightshift \(NightshiftVersion.current) (commit 0123456789ab, Swift 6.3.1)")
    }

    @Test func saysThatTheCommitIsUnknown() {
        let text = BuildDescription.text(commit: "", toolchain: "")
        #expect(text.hasPrefix("nightshift \(NightshiftVersion.current) (of an unknown commit, Swift 6."))
    }

    @Test func hasOneVersionForAll() {
        #expect(NightshiftVersion.current == Client.version)
        #expect(Client.defaultUserAgent.hasSuffix("/\(Client.version)"))
        #expect(Client.version.wholeMatch(of: /\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?/) != nil)
    }
}
