import Foundation

/// Bytes written into a text: `data:image/png;base64,…`.
package struct DataURI: Hashable, Sendable {
    package var mediaType: String?
    package var bytes: [UInt8]

    package init(mediaType: String?, bytes: [UInt8]) {
        self.mediaType = mediaType
        self.bytes = bytes
    }

    /// Reads a data URI; `nil` if the text is none or its base64 is damaged.
    package init?(_ text: String) {
        guard let comma = DataURI.comma(in: text) else { return nil }
        mediaType = DataURI.mediaType(of: text)
        let head = text.utf8[..<comma]
        let payload = text[text.utf8.index(after: comma)...]
        if head.reversed().starts(with: ";base64".utf8.reversed()) {
            guard let bytes = DataURI.decodeBase64(payload) else { return nil }
            self.bytes = bytes
        } else {
            guard let bytes = DataURI.decodePercentEncoding(payload.utf8) else { return nil }
            self.bytes = bytes
        }
    }

    /// Whether the text looks like a data URI, without decoding what may be megabytes.
    package static func isDataURI(_ text: String) -> Bool {
        comma(in: text) != nil
    }

    /// The first bytes of the content, without decoding what may be megabytes; `nil` if they cannot be decoded.
    package static func head(of text: String, count: Int) -> [UInt8]? {
        guard let comma = comma(in: text) else { return nil }
        let payload = text.utf8[text.utf8.index(after: comma)...]
        guard text.utf8[..<comma].reversed().starts(with: ";base64".utf8.reversed()) else {
            return decodePercentEncoding(payload.prefix(3 * count)).map { Array($0.prefix(count)) }
        }
        return decodeBase64(Substring(payload.prefix((count + 2) / 3 * 4))).map { Array($0.prefix(count)) }
    }

    /// Whether the head is of the form that programs write: a media type, parameters, or `base64`, and no spaces. Of a text
    /// that begins with `data:` and goes on with words it is not.
    package static func hasPlainHead(_ text: String) -> Bool {
        guard let comma = comma(in: text) else { return false }
        let head = text.utf8[text.utf8.index(text.startIndex, offsetBy: 5)..<comma]
        let isPlain = head.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
                || "/;=+-._\"!#$&^*'".utf8.contains(byte)
        }
        guard isPlain, !head.isEmpty else { return false }
        return head.first == UInt8(ascii: ";") || head.contains(UInt8(ascii: "/"))
    }

    /// The media type that a data URI names, without its parameters.
    package static func mediaType(of text: String) -> String? {
        guard let comma = comma(in: text) else { return nil }
        let head = text[text.utf8.index(text.startIndex, offsetBy: 5)..<comma]
        let type = MediaType.withoutParameters(String(head))
        return type.isEmpty ? nil : type
    }

    /// The data URI of the bytes.
    package var text: String {
        "data:\(mediaType ?? MediaType.unknown);base64,\(Data(bytes).base64EncodedString())"
    }

    private static func comma(in text: String) -> String.Index? {
        guard text.utf8.count >= 6, text.utf8.prefix(5).elementsEqual("data:".utf8) else { return nil }
        // The head of a data URI is short; a text that merely begins so is not searched to its end.
        return text.utf8.prefix(256).firstIndex(of: UInt8(ascii: ","))
    }

    private static func decodeBase64(_ payload: Substring) -> [UInt8]? {
        var text = String(payload)
        let missing = (4 - text.utf8.count % 4) % 4
        if missing < 3 { text += String(repeating: "=", count: missing) }
        return Data(base64Encoded: text).map { [UInt8]($0) }
    }

    private static func decodePercentEncoding(_ payload: Substring.UTF8View) -> [UInt8]? {
        var bytes: [UInt8] = []
        var rest = payload
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
    }
}
