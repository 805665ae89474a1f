import Foundation

/// What a reservation of names asks of the output directory.
package struct OutputFolder: OutputPaths {
    private let directory: String

    package init(directory: String) {
        self.directory = directory
    }

    package func exists(_ path: String) -> Bool {
        // Links count even if they lead nowhere: a rename would replace them.
        (try? FileSystemCalls.status(of: "\(directory)/\(path)")) != nil
    }

    package func keep(_ path: String, as other: String) {
        // If this fails, the old file is missing from its new name, which `verify` and `export` tell; the new one is
        // what the user asked for and must not wait.
        try? FileManager.default.linkItem(atPath: "\(directory)/\(path)", toPath: "\(directory)/\(other)")
    }
}
