import LosslessJSON

/// The rows of a query as another program prints them: a JSON object a line, all with the same members.
package struct QueryLineFormat: RowFormat {
    package private(set) var line = 1
    private let name: String
    private let columns: RowColumns

    /// - Parameter name: what the rows are of, for messages.
    package init(name: String, columns: [String]) {
        self.name = name
        self.columns = RowColumns(columns)
    }

    package mutating func read(
        _ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, into sink: RowSink
    ) throws -> Int {
        try LineScanner.scan(bytes, isLast: isLast, line: &line) { [name, columns] bytes, line in
            let cleaned = JSONNonNumbers.replaced(in: bytes)
            let found =
                cleaned?.withUnsafeBufferPointer { JSONRow.row($0, file: name, line: line) }
                ?? JSONRow.row(bytes, file: name, line: line)
            try sink(
                found.map { row in
                    Row(.table(columns, columns.names.map { row[$0] ?? .null }), origin: .row(line, of: name))
                })
        }
    }
}

/// NaN and infinities, which are no numbers to JSON, and which some programs write into it.
enum JSONNonNumbers {
    private static let words = ["NaN", "Infinity"].map { Array($0.utf8) }

    /// The text with `null` in their places; `nil` if there are none.
    static func replaced(in bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard bytes.contains(where: { $0 == UInt8(ascii: "N") || $0 == UInt8(ascii: "I") }) else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        var isText = false
        var isChanged = false
        while index < bytes.count {
            let byte = bytes[index]
            if isText, byte == UInt8(ascii: "\\"), index + 1 < bytes.count {
                result += [byte, bytes[index + 1]]
                index += 2
                continue
            }
            if byte == UInt8(ascii: "\"") { isText.toggle() }
            if !isText, let word = words.first(where: { bytes[index...].starts(with: $0) }) {
                if result.last == UInt8(ascii: "-") { result.removeLast() }
                result += Array("null".utf8)
                index += word.count
                isChanged = true
                continue
            }
            result.append(byte)
            index += 1
        }
        return isChanged ? result : nil
    }
}
