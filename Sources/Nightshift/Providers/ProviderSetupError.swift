/// Why no provider could be made ready, before any item was touched.
package struct ProviderSetupError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What it means for the job.
    package var cause: EngineError.Cause
    /// One sentence for people.
    package var message: String

    package init(_ cause: EngineError.Cause, _ message: String) {
        self.cause = cause
        self.message = message
    }

    /// - Parameter isRefusal: whether the provider itself refuses, or cannot be reached; otherwise the manifest or the
    ///   environment is wrong.
    package init(isRefusal: Bool, _ message: String) {
        self.init(isRefusal ? .providerRefuses : .providerUnusable, message)
    }

    package var isRefusal: Bool { cause.code == .refused }

    package var description: String { message }
}
