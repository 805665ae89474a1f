import HTTPTypes
import LosslessJSON

/// Who may read and change what the viewer shows: whoever has the address that it printed, from a page of its own.
///
/// The token of the address is exchanged for a cookie at once, so that it stays in no history of pages. Requests that come under a
/// name that is not this machine's are refused (DNS rebinding), and so are writes from other sites' pages.
struct ViewAccess: Sendable {
    /// In the address that is printed.
    let token: String
    /// In the cookie.
    private let secret: String
    /// Names that the server may be called by, beside addresses and `localhost`.
    private let hosts: Set<String>

    init(hosts: Set<String>) {
        token = Self.random()
        secret = Self.random()
        self.hosts = hosts
    }

    /// 128 bits of chance.
    private static func random() -> String {
        (0..<16).map { _ in
            let byte = UInt8.random(in: .min ... .max)
            return String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }

    /// Cookies know no ports, so viewers on one machine have cookies of different names.
    private var cookieName: String { "nightshift-\(secret.prefix(8))" }

    var cookie: String { "\(cookieName)=\(secret); Path=/; HttpOnly; SameSite=Strict" }

    // MARK: - Questions

    /// Whether the request was sent to this server by a name that cannot be another site's.
    func isForThisHost(_ request: HTTPRequest) -> Bool {
        guard let authority = request.authority, let host = Self.host(of: authority) else { return false }
        return host == "localhost" || hosts.contains(host) || Self.isAddress(host)
    }

    func isKnown(_ request: HTTPRequest) -> Bool {
        let pairs = request.headerFields[values: .cookie].flatMap { $0.split(separator: ";") }
        return pairs.contains { pair in
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimmingPrefix { $0 == " " } }
            return parts.count == 2 && parts[0] == cookieName && Self.areEqual(String(parts[1]), secret)
        }
    }

    func isTokenRight(_ given: String) -> Bool { Self.areEqual(given, token) }

    /// Whether a page of this server, or a program, may have sent a request that changes something.
    func mayWrite(_ request: HTTPRequest) -> Bool {
        // No form and no simple request of another site can have either of these.
        guard request.headerFields[.ownHeader] == "1",
            request.headerFields[.contentType]?.lowercased().hasPrefix("application/json") == true
        else { return false }
        if let site = request.headerFields[.fetchSite], site != "same-origin" { return false }
        guard let origin = request.headerFields[.origin] else { return true }
        guard let authority = request.authority else { return false }
        return ["http://\(authority)", "https://\(authority)"].contains(origin)
    }

    // MARK: - Texts

    /// Takes as long for any two texts of the same length.
    private static func areEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// The host of `host:port`, in lower case and without brackets.
    private static func host(of authority: String) -> String? {
        let text = authority.lowercased()
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            return String(text[text.index(after: text.startIndex)..<end])
        }
        return text.split(separator: ":", omittingEmptySubsequences: false).first.map(String.init)
    }

    /// Whether it is an IP address: no name of another site can be one.
    private static func isAddress(_ host: String) -> Bool {
        if host.contains(":") { return host.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." } }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }
}

extension HTTPField.Name {
    static let ownHeader = HTTPField.Name.known("X-Nightshift")
    static let fetchSite = HTTPField.Name.known("Sec-Fetch-Site")
    static let frameOptions = HTTPField.Name.known("X-Frame-Options")
    static let referrerPolicy = HTTPField.Name.known("Referrer-Policy")
    static let openerPolicy = HTTPField.Name.known("Cross-Origin-Opener-Policy")
    static let resourcePolicy = HTTPField.Name.known("Cross-Origin-Resource-Policy")

    /// Of a name in this file.
    private static func known(_ name: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(name) else { preconditionFailure("'\(name)' is no name of a header") }
        return name
    }
}
