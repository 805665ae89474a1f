/// Checks of the text as such, before libyaml sees it.
enum YAMLText {
    /// The first byte that no YAML text holds, or a directive that no manifest needs.
    static func mistake(in bytes: [UInt8], file: String) -> Diagnostic? {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return Diagnostic("the file is UTF-16", at: SourceLocation(file: file), help: "save it as UTF-8")
        }
        if let kind = FileKind(bytes) {
            return Diagnostic("this is \(kind.name), not a manifest", at: SourceLocation(file: file), help: kind.help)
        }
        return bytes.withUnsafeBufferPointer { buffer in
            if let offset = UTF8Check.firstInvalidOffset(in: buffer) {
                let probably = LegacyText.character(of: buffer[offset]).map {
                    ", which is probably '\($0)' of Windows-1252"
                }
                return Diagnostic(
                    "not valid UTF-8: found the byte 0x\(hex(buffer[offset]))\(probably ?? "")",
                    at: place(of: offset, in: buffer, file: file),
                    help: "save the file as UTF-8")
            }
            var isLineStart = true
            var isIndentation = true
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
                if isIndentation, byte == 0xC2, buffer[offset...].starts(with: [0xC2, 0xA0]) {
                    return Diagnostic(
                        "a no-break space (U+00A0) stands at the start of the line",
                        at: place(of: offset, in: buffer, file: file), help: "indent with plain spaces")
                }
                isLineStart = byte == 0x0A || byte == 0x0D
                isIndentation = isLineStart || (isIndentation && byte == 0x20)
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
