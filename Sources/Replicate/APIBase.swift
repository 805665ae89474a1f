import Foundation
import ReplicateAPI

/// The address of the API, below which all calls go and outside of which the token never goes.
struct APIBase: Sendable, Hashable {
    /// The base with its version and without a slash at the end, such as `https://api.replicate.com/v1`.
    let text: String
    /// Scheme, host and port in lower case, the port always named.
    private let origin: Origin

    private struct Origin: Hashable, Sendable {
        var scheme: String
        var host: String
        var port: Int

        init?(_ components: URLComponents) {
            guard let scheme = components.scheme?.lowercased(), let host = components.host?.lowercased(),
                !host.isEmpty, components.user == nil, components.password == nil
            else { return nil }
            self.scheme = scheme
            self.host = host
            port = components.port ?? (scheme == "https" ? 443 : 80)
        }

        var isLoopback: Bool { Loopback.contains(host: host) }
    }

    /// Reads a base URL. `/v1` is added where it is missing, so that the value that official clients take, some with
    /// and some without it, fits here as it is.
    init(_ text: String) throws(ReplicateError) {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let components = URLComponents(string: trimmed), let origin = Origin(components),
            components.query == nil, components.fragment == nil
        else {
            throw ReplicateError(
                .invalidArgument,
                "the base URL of the API is not a URL; expected one such as https://api.replicate.com/v1, "
                    + "without a user, query or fragment"
            )
        }
        if let problem = PortNumber.problem(in: trimmed) {
            throw ReplicateError(.invalidArgument, "the base URL of the API has \(problem)")
        }
        switch origin.scheme {
        case "https": break
        case "http" where origin.isLoopback: break
        case "http":
            throw ReplicateError(
                .insecureURL,
                "the base URL of the API is http://\(URLOrigin.text(of: trimmed)); plain http is only used to this "
                    + "machine (localhost, 127.0.0.1, ::1), so that no token is sent in the clear; use https"
            )
        default:
            throw ReplicateError(
                .invalidArgument, "the base URL of the API begins with '\(origin.scheme)'; expected https"
            )
        }
        var base = trimmed
        while base.hasSuffix("/") { base.removeLast() }
        if !base.hasSuffix("/v1") { base += "/v1" }
        self.text = base
        self.origin = origin
    }

    /// The address of a call: the base followed by a path that begins with a slash.
    func url(_ path: String) -> String {
        text + path
    }

    /// The path of an address below the base, without its query; `nil` for one that is not below it.
    func path(of url: String) -> String? {
        guard url.hasPrefix(text) else { return nil }
        let rest = url[url.index(url.startIndex, offsetBy: text.count)...].prefix { $0 != "?" && $0 != "#" }
        return rest.hasPrefix("/") ? String(rest) : nil
    }

    /// A link that an answer gave, if it leads to the API itself.
    ///
    /// A plain http link to the API's host is made https, because the API has been seen to give such links.
    func link(_ text: String) throws(ReplicateError) -> String {
        if text.hasPrefix("/"), !text.hasPrefix("//") {
            guard let slash = self.text.range(of: "://"),
                let path = self.text[slash.upperBound...].firstIndex(of: "/")
            else { return self.text + text }
            return self.text[..<path] + text
        }
        guard var components = URLComponents(string: text), let target = Origin(components),
            PortNumber.problem(in: text) == nil
        else {
            throw ReplicateError(.foreignURL, "a link to another page is not a URL; nothing was sent to it")
        }
        if target == origin { return text }
        if origin.scheme == "https", target.scheme == "http", target.host == origin.host,
            target.port == 80 || target.port == origin.port
        {
            components.scheme = "https"
            components.port = origin.port == 443 ? nil : origin.port
            if let secured = components.string { return secured }
        }
        throw ReplicateError(
            .foreignURL,
            "a link leads to \(URLOrigin.text(of: text)) instead of \(URLOrigin.text(of: self.text)); "
                + "nothing was sent, because the token is for the API alone"
        )
    }
}
