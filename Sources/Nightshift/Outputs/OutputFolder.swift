import Foundation
package import NightshiftCore

/// What a reservation of names asks of the output directory.
package struct OutputFolder: OutputPaths {
    let directory: String
    /// The identity of the store whose files are ours.
    package let owner: String

    package init(directory: String, owner: String = "nightshift") {
        self.directory = directory
        self.owner = owner
    }

    package func exists(_ path: String) -> Bool {
        // Links count even if they lead nowhere: they are somebody's.
        (try? FileSystemCalls.status(of: "\(directory)/\(path)")) != nil
    }

    package func isFree(_ path: String, for item: ItemID) -> Bool {
        guard exists(path) else { return true }
        // A crash can leave a whole file of the item that nobody has recorded.
        return FileSystemCalls.owner(of: "\(directory)/\(path)") == FileOwner(store: owner, item: item).text
    }

    package func isKept(_ path: String, as other: String) -> Bool {
        guard let file = try? FileSystemCalls.status(of: "\(directory)/\(path)"),
            let second = try? FileSystemCalls.status(of: "\(directory)/\(other)")
        else { return false }
        return file.st_dev == second.st_dev && file.st_ino == second.st_ino
    }

    package func keep(_ path: String, as other: String) {
        // If this fails, the old file is missing from its new name, which `verify` and `export` tell; the new one is
        // what the user asked for and must not wait.
        try? FileManager.default.linkItem(atPath: "\(directory)/\(path)", toPath: "\(directory)/\(other)")
    }
}
