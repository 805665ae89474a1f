/// A line of a file as a message shows it, with a mark under the place that is meant.
package struct SourceExcerpt: Hashable, Sendable, CustomStringConvertible {
    /// The line, cut to what fits, with signs for what cannot be seen.
    package let line: String
    /// How many columns of a terminal stand before the mark.
    package let indent: Int

    private static let width = 100

    /// - Parameter column: in characters, from 1.
    package init(_ line: some Sequence<Unicode.Scalar>, column: Int) {
        let scalars = Array(line)
        let target = min(max(0, column - 1), scalars.count)
        let start = target > SourceExcerpt.width * 2 / 3 ? target - SourceExcerpt.width / 2 : 0
        let end = min(scalars.count, start + SourceExcerpt.width)
        var text = start > 0 ? "…" : ""
        var indent = start > 0 ? 1 : 0
        for (index, scalar) in scalars[start..<end].enumerated() {
            let shown = VisibleText.sign(for: scalar)
            text += shown ?? String(scalar)
            if start + index < target { indent += shown?.unicodeScalars.count ?? SourceExcerpt.columns(of: scalar) }
        }
        if end < scalars.count { text += "…" }
        self.line = text
        self.indent = indent
    }

    package var description: String {
        "    | \(line)\n    | \(String(repeating: " ", count: indent))^"
    }

    /// How wide a terminal draws a character.
    private static func columns(of scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}

/// The lines of a text, for messages about it.
package struct SourceLines: Sendable {
    private let file: String
    private let bytes: [UInt8]

    package init(_ bytes: [UInt8], file: String) {
        self.file = file
        self.bytes = bytes
    }

    /// The mistake with the line that it is about, if that is one of this text.
    package func showing(_ diagnostic: Diagnostic) -> Diagnostic {
        guard diagnostic.excerpt == nil, let place = diagnostic.location, place.file.utf8.elementsEqual(file.utf8),
            let number = place.line, let column = place.column, let line = line(number)
        else { return diagnostic }
        var diagnostic = diagnostic
        diagnostic.excerpt = SourceExcerpt(String(decoding: line, as: UTF8.self).unicodeScalars, column: column)
        return diagnostic
    }

    private func line(_ number: Int) -> ArraySlice<UInt8>? {
        var rest = bytes[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        for _ in 1..<max(1, number) {
            guard let end = rest.firstIndex(of: 0x0A) else { return nil }
            rest = rest[(end + 1)...]
        }
        let line = rest.prefix { $0 != 0x0A }
        return line.last == 0x0D ? line.dropLast() : line
    }
}
