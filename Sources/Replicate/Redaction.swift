import Foundation
package import LosslessJSON

/// Takes secrets out of what others say: whoever was sent a token may repeat it in an error, a log, an address or a name, and from
/// there it would come into files and terminals.
///
/// It is applied where answers come in, so that nothing behind has to think of it. A secret is found as it is, percent-encoded,
/// with the escapes of JSON, and inside of base64, as in an `Authorization` header that is quoted. What merely looks like one stays.
package struct Redaction: Sendable {
    /// What stands in its place.
    package static let replacement = "(hidden)"

    private let needles: [Needle]

    /// - Parameter secrets: those that may be words of the text by chance are left out.
    package init(secrets: [String]) {
        var spellings: [[UInt8]] = []
        for secret in secrets where Self.isDistinctive(secret) {
            for spelling in Self.spellings(of: secret) where !spellings.contains(spelling) {
                spellings.append(spelling)
            }
        }
        // The longest first, so that no part of one is left over.
        needles = spellings.sorted { $0.count > $1.count }.map(Needle.init)
    }

    /// A short word such as `local` may be a part of any text; to take it out would only damage what is said.
    private static func isDistinctive(_ secret: String) -> Bool {
        let count = secret.utf8.count
        let isWord = secret.utf8.allSatisfy { (0x61...0x7A).contains($0 | 0x20) }
        return count >= 8 && (count >= 16 || !isWord)
    }

    // MARK: - Taking out

    /// The bytes of an answer without the secrets.
    package func callAsFunction(_ bytes: [UInt8]) -> [UInt8] {
        guard !needles.isEmpty else { return bytes }
        if hasEscapes(bytes), let json = try? JSONValue(parsing: bytes) {
            let clean = self.json(json, sparing: [])
            if clean != json { return clean.jsonBytes() }
        }
        return plainly(bytes)
    }

    /// The text without the secrets.
    package func callAsFunction(_ text: String) -> String {
        guard contains(Array(text.utf8)) else { return text }
        return String(decoding: plainly(Array(text.utf8)), as: UTF8.self)
    }

    /// The value without the secrets, but for the input of a prediction: that is what the caller has sent, and a lost
    /// create is found again by it.
    package func callAsFunction(_ json: JSONValue) -> JSONValue {
        needles.isEmpty ? json : self.json(json, sparing: ["input"])
    }

    /// Whether the JSON in these bytes may hold a secret, which few answers do.
    package func mayConcern(_ bytes: [UInt8]) -> Bool {
        !needles.isEmpty && (hasEscapes(bytes) || contains(bytes))
    }

    private func json(_ value: JSONValue, sparing spared: Set<String>) -> JSONValue {
        switch value {
        case .null, .bool, .number: return value
        case .string(let text): return .string(self(text))
        case .array(let elements): return .array(elements.map { json($0, sparing: spared) })
        case .object(let members):
            let isRun = members["id"] != nil && members["status"] != nil
            var clean: [String: JSONValue] = [:]
            for (key, member) in members {
                clean[self(key)] = isRun && spared.contains(key) ? member : json(member, sparing: spared)
            }
            return .object(clean)
        }
    }

    private func contains(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in needles.contains { $0.firstIndex(in: bytes, from: 0) != nil } }
    }

    /// Whether letters or digits are written as `\u00…`, behind which a secret could stand unseen.
    private func hasEscapes(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            while let found = Self.escape.firstIndex(in: bytes, from: start) {
                start = found + 4
                if start < bytes.count, (UInt8(ascii: "2")...UInt8(ascii: "7")).contains(bytes[start]) { return true }
            }
            return false
        }
    }

    private static let escape = Needle(Array(#"\u00"#.utf8))

    private func plainly(_ bytes: [UInt8]) -> [UInt8] {
        needles.reduce(bytes) { bytes, needle in needle.replaced(in: bytes, by: Array(Self.replacement.utf8)) }
    }

    // MARK: - How a secret may be written

    private static func spellings(of secret: String) -> [[UInt8]] {
        let bytes = Array(secret.utf8)
        func escaped(all: Bool, _ escape: (String) -> String) -> [UInt8] {
            bytes.flatMap { byte -> [UInt8] in
                let isPlain = (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
                return isPlain && !all ? [byte] : Array(escape((byte < 16 ? "0" : "") + String(byte, radix: 16)).utf8)
            }
        }
        var spellings = [bytes]
        for all in [false, true] {
            spellings.append(escaped(all: all) { "%\($0)" })
            spellings.append(escaped(all: all) { "%\($0.uppercased())" })
            spellings.append(escaped(all: all) { "\\u00\($0)" })
            spellings.append(escaped(all: all) { "\\u00\($0.uppercased())" })
        }
        for offset in 0..<3 {
            let core = base64(of: bytes, after: offset)
            guard core.utf8.count >= 10 else { continue }
            spellings.append(Array(core.utf8))
            spellings.append(Array(core.replacing("+", with: "-").replacing("/", with: "_").utf8))
        }
        return spellings
    }

    /// The characters of base64 that the secret alone decides, where so many bytes modulo 3 stand before it.
    private static func base64(of bytes: [UInt8], after offset: Int) -> Substring {
        let text = Data(Array(repeating: 0, count: offset) + bytes).base64EncodedString()
        let first = (offset * 8 + 5) / 6
        let last = (offset + bytes.count) * 8 / 6
        return text.prefix(last).dropFirst(first)
    }
}

/// What is printed or dumped of it shows no secret.
extension Redaction: CustomStringConvertible, CustomReflectable {
    package var description: String { Self.replacement }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Bytes that are looked for, by Horspool's method.
private struct Needle: Sendable {
    private let bytes: [UInt8]
    private let skips: [Int]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var skips = [Int](repeating: bytes.count, count: 256)
        for (index, byte) in bytes.dropLast().enumerated() { skips[Int(byte)] = bytes.count - 1 - index }
        self.skips = skips
    }

    func firstIndex(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        let last = bytes.count - 1
        guard last >= 0 else { return nil }
        return bytes.withUnsafeBufferPointer { bytes in
            skips.withUnsafeBufferPointer { skips in
                var index = start
                while index + last < text.count {
                    let end = text[index + last]
                    if end == bytes[last] {
                        var length = 0
                        while length < last, text[index + length] == bytes[length] { length += 1 }
                        if length == last { return index }
                    }
                    index += skips[Int(end)]
                }
                return nil
            }
        }
    }

    func replaced(in text: [UInt8], by replacement: [UInt8]) -> [UInt8] {
        text.withUnsafeBufferPointer { bytes in
            guard var found = firstIndex(in: bytes, from: 0) else { return text }
            var result: [UInt8] = []
            var start = 0
            while true {
                result.append(contentsOf: bytes[start..<found])
                result.append(contentsOf: replacement)
                start = found + self.bytes.count
                guard let next = firstIndex(in: bytes, from: start) else { break }
                found = next
            }
            result.append(contentsOf: bytes[start...])
            return result
        }
    }
}
