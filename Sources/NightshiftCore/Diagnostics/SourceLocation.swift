/// A place in a file: what an editor jumps to.
package struct SourceLocation: Hashable, Sendable {
    /// The file as the user named it.
    package var file: String
    /// The line, from 1; `nil` for the file as a whole.
    package var line: Int?
    /// The column in characters, from 1; `nil` for the line as a whole.
    package var column: Int?

    package init(file: String, line: Int? = nil, column: Int? = nil) {
        self.file = file
        self.line = line
        self.column = column
    }
}

extension SourceLocation: Comparable {
    package static func < (left: SourceLocation, right: SourceLocation) -> Bool {
        (left.file, left.line ?? 0, left.column ?? 0) < (right.file, right.line ?? 0, right.column ?? 0)
    }
}

extension SourceLocation: CustomStringConvertible {
    package var description: String {
        guard let line else { return file }
        return column.map { "\(file):\(line):\($0)" } ?? "\(file):\(line)"
    }
}
