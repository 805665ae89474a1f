extension JSONValue {
    /// The value as JSON text with sorted keys; numbers keep the spelling they came with.
    public func jsonString(indented: Bool = false) -> String {
        String(decoding: jsonBytes(indented: indented), as: UTF8.self)
    }

    /// The value as JSON text in UTF-8, as ``jsonString(indented:)`` writes it.
    public func jsonBytes(indented: Bool = false) -> [UInt8] {
        var writer = JSONWriter(style: indented ? .indented : .compact)
        writer.write(self, depth: 0)
        return writer.bytes
    }

    /// The one form that equal values share: sorted keys, one spelling for each number. For digests and comparisons.
    public func canonicalBytes() -> [UInt8] {
        var writer = JSONWriter(style: .canonical)
        writer.write(self, depth: 0)
        return writer.bytes
    }

    /// Appends what ``canonicalBytes()`` gives.
    package func appendCanonicalBytes(to bytes: inout [UInt8]) {
        var writer = JSONWriter(style: .canonical)
        swap(&writer.bytes, &bytes)
        writer.write(self, depth: 0)
        swap(&writer.bytes, &bytes)
    }
}

struct JSONWriter {
    enum Style {
        case compact, indented, canonical
    }

    let style: Style
    var bytes: [UInt8] = []

    init(style: Style) {
        self.style = style
    }

    mutating func write(_ value: JSONValue, depth: Int) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let number):
            bytes.append(contentsOf: (style == .canonical ? number.canonicalLiteral : number.literal).utf8)
        case .string(let text): write(string: text)
        case .array(let elements):
            writeSequence(elements, open: "[", close: "]", depth: depth) { writer, element in
                writer.write(element, depth: depth + 1)
            }
        case .object(let members):
            let sorted = members.sorted { $0.key < $1.key }
            writeSequence(sorted, open: "{", close: "}", depth: depth) { writer, member in
                writer.write(string: member.key)
                writer.bytes.append(UInt8(ascii: ":"))
                if writer.style == .indented { writer.bytes.append(UInt8(ascii: " ")) }
                writer.write(member.value, depth: depth + 1)
            }
        }
    }

    private mutating func writeSequence<Element>(
        _ elements: [Element], open: Unicode.Scalar, close: Unicode.Scalar, depth: Int,
        write: (inout JSONWriter, Element) -> Void
    ) {
        bytes.append(UInt8(ascii: open))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            breakLine(depth: depth + 1)
            write(&self, element)
        }
        if !elements.isEmpty { breakLine(depth: depth) }
        bytes.append(UInt8(ascii: close))
    }

    private mutating func breakLine(depth: Int) {
        guard style == .indented else { return }
        bytes.append(0x0A)
        bytes.append(contentsOf: repeatElement(0x20, count: depth * 2))
    }

    mutating func write(string text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { text in
            // Most texts hold nothing to escape, and are copied as a whole.
            if text.allSatisfy({ $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") && $0 != 0x7F }) {
                bytes.append(contentsOf: text)
            } else {
                writeEscaped(text)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func writeEscaped(_ text: UnsafeBufferPointer<UInt8>) {
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0A: bytes.append(contentsOf: #"\n"#.utf8)
            case 0x0D: bytes.append(contentsOf: #"\r"#.utf8)
            case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
            case 0..<0x20, 0x7F:
                let hex = String(byte, radix: 16)
                bytes.append(contentsOf: "\\u00\(hex.count == 1 ? "0" : "")\(hex)".utf8)
            default: bytes.append(byte)
            }
        }
    }
}
