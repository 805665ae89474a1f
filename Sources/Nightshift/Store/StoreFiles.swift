import Foundation

/// The files of a store are opened by name, and a name in a folder that came from somebody else may be a link to any file of the
/// user, which would then be written to.
enum StoreFiles {
    /// Makes sure that neither a store nor what SQLite keeps beside it is a link.
    static func check(_ path: String) throws(StoreError) {
        for name in [path, path + "-wal", path + "-shm", path + "-journal"] where isLink(name) {
            throw StoreError(
                .storeIsLink,
                message: "\(name) is a symbolic link, which nightshift never makes; it is not followed")
        }
    }

    static func isLink(_ path: String) -> Bool {
        (try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType) == .typeSymbolicLink
    }
}
