/// A value of a YAML document, with its place.
package struct YAMLNode: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        case scalar(YAMLScalar)
        case sequence([YAMLNode])
        case mapping([YAMLMember])
    }

    package var content: Content
    package var location: SourceLocation

    package init(_ content: Content, at location: SourceLocation) {
        self.content = content
        self.location = location
    }
}

/// A key of a mapping with its value.
package struct YAMLMember: Hashable, Sendable {
    package var key: String
    package var keyLocation: SourceLocation
    package var value: YAMLNode

    package init(key: String, keyLocation: SourceLocation, value: YAMLNode) {
        self.key = key
        self.keyLocation = keyLocation
        self.value = value
    }
}

/// A scalar as it was written; what it means is decided by ``YAMLScalar/value``.
package struct YAMLScalar: Hashable, Sendable {
    package var text: String
    /// Without quotes and not a block: only such a scalar can be a number, a boolean or null.
    package var isPlain: Bool
    /// Where the text itself begins in the file, if it stands there as it is, in one line and without escapes.
    package var verbatimColumn: Int?

    package init(text: String, isPlain: Bool, verbatimColumn: Int? = nil) {
        self.text = text
        self.isPlain = isPlain
        self.verbatimColumn = verbatimColumn
    }
}

extension YAMLNode {
    package var scalar: YAMLScalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    package var sequence: [YAMLNode]? {
        if case .sequence(let nodes) = content { nodes } else { nil }
    }

    package var mapping: [YAMLMember]? {
        if case .mapping(let members) = content { members } else { nil }
    }

    package subscript(key: String) -> YAMLNode? {
        mapping?.first { $0.key == key }?.value
    }
}
