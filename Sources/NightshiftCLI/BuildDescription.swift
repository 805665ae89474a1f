import CBuildInfo
import Nightshift

/// What `nightshift --version` prints.
enum BuildDescription {
    static let text = text(
        commit: String(cString: nightshift_build_commit()), toolchain: String(cString: nightshift_build_toolchain()))

    /// The version stands first, alone between its spaces, so that a script finds it by `cut`.
    static func text(commit: String, toolchain: String) -> String {
        let commit = commit.isEmpty ? "of an unknown commit" : "commit \(commit)"
        return "nightshift \(NightshiftVersion.current) (\(commit), Swift \(toolchain.isEmpty ? compiler : toolchain))"
    }

    /// As far as a source file can tell: a program is not told the last number of its compiler's version.
    private static var compiler: String {
        #if compiler(>=6.4)
        "6.4 or newer"
        #elseif compiler(>=6.3)
        "6.3"
        #else
        "6.2"
        #endif
    }
}
