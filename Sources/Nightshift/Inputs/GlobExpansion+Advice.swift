import NightshiftCore

/// Why a pattern finds nothing, by what lies where it looks.
extension GlobExpansion {
    /// The first of the written folders that is not there.
    var missingFolder: String? {
        var path = pattern.isAbsolute ? "/" : ""
        for component in pattern.components.dropLast() {
            guard case .literal(let name) = component else { return nil }
            let next = join(path, name)
            guard RealPath.of(RealPath.join(directory, next)) == nil, PathAdvice(next, in: directory).sameName == nil
            else {
                path = next
                continue
            }
            let folders = ((try? entries(of: path)) ?? []).map(\.name).filter { isDirectory(join(path, $0)) }
            let near =
                folders.first { $0.lowercased() == name.lowercased() }
                ?? NearestName.suggestion(for: name, among: folders)
            let place = path.isEmpty ? "the manifest's folder" : "'\(path)'"
            return "there is no folder '\(next)'"
                + (near.map { "; did you mean '\(join(path, $0))'?" } ?? " in \(place)")
        }
        return nil
    }

    /// What is in the one folder that the pattern looks into, where that is nothing that it matches.
    var otherFiles: String? {
        guard case .pattern? = pattern.components.last, !pattern.components.contains(.anyDirectories),
            pattern.components.dropLast().allSatisfy({ if case .literal = $0 { true } else { false } }),
            !pattern.text.utf8.contains(UInt8(ascii: "\\")), let found = try? entries(of: base)
        else { return nil }
        let files = found.filter { !isDirectory(join(base, $0.name)) }
        let folder = base.isEmpty ? "the manifest's folder" : "the folder '\(base)'"
        let visible = files.filter { $0.bytes.first != UInt8(ascii: ".") }
        if visible.isEmpty, let hidden = files.first {
            return
                "\(folder) has only files whose names begin with a dot, such as '\(hidden.name)'; write the dot to mean them"
        }
        guard let first = visible.first else { return base.isEmpty ? nil : "\(folder) has no files" }
        let count = "\(visible.count) other \(visible.count == 1 ? "file" : "files")"
        return "\(folder) has \(count), such as '\(first.name)'"
    }
}
