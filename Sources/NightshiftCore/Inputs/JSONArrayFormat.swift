import LosslessJSON

/// A row for each object of one JSON array, read element by element.
package struct JSONArrayFormat: RowFormat {
    private enum State {
        case beforeArray, beforeFirst, beforeElement, afterElement, done
    }

    package private(set) var line = 1
    private let file: String
    private var state = State.beforeArray

    package init(file: String) {
        self.file = file
    }

    package mutating func read(
        _ bytes: UnsafeBufferPointer<UInt8>, isLast: Bool, into sink: RowSink
    ) throws -> Int {
        var index = 0
        while true {
            skipSpace(bytes, &index)
            guard index < bytes.count else { break }
            let byte = bytes[index]
            switch state {
            case .beforeArray:
                guard byte == UInt8(ascii: "[") else {
                    throw failure(
                        "expected a list of objects, which starts with '['",
                        help: "a file with one object a line is read with 'jsonl'")
                }
                state = .beforeFirst
                index += 1
            case .beforeFirst where byte == UInt8(ascii: "]"), .afterElement where byte == UInt8(ascii: "]"):
                state = .done
                index += 1
            case .beforeFirst, .beforeElement:
                guard let end = elementEnd(bytes, from: index, isLast: isLast) else {
                    if isLast { throw failure("the file ends inside the value that starts here") }
                    return index
                }
                let element = UnsafeBufferPointer(rebasing: bytes[index..<end])
                if element.isEmpty { throw failure("expected an object") }
                try sink(JSONRow.row(element, file: file, line: line))
                for byte in element where byte == 0x0A { line += 1 }
                state = .afterElement
                index = end
            case .afterElement:
                guard byte == UInt8(ascii: ",") else { throw failure("expected ',' or ']' between the rows") }
                state = .beforeElement
                index += 1
            case .done:
                throw failure("unexpected text after the list")
            }
        }
        if isLast, state != .done {
            throw failure(state == .beforeArray ? "the file is empty" : "the file ends inside the list")
        }
        return index
    }

    private func failure(_ message: String, help: String? = nil) -> Diagnostic {
        Diagnostic(message, at: SourceLocation(file: file, line: line), help: help)
    }

    private mutating func skipSpace(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int) {
        while index < bytes.count {
            switch bytes[index] {
            case 0x0A: line += 1
            case 0x20, 0x09, 0x0D: break
            default: return
            }
            index += 1
        }
    }

    /// Where the value that starts at `start` ends, or `nil` if that is not in the bytes. Only brackets and texts are
    /// looked at; the value itself is judged by the parser.
    private func elementEnd(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int, isLast: Bool) -> Int? {
        var depth = 0
        var index = start
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index += 1
                while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                    index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
                }
                guard index < bytes.count else { return nil }
                if depth == 0 { return index + 1 }
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { return index }
                depth -= 1
                if depth == 0 { return index + 1 }
            case UInt8(ascii: ","), 0x20, 0x09, 0x0A, 0x0D:
                if depth == 0 { return index }
            default: break
            }
            index += 1
        }
        return isLast && depth == 0 ? index : nil
    }
}
