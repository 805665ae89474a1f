import Foundation
import ReplicateAPI

/// Addresses that answers gave and that lead elsewhere than to the API.
enum WebLink {
    /// Makes sure that an address may be asked: https, or plain http to this machine.
    static func check(_ url: String, of what: String) throws(ReplicateError) {
        guard let components = URLComponents(string: url), let scheme = components.scheme?.lowercased(),
            components.host?.isEmpty == false
        else {
            throw ReplicateError(.invalidArgument, "the address of \(what) is not a URL; expected https")
        }
        if let problem = PortNumber.problem(in: url) {
            throw ReplicateError(.invalidArgument, "the address of \(what) has \(problem)")
        }
        switch scheme {
        case "https": return
        case "http" where Loopback.contains(host: components.host ?? ""): return
        case "http":
            throw ReplicateError(
                .insecureURL, "the address of \(what) is http://\(URLOrigin.text(of: url)); expected https")
        default:
            throw ReplicateError(.invalidArgument, "the address of \(what) begins with '\(scheme)'; expected https")
        }
    }
}
