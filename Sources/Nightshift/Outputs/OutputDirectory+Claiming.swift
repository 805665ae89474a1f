import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Names are taken in the directory itself, and nothing of anybody else is ever replaced: other jobs, in other processes,
/// may store their outputs in the same directory.
extension OutputDirectory.Place {
    /// A whole content, as it is recognized again.
    struct Content: Sendable {
        var size: Int64
        var sha256: String
    }

    private enum Occupant {
        case ours
        case foreign
        case gone
    }

    /// Gives a whole file its final name.
    /// - Returns: `false` if somebody else's file has the name.
    func claim(
        _ partName: String, for target: OutputTarget, _ content: Content
    ) throws(SystemCallError) -> Bool {
        for _ in 0..<Self.patience {
            switch try FileSystemCalls.link(partName, as: name, in: folder, path: path) {
            case .done:
                FileSystemCalls.remove(partName, in: folder)
                return true
            case .unsupported:
                // The name is taken by an empty file, which the whole one replaces at once.
                do throws(SystemCallError) {
                    _ = try FileSystemCalls.openNew(name, in: folder, path: path)
                    try rename(partName)
                    return true
                } catch  where error.number == EEXIST {}
            case .taken: break
            }
            switch try occupant(for: target, content) {
            case .ours:
                try rename(partName)
                return true
            case .foreign: return false
            case .gone: continue
            }
        }
        return false
    }

    /// Gives a whole file without a name its final one.
    /// - Returns: `false` if somebody else's file has the name; `nil` if files get no names in this way here.
    func claim(
        _ file: Descriptor, for target: OutputTarget, _ content: Content
    ) throws(SystemCallError) -> Bool? {
        for _ in 0..<Self.patience {
            switch try FileSystemCalls.link(file, as: name, in: folder, path: path) {
            case .done: return true
            case .unsupported: return nil
            case .taken: break
            }
            switch try occupant(for: target, content) {
            case .ours:
                let partName = target.partName()
                FileSystemCalls.remove(partName, in: folder)
                guard case .done = try FileSystemCalls.link(file, as: partName, in: folder, path: path) else {
                    return nil
                }
                try rename(partName)
                return true
            case .foreign: return false
            case .gone: continue
            }
        }
        return false
    }

    /// A name that is taken and free again each time it is looked at is nobody's to rely on.
    private static let patience = 8

    private func occupant(for target: OutputTarget, _ content: Content) throws(SystemCallError) -> Occupant {
        guard let status = try FileSystemCalls.status(of: path) else { return .gone }
        guard status.st_mode & S_IFMT == S_IFREG else { return .foreign }
        let isOurs = target.owns(path) {
            Int64(status.st_size) == content.size && (try? OutputVerifier.digest(of: path)) == content.sha256
        }
        return isOurs ? .ours : .foreign
    }
}
