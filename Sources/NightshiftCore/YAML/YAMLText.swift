/// Checks of the text as such, before libyaml sees it.
enum YAMLText {
    /// The first byte that no YAML text holds, or a directive that no manifest needs.
    static func mistake(in bytes: [UInt8], file: String) -> Diagnostic? {
        bytes.withUnsafeBufferPointer { buffer in
            if let offset = UTF8Check.firstInvalidOffset(in: buffer) {
                return Diagnostic(
                    "not valid UTF-8: found the byte 0x\(hex(buffer[offset]))",
                    at: place(of: offset, in: buffer, file: file),
                    help: "save the file as UTF-8")
            }
            var isLineStart = true
            for (offset, byte) in buffer.enumerated() {
                if byte < 0x20, byte != 0x0A, byte != 0x0D, byte != 0x09 {
                    return Diagnostic(
                        "found the control character 0x\(hex(byte))", at: place(of: offset, in: buffer, file: file),
                        help: "write it as an escape in double quotes, such as \"\\x\(hex(byte))\"")
                }
                // libyaml compares every %TAG with all before it, which a long list would turn into hours.
                if isLineStart, byte == UInt8(ascii: "%"), buffer[offset...].starts(with: "%TAG".utf8) {
                    return Diagnostic("%TAG is not supported", at: place(of: offset, in: buffer, file: file))
                }
                isLineStart = byte == 0x0A || byte == 0x0D
            }
            return nil
        }
    }

    private static func hex(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16, uppercase: true)
        return byte < 16 ? "0" + text : text
    }

    private static func place(of offset: Int, in bytes: UnsafeBufferPointer<UInt8>, file: String) -> SourceLocation {
        var line = 1
        var column = 1
        for byte in bytes[..<offset] {
            if byte == 0x0A {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return SourceLocation(file: file, line: line, column: column)
    }
}
