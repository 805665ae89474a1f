import GRDB
import LosslessJSON
import NightshiftCore

/// The paths of outputs as they are read from a store. Stores are copied and sent to others, so a path in one is believed only as
/// far as it stays inside of the output directory: what it names is read, linked, exported, and sent to models.
enum OutputPath {
    static func read(_ row: GRDB.Row) throws -> String {
        try checked(row["path"])
    }

    static func checked(_ path: String) throws -> String {
        guard isInside(path) else { throw ForeignOutputPath(path: path) }
        return path
    }

    /// Whether a path is relative and goes neither up nor round about, as all are that a run reserves.
    static func isInside(_ path: String) -> Bool {
        let names = path.split(separator: "/", omittingEmptySubsequences: false)
        return names.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && !$0.utf8.contains(0) }
    }
}

/// A store that names a file outside of the output directory; no run has written that.
struct ForeignOutputPath: Error, CustomStringConvertible {
    var path: String

    var description: String {
        "it names '\(BoundedText.line(path, characters: 200))' as an output, which is no place in the output directory, so it was "
            + "changed by something else than nightshift\n    move it away to start over, or restore a copy of it"
    }
}
