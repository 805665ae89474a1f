/// The header fields of a request or answer: ordered, and looked up without regard to case.
public struct HeaderFields: Sendable, Hashable {
    private struct Field: Sendable, Hashable {
        var name: String
        var value: String
    }

    private var fields: [Field] = []

    /// No fields.
    public init() {}

    /// The first value under a name. Setting replaces all values under it; setting `nil` removes them.
    public subscript(name: String) -> String? {
        get { fields.first { Self.matches($0.name, name) }?.value }
        set {
            fields.removeAll { Self.matches($0.name, name) }
            if let newValue { fields.append(Field(name: name, value: newValue)) }
        }
    }

    /// Adds a field and keeps others of the same name.
    public mutating func append(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// The fields with other values.
    func mapValues(_ transform: (String) -> String) -> HeaderFields {
        var mapped = self
        for index in mapped.fields.indices { mapped.fields[index].value = transform(mapped.fields[index].value) }
        return mapped
    }

    mutating func reserveCapacity(_ count: Int) {
        fields.reserveCapacity(count)
    }

    private static func matches(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count
            && zip(left.utf8, right.utf8).allSatisfy { lowercased($0) == lowercased($1) }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }
}

extension HeaderFields: Sequence {
    public func makeIterator() -> some IteratorProtocol<(name: String, value: String)> {
        fields.lazy.map { (name: $0.name, value: $0.value) }.makeIterator()
    }
}

extension HeaderFields: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { append(name, value) }
    }
}

/// What is printed or dumped of header fields hides the credentials among them.
extension HeaderFields: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String {
        let texts = fields.map { field in
            let isSecret = Self.matches(field.name, "authorization") || Self.matches(field.name, "cookie")
            return "\(field.name): \(isSecret ? "(hidden)" : field.value)"
        }
        return "[\(texts.joined(separator: ", "))]"
    }

    public var debugDescription: String { description }

    public var customMirror: Mirror { Mirror(self, children: ["fields": description]) }
}
