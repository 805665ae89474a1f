/// Addresses of servers as a manifest writes them.
enum ServerAddress {
    /// The address without a slash at its end, or `nil` if it is not http or https with a host and nothing secret,
    /// no query and no fragment.
    static func base(_ text: String) -> String? {
        var address = text
        while address.hasSuffix("/") { address.removeLast() }
        guard address.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }) else { return nil }
        guard let scheme = ["http://", "https://"].first(where: { address.lowercased().hasPrefix($0) }) else {
            return nil
        }
        let rest = address.dropFirst(scheme.count)
        guard !rest.contains(where: { "@?#\\".contains($0) }) else { return nil }
        let authority = rest.prefix { $0 != "/" }
        var host = authority
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            guard let port = Int(authority[authority.index(after: colon)...]), (1...65535).contains(port) else {
                return nil
            }
            host = authority[..<colon]
        }
        guard !host.isEmpty, host.first == "[" || !host.contains(":") else { return nil }
        return address
    }
}
