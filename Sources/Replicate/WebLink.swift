import Foundation

/// Addresses that answers gave and that lead elsewhere than to the API.
enum WebLink {
    /// Makes sure that an address may be asked: https, or plain http to this machine.
    static func check(_ url: String, of what: String) throws(ReplicateError) {
        guard let components = URLComponents(string: url), let scheme = components.scheme?.lowercased(),
            components.host?.isEmpty == false
        else {
            throw ReplicateError(.invalidArgument, "the address of \(what) is not a URL; expected https")
        }
        switch scheme {
        case "https": return
        case "http" where isLoopback(components.host ?? ""): return
        case "http":
            throw ReplicateError(
                .insecureURL, "the address of \(what) is http://\(URLOrigin.text(of: url)); expected https")
        default:
            throw ReplicateError(.invalidArgument, "the address of \(what) begins with '\(scheme)'; expected https")
        }
    }

    /// Whether a host is this machine, by name or literal address; no name is looked up.
    static func isLoopback(_ host: String) -> Bool {
        let name = (host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host).lowercased()
        if name == "localhost" || name == "::1" { return true }
        let numbers = name.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return numbers.count == 4 && numbers[0] == 127 && numbers.allSatisfy { $0 != nil }
    }
}
