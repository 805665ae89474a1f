import Foundation
import LosslessJSON
import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A job that stores its outputs in a directory.
struct OutputUser: Hashable, Sendable {
    var job: String
    var manifest: String
    /// Where its checkpoints are.
    var store: String
    /// The store's identity, which its files carry.
    var identity: String
}

/// The hidden file in an output directory that says whose it is: a line for each job that stores its outputs there, the
/// first one first.
///
/// It is for people and for the notice that a second job gets. It travels with the files, so nothing is done on its word.
struct OutputUsers: Sendable {
    static let fileName = ".nightshift-owner"
    private static let longest = 64 * 1024

    let directory: String

    private var path: String { "\(directory)/\(Self.fileName)" }

    /// The other jobs that the directory is used by.
    /// - Parameter store: where our own checkpoints are.
    func others(than store: String, identity: String?) -> [OutputUser] {
        let store = Self.absolute(store)
        return entries.filter { entry in
            entry.identity != identity && entry.store != store && FileManager.default.fileExists(atPath: entry.store)
        }
    }

    /// Writes our own line. If that cannot be done, nothing but a notice is lost.
    func register(_ user: OutputUser) {
        let folder = OutputDirectory(path: directory)
        guard let place = try? folder.place(of: Self.fileName),
            let file = try? place.openForWriting(Self.fileName, truncating: false)
        else { return }
        var user = user
        (user.manifest, user.store) = (Self.absolute(user.manifest), Self.absolute(user.store))
        // Two jobs may begin at the same time.
        flock(file.raw, LOCK_EX)
        let known = entries
        guard !known.contains(user) else { return }
        let kept = known.filter { $0.identity != user.identity && $0.store != user.store }
        let lines = (kept.suffix(50) + [user]).map { $0.json.jsonString() + "\n" }.joined()
        try? FileSystemCalls.truncate(file, to: 0, path: place.path)
        try? FileSystemCalls.write(Array(lines.utf8), to: file, at: 0, path: place.path)
    }

    /// Jobs are started from different folders.
    private static func absolute(_ path: String) -> String {
        URL(filePath: path).path(percentEncoded: false)
    }

    private var entries: [OutputUser] {
        guard let bytes = try? InputFile(path).readAll(upTo: Self.longest) else { return [] }
        return bytes.split(separator: 0x0A).compactMap { line in
            (try? JSONValue(parsing: Array(line))).flatMap(OutputUser.init)
        }
    }

    /// What a job is told of another one in its output directory.
    static func notice(of user: OutputUser, in directory: String) -> String {
        "\(directory) is also the output directory of the job '\(user.job.plain)' (\(user.manifest.plain)); where both "
            + "want one name, the later file gets a number; give one of them a directory of its own to keep them apart"
    }
}

extension OutputUser {
    fileprivate var json: JSONValue {
        [
            "job": .string(job), "manifest": .string(manifest), "checkpoints": .string(store),
            "id": .string(identity),
        ]
    }

    fileprivate init?(_ json: JSONValue) {
        guard let job = json["job"]?.stringValue, let manifest = json["manifest"]?.stringValue,
            let store = json["checkpoints"]?.stringValue, let identity = json["id"]?.stringValue
        else { return nil }
        self.init(job: job, manifest: manifest, store: store, identity: identity)
    }
}

extension String {
    /// Without what could move a cursor or fill a screen.
    fileprivate var plain: String {
        var scalars = String.UnicodeScalarView()
        for scalar in unicodeScalars.prefix(200) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: scalars.append("_")
            default: scalars.append(scalar)
            }
        }
        return String(scalars)
    }
}
