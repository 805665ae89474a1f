import Foundation

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where a job's control socket is: `control.sock` beside its checkpoints.
///
/// The system takes no more than about a hundred bytes for a socket's path. Where the job's folder has a longer one, the
/// socket is in a folder of its own under `/tmp`, and a file beside the checkpoints says where.
struct ControlSocket: Sendable {
    private let usual: String
    private let note: String

    /// What every system takes, with the closing zero.
    private static let longest = 103

    init(_ place: JobPlace) {
        usual = "\(place.directory)/control.sock"
        note = "\(place.directory)/control.path"
    }

    /// A path that a server can listen at. Only the owner of the run may call this: what an earlier one left is removed.
    func prepare() throws -> String {
        remove()
        guard usual.utf8.count > Self.longest else { return usual }
        var template = Array("/tmp/nightshift-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw EngineError(.disk, "cannot make a folder in /tmp: \(String(cString: strerror(errno)))")
        }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let path = "\(folder)/control.sock"
        try Data(path.utf8).write(to: URL(filePath: note), options: .atomic)
        return path
    }

    /// The path to connect to.
    var path: String {
        guard let text = try? Data(contentsOf: URL(filePath: note)) else { return usual }
        return String(decoding: text, as: UTF8.self)
    }

    func remove() {
        let path = path
        unlink(path)
        guard path != usual else { return }
        // The folder goes only if it is empty, and so ours.
        rmdir(URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false))
        unlink(note)
    }
}
