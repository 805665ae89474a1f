/// Ids of predictions, trainings and the like, as far as they can be used: to ask for them, and to keep them.
package enum ResourceID {
    /// The longest id that is taken for one; those of the API have 26 characters.
    private static let longest = 200

    /// Whether a text can stand in a path and in a line as the id of something: not empty, not too long, and without anything
    /// that would lead elsewhere or break a line.
    package static func isUsable(_ text: String) -> Bool {
        guard !text.isEmpty, text.utf8.count <= longest, text != ".", !text.contains("..") else { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            switch scalar {
            case "/", "\\", "?", "#", "%", "\"", "<", ">": false
            default: scalar.isASCII ? scalar.value > 0x20 && scalar.value != 0x7F : isVisible(scalar)
            }
        }
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            false
        default: true
        }
    }
}
