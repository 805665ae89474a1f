import Foundation

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Folders of this process under the system's temporary folder.
enum TemporaryFolder {
    /// A new empty folder that only this user may read.
    /// - Throws: ``EmbeddedServerError``, for example where the temporary folder is read-only.
    static func make() throws -> String {
        let parent = FileManager.default.temporaryDirectory.path
        let path = "\(parent)/nightshift-server-\(UUID().uuidString)"
        guard mkdir(path, 0o700) == 0 else {
            throw EmbeddedServerError(
                "cannot make a folder for the server's files in \(parent): "
                    + "\(String(cString: strerror(errno)).lowercased()); name another folder in the environment's TMPDIR"
            )
        }
        return path
    }

    /// Deletes folders with all that is in them. What cannot be deleted is left to the system.
    static func remove(_ folders: [String]) {
        for folder in folders { try? FileManager.default.removeItem(atPath: folder) }
    }
}
