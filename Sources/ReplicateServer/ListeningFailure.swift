import Foundation
import NIOCore

/// Why a server cannot listen at an address, in words for people.
package enum ListeningFailure {
    package static func reason(_ error: any Error) -> String {
        guard let error = error as? IOError else {
            let text = "\(error)"
            // Names that cannot be resolved come with the numbers of the resolver.
            return text.contains("unknown(host") || text.contains("SocketAddressError")
                ? "no address belongs to that name" : text
        }
        switch error.errnoCode {
        case EADDRINUSE: return "another program listens there already"
        case EADDRNOTAVAIL: return "this machine has no such address"
        case EACCES, EPERM: return "this user may not listen there"
        default: return String(cString: strerror(error.errnoCode)).lowercased()
        }
    }
}
