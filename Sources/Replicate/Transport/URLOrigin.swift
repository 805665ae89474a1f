import Foundation

/// The place of a URL, for messages: paths and queries may hold what is not for logs.
package enum URLOrigin {
    /// Host and port, without a user.
    package static func text(of url: String) -> String {
        guard let mark = url.range(of: "://") else { return "the server" }
        let authority = url[mark.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        return host.isEmpty ? "the server" : String(host)
    }
}
