/// Command lines about a job, as people can paste them: messages end in what to type next.
struct JobCommandLine: Hashable, Sendable {
    var manifest: String
    /// As `--state` gave it.
    var stateDirectory: String?

    init(manifest: String, stateDirectory: String? = nil) {
        self.manifest = manifest
        self.stateDirectory = stateDirectory
    }

    func callAsFunction(_ command: String, _ options: String...) -> String {
        self(command, options)
    }

    func callAsFunction(_ command: String, _ options: [String]) -> String {
        let state = stateDirectory.map { ["--state", $0] } ?? []
        return (["nightshift", command, manifest] + state + options).map(Self.quoted).joined(separator: " ")
    }

    /// The word as a shell reads it back.
    static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "@"):
                true
            default: byte >= 0x80
            }
        }
        return isPlain && !word.isEmpty ? word : "'\(word.replacing("'", with: #"'\''"#))'"
    }
}
