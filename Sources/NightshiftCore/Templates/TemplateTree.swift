package import LosslessJSON

/// The shape of `input`: JSON with templates in the places of texts.
package indirect enum TemplateTree: Hashable, Sendable {
    case literal(JSONValue)
    case text(Template)
    /// `{ file: "photos/{{ photo }}" }`: the content of a file goes here.
    case file(Template)
    case array([TemplateTree])
    /// Members in the order of the manifest.
    case object([Member])

    package struct Member: Hashable, Sendable {
        package var key: String
        package var value: TemplateTree
        /// Where the manifest writes the key.
        package var location: SourceLocation?

        package init(_ key: String, _ value: TemplateTree, at location: SourceLocation? = nil) {
            self.key = key
            self.value = value
            self.location = location
        }
    }
}
