import Foundation
import TestSupport
import Testing

@testable import Nightshift

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// Where a run listens, and what it removes there: nothing that lies in a job's folder is believed about either.
@Suite(.timeLimit(.minutes(1)))
struct ControlSocketTests {
    private let folder: TemporaryFolder
    private let short: TemporaryFolder
    private var temporary: String { short.root }

    init() throws {
        folder = try TemporaryFolder()
        short = try TemporaryFolder(short: ())
    }

    private func place(_ state: String = ".nightshift") throws -> JobPaths {
        let place = JobPaths(job: "x", stateDirectory: folder.path(state), outputDirectory: folder.path("out"))
        try FileManager.default.createDirectory(atPath: place.directory, withIntermediateDirectories: true)
        return place
    }

    private func socket(_ place: JobPaths) -> ControlSocket { ControlSocket(place, temporary: temporary) }

    private var deep: String { String(repeating: "a-rather-long-folder-name/", count: 5) + ".nightshift" }

    private var usersFolder: String { "\(temporary)/nightshift-\(geteuid())" }

    /// Makes a socket that somebody may listen at, as a run that was killed leaves it.
    private func makeSocket(at path: String) throws {
        #if canImport(Darwin)
        let descriptor = Darwin.socket(AF_UNIX, SOCK_STREAM, 0)
        #else
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        try #require(path.utf8.count < MemoryLayout.size(ofValue: address.sun_path))
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let isBound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        try #require(isBound)
    }

    private func isThere(_ path: String) -> Bool {
        var found = stat()
        return lstat(path, &found) == 0
    }

    @Test func aRunListensBesideItsCheckpointsWhereThePathIsShort() throws {
        let place = try place()
        let socket = socket(place)
        #expect(socket.path == nil)
        let path = try socket.prepare()
        #expect(path.hasSuffix("/.nightshift/x/control.sock"))
        try makeSocket(at: path)
        #expect(socket.path == path)
        #expect(!isThere(usersFolder))
        socket.remove()
        #expect(!isThere(path))
        #expect(socket.path == nil)
    }

    @Test func allNamesOfAFolderLeadToOnePlace() throws {
        let place = try place(deep)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path("short"), withDestinationPath: folder.path(deep))
        let other = JobPaths(job: "x", stateDirectory: folder.path("short"), outputDirectory: folder.path("out"))
        let path = try socket(place).prepare()
        #expect(path.hasPrefix(usersFolder + "/"))
        #expect(path.utf8.count < 104)
        try makeSocket(at: path)
        #expect(socket(place).path == path)
        #expect(socket(other).path == path)
        let mode = try FileManager.default.attributesOfItem(atPath: usersFolder)[.posixPermissions] as? Int
        #expect(mode == 0o700)
        socket(other).remove()
        #expect(!isThere(path))
    }

    @Test func anOldSocketOfTheUserIsRemoved() throws {
        let place = try place()
        let path = try socket(place).prepare()
        try makeSocket(at: path)
        #expect(try socket(place).prepare() == path)
        #expect(!isThere(path))
    }

    @Test(arguments: ["file", "link to a file", "link to a socket", "folder"])
    func whatIsNoSocketStaysAndIsNotConnectedTo(kind: String) throws {
        let place = try place()
        let usual = "\(place.directory)/control.sock"
        let precious = try folder.write("precious", "precious")
        let foreign = folder.path("s")
        try makeSocket(at: foreign)
        switch kind {
        case "file": try folder.write(".nightshift/x/control.sock", "precious")
        case "link to a file": try FileManager.default.createSymbolicLink(atPath: usual, withDestinationPath: precious)
        case "link to a socket": try FileManager.default.createSymbolicLink(atPath: usual, withDestinationPath: foreign)
        default: try FileManager.default.createDirectory(atPath: usual, withIntermediateDirectories: false)
        }
        let socket = socket(place)
        #expect(socket.path == nil)
        let path = try socket.prepare()
        #expect(path.hasPrefix(usersFolder + "/"))
        socket.remove()
        for path in [usual, precious, foreign] { #expect(isThere(path), "\(path)") }
    }

    @Test func aFolderThatIsALinkHoldsNoSocketOfOurs() throws {
        let place = try place()
        try FileManager.default.createDirectory(atPath: folder.path("program"), withIntermediateDirectories: true)
        try makeSocket(at: folder.path("program/control.sock"))
        try FileManager.default.removeItem(atPath: place.directory)
        try FileManager.default.createSymbolicLink(
            atPath: place.directory, withDestinationPath: folder.path("program"))
        let socket = socket(place)
        #expect(socket.path == nil)
        _ = try socket.prepare()
        socket.remove()
        #expect(isThere(folder.path("program/control.sock")))
    }

    @Test(arguments: ["link", "open", "file"])
    func aFolderThatOthersCanWriteToIsNotUsed(kind: String) throws {
        let place = try place(deep)
        switch kind {
        case "link":
            try FileManager.default.createDirectory(
                atPath: folder.path("theirs"), withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700]
            )
            try FileManager.default.createSymbolicLink(atPath: usersFolder, withDestinationPath: folder.path("theirs"))
        case "open":
            try FileManager.default.createDirectory(atPath: usersFolder, withIntermediateDirectories: true)
            chmod(usersFolder, 0o777)
        default: try short.write("nightshift-\(geteuid())", "a file")
        }
        let error = #expect(throws: ControlSocketError.self) { try socket(place).prepare() }
        #expect(error?.reason.contains("is not a folder of this user alone") == true)
        #expect(socket(place).path == nil)
    }
}
