import ReplicateAPI

extension EmbeddedServer.Configuration {
    /// Whether a text has the form in which the API tells the id of a version.
    package static func isVersionID(_ text: String) -> Bool {
        ModelReference.isVersionID(text) && text == text.lowercased()
    }

    /// What is wrong with ``versions``, if anything, as a sentence.
    var problemWithVersions: String? {
        var names: [String: String] = [:]
        for (name, version) in versions.sorted(by: { $0.key < $1.key }) {
            guard commands[name] != nil else {
                return "the version of '\(name)' is given, but no command; add one under the same name"
            }
            guard Self.isVersionID(version) else {
                return "the version of '\(name)' is '\(version)'; expected 64 lower-case hexadecimal digits"
            }
            if let other = names.updateValue(name, forKey: version) {
                return "'\(other)' and '\(name)' have the same version '\(version)'; each needs one of its own"
            }
        }
        return nil
    }
}
