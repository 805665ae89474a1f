/// This machine as others would write it in an address.
package enum Loopback {
    /// Whether a host is this machine, by name or literal address, with or without brackets; no name is looked up.
    package static func contains(host: String) -> Bool {
        let name = (host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host).lowercased()
        if name == "localhost" || name == "::1" { return true }
        let numbers = name.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return numbers.count == 4 && numbers[0] == 127 && numbers.allSatisfy { $0 != nil }
    }
}
