import Foundation

/// Folders of this process under the system's temporary folder.
enum TemporaryFolder {
    /// A new empty folder that only this user may read.
    static func make() throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(
            "nightshift-server-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return path.path
    }

    /// Deletes folders with all that is in them. What cannot be deleted is left to the system.
    static func remove(_ folders: [String]) {
        for folder in folders { try? FileManager.default.removeItem(atPath: folder) }
    }
}
