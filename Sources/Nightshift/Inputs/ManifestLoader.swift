package import LosslessJSON
package import NightshiftCore

/// A manifest with the directory that its paths start from.
package struct LoadedManifest: Sendable {
    package var manifest: Manifest
    /// The manifest's directory, `.` for one in the working directory.
    package var directory: String
    /// Its text, for messages about it.
    package var lines: SourceLines?

    package init(manifest: Manifest, directory: String, lines: SourceLines? = nil) {
        self.manifest = manifest
        self.directory = directory
        self.lines = lines
    }

    /// A path of the manifest as this process reaches it.
    package func resolve(_ path: String) -> String {
        if PathName.isAbsolute(path) || directory == "." { return path }
        return directory.hasSuffix("/") ? directory + path : "\(directory)/\(path)"
    }
}

/// Reads manifests from files.
package enum ManifestLoader {
    /// Reads and checks a manifest.
    /// - Throws: ``Diagnostics`` with every mistake of the file.
    package static func load(_ path: String) throws(Diagnostics) -> LoadedManifest {
        let bytes: [UInt8]
        do {
            // One byte more than allowed is enough to know that a file is too large.
            bytes = try InputFile(path).readAll(upTo: YAMLLimits().bytes + 1)
        } catch {
            let isThere = RealPath.of(path) != nil
            throw Diagnostics([
                Diagnostic(
                    error.message(doing: "read"), at: SourceLocation(file: path),
                    help: isThere ? nil : PathAdvice(path, in: ".", isManifest: true).text)
            ])
        }
        let manifest = try ManifestDecoder.decode(bytes, file: path)
        var loaded = LoadedManifest(
            manifest: manifest, directory: directory(of: path), lines: SourceLines(bytes, file: path))
        try loaded.readResultSchemas()
        return loaded
    }

    /// Checks a manifest that was made in code, by the same rules as a file's.
    ///
    /// - Parameter directory: the folder that its paths start from.
    /// - Throws: ``Diagnostics`` with every mistake, by lines of the manifest as indented JSON.
    package static func load(_ manifest: JSONValue, in directory: String) throws(Diagnostics) -> LoadedManifest {
        let bytes = manifest.jsonBytes(indented: true)
        let name = "\(directory)/\(nameOfCode)"
        var loaded = LoadedManifest(
            manifest: try ManifestDecoder.decode(bytes, file: name), directory: directory,
            lines: SourceLines(bytes, file: name))
        try loaded.readResultSchemas()
        return loaded
    }

    /// Stands where a manifest's file name would.
    private static let nameOfCode = "(manifest)"

    private static func directory(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
