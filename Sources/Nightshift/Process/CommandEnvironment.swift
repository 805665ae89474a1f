import Foundation

/// What commands of a manifest find in their environment: all that this process has, but not the token.
package enum CommandEnvironment {
    package static var current: [String: String] {
        ProcessInfo.processInfo.environment.filter { $0.key != "REPLICATE_API_TOKEN" }
    }
}
