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

    /// Moves files of a result that was not accepted out of their places, so that another one can have these. Blocks on the disk.
    /// - Parameter attempt: the attempt that they are of.
    /// - Returns: where they are now, in the output directory.
    /// - Throws: ``FetchFailure/disk(_:)`` if one cannot be moved.
    package func reject(_ paths: [String], attempt: Int) throws(FetchFailure) -> [String] {
        var kept: [String] = []
        for path in paths {
            // A crash may have left one of the same attempt.
            let numbers = attempt..<attempt + Self.mostRejected
            let wished = numbers.lazy.map { OutputNaming.rejected(path, attempt: $0) }
            guard let other = wished.first(where: { keep(path, as: $0) }) else {
                throw .disk("cannot move '\(directory)/\(path)' to '\(OutputNaming.rejectedFolder)' beside it")
            }
            release(path, keptAs: other)
            kept.append(other)
        }
        return kept
    }

    /// Names that are tried for a file.
    private static let mostRejected = 1000

    private func isOurs(_ path: String) -> Bool {
        FileSystemCalls.owner(of: "\(directory)/\(path)").flatMap(FileOwner.init)?.store == owner
    }
}
