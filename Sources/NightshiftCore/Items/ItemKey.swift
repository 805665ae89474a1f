package import LosslessJSON

/// The identity of items: by what they send, never by their place in the input set.
package enum ItemKey {
    /// The longest explicit key, in bytes.
    package static let longest = 500

    /// The key of content: `sha256-` and 32 hexadecimal digits.
    ///
    /// - Parameters:
    ///   - model: the model as the manifest writes it.
    ///   - name: the output name, if the manifest gives one: the same input under two names is two items.
    ///   - needs: the items whose results are a part of the input, and where.
    ///   - repetition: from 1; the first is known as an item that is not repeated.
    package static func content(
        model: String?, input: JSONValue, files: [ItemFile], name: String? = nil, needs: [ItemNeed] = [],
        deferred: [DeferredValue] = [], repetition: Int = 1
    ) -> String {
        // The canonical bytes of an object with these members, written without making the object: there are millions.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(512)
        bytes.append(UInt8(ascii: "{"))
        if !needs.isEmpty {
            bytes.append(contentsOf: #""deferred":"#.utf8)
            JSONValue.array(deferred.map(\.json)).appendCanonicalBytes(to: &bytes)
            bytes.append(UInt8(ascii: ","))
        }
        bytes.append(contentsOf: #""files":"#.utf8)
        if files.isEmpty {
            bytes.append(contentsOf: "[]".utf8)
        } else {
            let elements = files.map { file -> JSONValue in
                [
                    "pointer": JSONPathStep.json(file.pointer), "path": .string(file.path),
                    "sha256": .string(file.sha256),
                ]
            }
            JSONValue.array(elements).appendCanonicalBytes(to: &bytes)
        }
        bytes.append(contentsOf: #","input":"#.utf8)
        input.appendCanonicalBytes(to: &bytes)
        bytes.append(contentsOf: #","model":"#.utf8)
        (model.map(JSONValue.string) ?? .null).appendCanonicalBytes(to: &bytes)
        if let name {
            bytes.append(contentsOf: #","name":"#.utf8)
            JSONValue.string(name).appendCanonicalBytes(to: &bytes)
        }
        if !needs.isEmpty {
            bytes.append(contentsOf: #","needs":"#.utf8)
            let digests = Dictionary(needs.map { ($0.step, JSONValue.string($0.digest)) }) { first, _ in first }
            JSONValue.object(digests).appendCanonicalBytes(to: &bytes)
        }
        if repetition > 1 { bytes.append(contentsOf: #","repeat":\#(repetition)"#.utf8) }
        bytes.append(UInt8(ascii: "}"))
        return "sha256-" + ContentDigest.sha256(bytes, halved: true)
    }

    /// Why a text cannot be a key.
    static func mistake(in key: String) -> String? {
        if key.isEmpty { return "the key is empty" }
        if key.utf8.count > longest { return "the key has \(key.utf8.count) bytes, more than \(longest)" }
        if key.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) }) {
            return "the key holds a control character"
        }
        return nil
    }
}
