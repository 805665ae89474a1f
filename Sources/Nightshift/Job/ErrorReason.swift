import Foundation
import NightshiftCore

/// Why something failed, in words for people: the system's own reason, never a domain and a number.
package enum ErrorReason {
    package static func of(_ error: any Error) -> String {
        if let error = error as? SystemCallError { return text(of: error.number) }
        if let number = systemNumber(of: error) { return text(of: number) }
        // Foundation wraps errors that know nothing but their type.
        let text = "\(error)"
        guard text.hasPrefix("Error Domain=") || text.contains("NSCocoaErrorDomain") else { return text }
        let reason = (error as NSError).localizedFailureReason ?? (error as NSError).localizedDescription
        let isForPeople = !["Error Domain=", "ErrorDomain error", "(Cocoa error"].contains(where: reason.contains)
        return isForPeople ? reason : "the system gave no reason"
    }

    /// The number of the system's error that is the cause, however deep it is wrapped.
    private static func systemNumber(of error: any Error) -> Int32? {
        var current: NSError? = error as NSError
        for _ in 0..<8 {
            guard let error = current else { return nil }
            if error.domain == NSPOSIXErrorDomain { return Int32(exactly: error.code) }
            current = error.userInfo[NSUnderlyingErrorKey] as? NSError
        }
        return nil
    }

    package static func text(of number: Int32) -> String {
        String(cString: strerror(number)).lowercased()
    }
}
