/// Why no provider could be made ready, before any item was touched.
package struct ProviderSetupError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Whether the provider itself refuses, or cannot be reached; otherwise the manifest or the environment is wrong.
    package var isRefusal: Bool
    /// One sentence for people, with what they can do.
    package var message: String

    package init(isRefusal: Bool, _ message: String) {
        self.isRefusal = isRefusal
        self.message = message
    }

    package var description: String { message }
}
