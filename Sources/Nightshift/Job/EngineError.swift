/// Why the engine did not do what it was asked.
public struct EngineError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is; decides the exit code.
    public enum Code: Hashable, Sendable {
        /// The manifest or its input set has problems; nothing was sent.
        case invalidManifest
        /// The call itself makes no sense here: no such job, no such file, no token.
        case usage
        /// Another process owns the run.
        case locked
        /// The checkpoint store cannot be used.
        case store
        /// This machine's disk is full, read-only or failing.
        case disk
        /// The provider does not accept this account, or cannot be reached at all.
        case refused
        /// The task was canceled before anything was done.
        case canceled
    }

    public let code: Code
    /// For people: what happened, where, and what to do. May have several lines.
    public let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// What an error of a part of the engine means for the whole.
    init(_ error: any Error) {
        switch error {
        case let error as EngineError: self = error
        case let error as StoreError: self.init(.store, error.message)
        case let error as ProviderSetupError: self.init(error.isRefusal ? .refused : .usage, error.message)
        case let error as ControlError: self.init(.usage, error.message)
        case let error as ExportError: self.init(.disk, "\(error)")
        case is CancellationError: self.init(.canceled, "canceled")
        default: self.init(.store, ErrorReason.of(error))
        }
    }

    public var description: String { message }
}
