/// A mistake in a file, said so that the user can mend it: where, what was found, what was expected.
package struct Diagnostic: Error, Hashable, Sendable {
    package var location: SourceLocation?
    /// One sentence without a full stop, the user's own words in quotes.
    package var message: String
    /// What was expected, or what to do.
    package var help: String?
    /// The line of the place, with a mark under its column.
    package var excerpt: SourceExcerpt?

    package init(_ message: String, at location: SourceLocation? = nil, help: String? = nil) {
        self.location = location
        self.message = message
        self.help = help
    }
}

extension Diagnostic: CustomStringConvertible {
    package var description: String { text(excerpt.map { "\n\($0)" } ?? "") }

    /// The description without the line of the file.
    package var sentence: String { text("") }

    private func text(_ excerpt: String) -> String {
        let place = location.map { "\($0): " } ?? ""
        return "\(place)error: \(message)\(excerpt)" + (help.map { "\n    \($0)" } ?? "")
    }
}

/// All mistakes of a file, in the order of their places.
package struct Diagnostics: Error, Hashable, Sendable, CustomStringConvertible {
    package var all: [Diagnostic]

    package init(_ all: [Diagnostic]) {
        self.all = all
    }

    package var description: String {
        all.map(\.description).joined(separator: "\n")
    }
}
