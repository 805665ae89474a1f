import Foundation

/// What commands of a manifest find in their environment: all that this process has, but not the token.
package enum CommandEnvironment {
    /// The variables that hold the token, or lead to it.
    private static let secrets = ["REPLICATE_API_TOKEN", "REPLICATE_API_TOKEN_FILE", "CREDENTIALS_DIRECTORY"]

    package static var current: [String: String] { of(ProcessInfo.processInfo.environment) }

    /// - Parameter environment: that of this process.
    static func of(_ environment: [String: String]) -> [String: String] {
        environment.filter { !secrets.contains($0.key) }
    }
}
