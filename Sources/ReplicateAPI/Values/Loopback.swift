import Foundation

/// This machine as others would write it in an address: the one answer of the whole program.
package enum Loopback {
    /// Whether a host is this machine, by name or literal address, with or without brackets; no name is looked up.
    ///
    /// What some resolvers take for 127.0.0.1 and others for another machine (`127.1`, `0127.0.0.1`, `127.0.0.1.`,
    /// `x.localhost`) is none: a token must not go out in the clear by a difference of opinion.
    package static func contains(host: String) -> Bool {
        var name = host.lowercased()
        if name.hasPrefix("[") {
            guard name.hasSuffix("]") else { return false }
            name = String(name.dropFirst().dropLast())
            return isIPv6(name)
        }
        // The full name of the same host.
        if name == "localhost" || name == "localhost." { return true }
        return isIPv4(Substring(name)) || isIPv6(name)
    }

    /// 127.0.0.0/8 in plain decimal: a leading zero would make a part octal for the system.
    private static func isIPv4(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "127" else { return false }
        return parts.allSatisfy { part in
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt8(part) != nil
                && (part.utf8.count == 1 || part.utf8.first != 0x30)
        }
    }

    /// `::1`, or 127.0.0.0/8 written as an IPv6 address, however they are spelled.
    private static func isIPv6(_ text: String) -> Bool {
        guard text.utf8.contains(UInt8(ascii: ":")) else { return false }
        var address = in6_addr()
        guard inet_pton(AF_INET6, text, &address) == 1 else { return false }
        let bytes = withUnsafeBytes(of: &address) { Array($0) }
        if bytes.dropLast().allSatisfy({ $0 == 0 }) { return bytes.last == 1 }
        return bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF && bytes[12] == 127
    }
}
