package import LosslessJSON

/// One thing to store of what a prediction put out.
package struct PlannedOutput: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        /// A file to fetch.
        case file(url: String)
        /// A file that came within the answer.
        case dataURI(String)
        case text(String)
        case json(JSONValue)
    }

    /// The place among the outputs of the item, from 0.
    package var index: Int
    package var content: Content
    /// The extension for its name, without the dot.
    package var fileExtension: String

    package init(index: Int, content: Content, fileExtension: String) {
        self.index = index
        self.content = content
        self.fileExtension = fileExtension
    }
}
