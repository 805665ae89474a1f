import Foundation
import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where a job's control socket is: `control.sock` beside its checkpoints, or a folder of this user under `/tmp`, where the
/// job's own folder has a longer path than the system takes for a socket.
///
/// Both follow from the place of the job's folder and the user alone. Nothing that lies in the folder is believed about it, because
/// job folders are copied and sent to others: only sockets of this user at these two places are ever connected to or removed.
struct ControlSocket: Sendable {
    /// Beside the checkpoints; `nil` if the path is too long, or the folder is a link that may lead to other programs' sockets.
    private let beside: String?
    private let usersFolder: String
    private let inUsersFolder: String

    /// What every system takes, with the closing zero.
    private static let longest = 103

    /// - Parameter temporary: where the user's folder is made.
    init(_ place: JobPaths, temporary: String = "/tmp") {
        let folder = Self.realPath(of: place.directory)
        let path = "\(folder)/control.sock"
        let isFolder = Self.status(of: place.directory).map { $0.st_mode & S_IFMT == S_IFDIR } ?? true
        beside = path.utf8.count <= Self.longest && isFolder ? path : nil
        usersFolder = "\(temporary)/nightshift-\(geteuid())"
        inUsersFolder = "\(usersFolder)/\(ContentDigest.sha256(folder.utf8).prefix(32)).sock"
    }

    /// Where to connect to; `nil` if nobody can listen there.
    var path: String? {
        if let beside, Self.isOwnSocket(beside) { return beside }
        return Self.isPrivate(usersFolder) && Self.isOwnSocket(inUsersFolder) ? inUsersFolder : nil
    }

    /// A path that a server can listen at. Only the owner of the run may call this: what an earlier one left is removed.
    func prepare() throws(ControlSocketError) -> String {
        remove()
        // What is still there is no socket of ours, and stays.
        if let beside, Self.status(of: beside) == nil { return beside }
        guard mkdir(usersFolder, 0o700) == 0 || errno == EEXIST else {
            throw ControlSocketError(reason: "cannot make \(usersFolder): \(String(cString: strerror(errno)))")
        }
        guard Self.isPrivate(usersFolder) else {
            throw ControlSocketError(reason: "\(usersFolder) is not a folder of this user alone; remove it")
        }
        guard Self.status(of: inUsersFolder) == nil else {
            throw ControlSocketError(reason: "\(inUsersFolder) is no socket of this user; remove it")
        }
        return inUsersFolder
    }

    /// Removes the run's socket, and nothing that is none.
    func remove() {
        for case let path? in [beside, Self.isPrivate(usersFolder) ? inUsersFolder : nil] where Self.isOwnSocket(path) {
            unlink(path)
        }
    }

    // MARK: - What lies at a path, links not followed

    private static func status(of path: String) -> stat? {
        var found = stat()
        return lstat(path, &found) == 0 ? found : nil
    }

    private static func isOwnSocket(_ path: String) -> Bool {
        guard let found = status(of: path) else { return false }
        return found.st_mode & S_IFMT == S_IFSOCK && found.st_uid == geteuid()
    }

    /// Whether nobody else can put anything into a folder.
    private static func isPrivate(_ folder: String) -> Bool {
        guard let found = status(of: folder) else { return false }
        return found.st_mode & S_IFMT == S_IFDIR && found.st_uid == geteuid() && found.st_mode & 0o077 == 0
    }

    /// The one path that all processes have for a folder, wherever they work and however they name it.
    private static func realPath(of path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

/// Why no socket can be made.
struct ControlSocketError: Error, CustomStringConvertible {
    var reason: String
    var description: String { reason }
}
