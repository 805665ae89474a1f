import NightshiftCore

/// Why an export ended without its files, in one sentence for people.
package struct ExportError: Error, Hashable, Sendable, CustomStringConvertible {
    package var message: String

    package init(message: String) {
        self.message = message
    }

    /// What went wrong on the disk.
    init(_ error: any Error, doing action: String) {
        message =
            switch error {
            case let error as SystemCallError: error.message(doing: action)
            case FetchFailure.disk(let message), FetchFailure.unavailable(let message): message
            default: "cannot \(action) the export: \(error)"
            }
    }

    package var description: String { message }
}
