/// A text that equals another only if its bytes do.
///
/// Swift takes two texts for equal if people read them alike: an accent written as one character or as two, a line end of
/// Windows as one character. File systems and databases compare bytes, so where a text is an identity or a key, bytes decide.
package struct ExactText: Hashable, Sendable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package static func == (left: ExactText, right: ExactText) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(0xFF as UInt8)
    }
}

extension String {
    /// Whether both are the same bytes.
    package func isExactly(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }

    /// Whether a text stands in it, by its bytes.
    package func containsExactly(_ other: String) -> Bool {
        let pattern = Array(other.utf8)
        guard let first = pattern.first else { return true }
        let bytes = Array(utf8)
        return bytes.indices.contains { bytes[$0] == first && bytes[$0...].starts(with: pattern) }
    }

    /// The text with every `old` replaced, by its bytes: the two characters of a Windows line end are two, and an accent of
    /// its own is one.
    package func replacingExactly(_ old: String, with new: String) -> String {
        let pattern = Array(old.utf8)
        guard let first = pattern.first else { return self }
        let bytes = Array(utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        var isChanged = false
        while index < bytes.count {
            if bytes[index] == first, bytes[index...].starts(with: pattern) {
                result.append(contentsOf: new.utf8)
                index += pattern.count
                isChanged = true
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return isChanged ? String(decoding: result, as: UTF8.self) : self
    }
}
