import Foundation
import ReplicateAPI

/// An http or https address, and what decides whether it may be spoken to.
struct WebAddress: Hashable, Sendable {
    private let url: URL
    let scheme: String
    let host: String
    let port: Int

    /// Reads an absolute http or https address; `nil` for anything else.
    init?(_ text: String) {
        guard let url = URL(string: text) else { return nil }
        self.init(url)
    }

    private init?(_ url: URL) {
        let url = url.absoluteURL
        guard let scheme = url.scheme?.lowercased(), scheme == "http" || scheme == "https",
            let host = url.host(percentEncoded: false)?.lowercased(), !host.isEmpty
        else { return nil }
        // The network library ends the process by a port that is none.
        guard PortNumber.problem(in: url.absoluteString) == nil else { return nil }
        self.url = url
        self.scheme = scheme
        self.host = host
        port = url.port ?? (scheme == "https" ? 443 : 80)
    }

    var text: String { url.absoluteString }

    /// The address for messages: a query may hold a signature, and user information a password.
    var textWithoutSecrets: String {
        let defaultPort = scheme == "https" ? 443 : 80
        let bracketed = host.contains(":") ? "[\(host)]" : host
        return "\(scheme)://\(bracketed)\(port == defaultPort ? "" : ":\(port)")\(url.path(percentEncoded: true))"
    }

    /// The last part of the path, decoded; empty if the path ends with a slash.
    var lastPathComponent: String {
        let path = url.path(percentEncoded: false)
        return path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }

    /// Whether the host is this machine, by name or literal address; no name is looked up.
    var isLoopback: Bool { Loopback.contains(host: host) }

    /// Whether both addresses lead to the same server.
    func hasSameOrigin(as other: WebAddress) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    /// Whether the host is the domain or below it.
    func isHost(in domain: String) -> Bool {
        host == domain || host.hasSuffix("." + domain)
    }

    /// The address that a `Location` header leads to from here.
    func following(location: String) -> WebAddress? {
        URL(string: location, relativeTo: url).flatMap(WebAddress.init)
    }
}
