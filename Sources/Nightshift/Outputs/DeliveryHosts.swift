import ReplicateAPI

/// Which strings of an output are files without a schema's word for it: data URIs, and addresses where predictions put
/// their files.
package struct DeliveryHosts: Hashable, Sendable {
    private let base: WebAddress?

    /// - Parameter baseURL: where the provider's API is, which may serve files itself.
    package init(baseURL: String?) {
        base = baseURL.flatMap(WebAddress.init)
    }

    /// Whether a whole string is a file.
    func isFile(_ text: String) -> Bool {
        if text.utf8.starts(with: "data:".utf8) { return DataURI.isDataURI(text) && DataURI.hasPlainHead(text) }
        guard let address = Self.address(text) else { return false }
        if address.isHost(in: "replicate.delivery") { return address.scheme == "https" }
        guard let base else { return false }
        // Where the API is on this machine, its files may come from another port of it.
        return address.hasSameOrigin(as: base) || (base.isLoopback && address.isLoopback)
    }

    /// The http or https address that a string is, space around it aside. A text that has one somewhere is none.
    static func address(_ text: String) -> WebAddress? {
        guard let first = text.utf8.first(where: { $0 > 0x20 }), first | 0x20 == UInt8(ascii: "h") else { return nil }
        let trimmed = trimmed(text)
        guard trimmed.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
        return WebAddress(trimmed)
    }

    /// The string without the space around it.
    static func trimmed(_ text: String) -> String {
        let bytes = text.utf8.drop { $0 <= 0x20 }
        guard let last = bytes.lastIndex(where: { $0 > 0x20 }) else { return "" }
        return String(decoding: bytes[...last], as: UTF8.self)
    }
}
