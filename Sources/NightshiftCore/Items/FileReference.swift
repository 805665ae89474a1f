package import LosslessJSON

/// A file that an item names: where in the input it goes, and its path.
package struct FileReference: Hashable, Sendable {
    package var pointer: [JSONPathStep]
    /// As rendered, relative to the manifest's directory.
    package var path: String
    /// The directory that a row's value cannot lead out of, relative to the manifest's directory; `nil` if the
    /// manifest itself named the file.
    package var boundary: String?
    /// Whether a link may lead out of the boundary.
    package var followsLinks = false
    /// Where the manifest writes it.
    package var location: SourceLocation
}

extension FileReference {
    /// Renders the path. The template's own text before the first placeholder fixes a directory, the manifest's if it
    /// names none, and no value of a row leads out of it.
    init(_ template: Template, pointer: [JSONPathStep], in scope: RenderScope) throws(RenderError) {
        let path = try template.text(in: scope)
        guard !path.isEmpty else {
            throw RenderError("the path of a file is empty", at: template.location, subject: .file)
        }
        guard !path.utf8.contains(0) else {
            throw RenderError("the path of a file holds a NUL character", at: template.location, subject: .file)
        }
        self.init(pointer: pointer, path: path, boundary: nil, location: template.location)
        followsLinks = scope.row.followsLinks
        guard template.placeholders.contains(where: { !FileReference.isFoundFile($0, in: scope) }) else {
            // The path that a source of the manifest found is the manifest's own word.
            if !template.placeholders.isEmpty { boundary = scope.row.namedFiles?.directory }
            return
        }
        var own = ""
        if case .text(let text)? = template.segments.first { own = text }
        let directory = own.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(own[...$0]) } ?? ""
        boundary = directory
        let inside = PathName.normalizedComponents(of: directory)
        let components = PathName.normalizedComponents(of: path)
        let isInside =
            PathName.isAbsolute(path) == PathName.isAbsolute(directory)
            // By bytes: names that look alike can be two directories.
            && components.starts(with: inside) { $0.utf8.elementsEqual($1.utf8) }
            && components.dropFirst(inside.count).first != ".."
        guard isInside else {
            let named = directory.isEmpty ? "the manifest's directory" : "'\(directory)'"
            throw RenderError(
                "the file '\(path)' is outside \(named)", at: template.location,
                help: "write the directory in the manifest, before the placeholder: { file: \"/data/{{ name }}\" }",
                subject: .file)
        }
    }

    private static func isFoundFile(_ placeholder: Placeholder, in scope: RenderScope) -> Bool {
        guard case .name(let name) = placeholder.root, placeholder.filters.isEmpty else { return false }
        return scope.row.namedFiles?.columns.contains(name) ?? false
    }
}
