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
        // Where files have one name only, the first is gone.
        guard exists(path) else { return isOurs(other) }
        guard let file = try? FileSystemCalls.status(of: "\(directory)/\(path)"),
            let second = try? FileSystemCalls.status(of: "\(directory)/\(other)")
        else { return false }
        return file.st_dev == second.st_dev && file.st_ino == second.st_ino
    }

    package func keep(_ path: String, as other: String) -> Bool {
        guard exists(path) else { return true }
        let folder = OutputDirectory(path: directory)
        guard let file = try? folder.existingPlace(of: path), let second = try? folder.place(of: other) else {
            return false
        }
        do {
            switch try FileSystemCalls.link(file, as: second) {
            case .done: try FileSystemCalls.synchronize(second.folder, path: second.folderPath)
            case .taken: return isKept(path, as: other)
            case .unsupported:
                guard !exists(other) else { return false }
                try FileSystemCalls.rename(file, to: second)
            }
            return true
        } catch {
            return false
        }
    }

    package func release(_ path: String, keptAs other: String) {
        guard isKept(path, as: other), let file = try? OutputDirectory(path: directory).existingPlace(of: path) else {
            return
        }
        FileSystemCalls.remove(file.name, in: file.folder)
    }

    private func isOurs(_ path: String) -> Bool {
        FileSystemCalls.owner(of: "\(directory)/\(path)").flatMap(FileOwner.init)?.store == owner
    }
}
