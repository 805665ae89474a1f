package import LosslessJSON

/// A text with placeholders, parsed: `a portrait of {{ name }}`.
package struct Template: Hashable, Sendable {
    package enum Segment: Hashable, Sendable {
        case text(String)
        case placeholder(Placeholder)
    }

    package var segments: [Segment]
    /// Where the manifest writes it.
    package var location: SourceLocation

    package init(segments: [Segment], location: SourceLocation) {
        self.segments = segments
        self.location = location
    }

    /// Whether a placeholder of it stands for the name.
    func names(_ name: String) -> Bool { placeholders.contains { $0.root == .name(name) } }

    package var placeholders: [Placeholder] {
        segments.compactMap { segment in
            if case .placeholder(let placeholder) = segment { placeholder } else { nil }
        }
    }
}

/// `{{ meta.tags[0] | default('none') | upper }}`: a value, and what is done to it.
package struct Placeholder: Hashable, Sendable {
    package enum Root: Hashable, Sendable {
        /// A column of the row or the matrix, or a built-in.
        case name(String)
        /// A text in quotes; `{{ '{{' }}` writes two braces.
        case text(String)
        /// `random(1, 100)`: the item's random number, brought between two others.
        case random(ClosedRange<Int>)
    }

    package var root: Root
    /// Steps into the value.
    package var path: [JSONPathStep]
    package var filters: [FilterCall]
    /// As written between the braces, for messages.
    package var source: String
    package var location: SourceLocation

    package init(
        root: Root, path: [JSONPathStep] = [], filters: [FilterCall] = [], source: String, location: SourceLocation
    ) {
        self.root = root
        self.path = path
        self.filters = filters
        self.source = source
        self.location = location
    }
}

/// A filter with its arguments.
package struct FilterCall: Hashable, Sendable {
    package var filter: Filter
    package var arguments: [JSONValue]

    package init(_ filter: Filter, arguments: [JSONValue] = []) {
        self.filter = filter
        self.arguments = arguments
    }
}
