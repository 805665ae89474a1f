import Foundation
import NightshiftCore

/// What could have been meant by a path at which nothing is.
struct PathAdvice {
    private let path: String
    private let directory: String
    private let isManifest: Bool

    /// - Parameters:
    ///   - directory: what the path starts from.
    ///   - isManifest: it is the path of a manifest, which starts from the working directory.
    init(_ path: String, in directory: String, isManifest: Bool = false) {
        self.path = path
        self.directory = directory
        self.isManifest = isManifest
    }

    /// Where this process has looked.
    private var absolute: String {
        let full = RealPath.join(directory, path)
        return PathName.isAbsolute(full)
            ? full : RealPath.join(FileManager.default.currentDirectoryPath, full)
    }

    private func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: RealPath.join(directory, path))
    }

    /// The one file whose name is the same but for how its accents are written, or that is meant by backslashes;
    /// `nil` if there is none or more than one.
    var sameName: String? { composedName(of: path) ?? slashed.flatMap { exists($0) ? $0 : composedName(of: $0) } }

    /// The path with slashes, where it has the backslashes of Windows and stays below where it starts.
    private var slashed: String? {
        guard path.utf8.contains(UInt8(ascii: "\\")) else { return nil }
        let other = path.replacingExactly("\\", with: "/")
        guard !PathName.isAbsolute(other) || PathName.isAbsolute(path),
            !PathName.components(of: other).contains("..") || PathName.components(of: path).contains("..")
        else { return nil }
        return other
    }

    /// The path in the form that the file system has it.
    private func composedName(of path: String) -> String? {
        guard !path.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        var found = PathName.isAbsolute(path) ? "/" : ""
        for part in PathName.components(of: path) {
            let next = found.isEmpty || found == "/" ? found + part : "\(found)/\(part)"
            if exists(next) {
                found = next
                continue
            }
            let folder = RealPath.join(directory, found.isEmpty ? "." : found)
            let wanted = part.precomposedStringWithCanonicalMapping
            let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
                $0.precomposedStringWithCanonicalMapping.isExactly(wanted)
            }
            guard names.count == 1 else { return nil }
            found = found.isEmpty || found == "/" ? found + names[0] : "\(found)/\(names[0])"
        }
        return found.isExactly(path) ? nil : found
    }

    /// What to do, as the second line of a message; `nil` where the path says all there is to say.
    var text: String? {
        if path.utf8.first == UInt8(ascii: "~") {
            let home = FileManager.default.homeDirectoryForCurrentUser.path
            let rest = path.utf8.dropFirst()
            if rest.isEmpty || rest.first == UInt8(ascii: "/") {
                return "'~' stands for your home directory in a shell only; write: \(home)"
                    + String(decoding: rest, as: UTF8.self)
            }
        }
        if let slashed, exists(slashed) || slashed.utf8.contains(UInt8(ascii: "*")) {
            return "write it with slashes instead of backslashes: \(slashed)"
        }
        if let name = composedName(of: path) {
            return "there is '\(name)', whose name is written with other code points"
        }
        var parts: [String] = []
        if !PathName.isAbsolute(path) { parts.append("looked at \(absolute)") }
        if !PathName.isAbsolute(path), !isManifest { parts.append("paths start from the manifest's directory") }
        if let near { parts.append("did you mean '\(near)'?") }
        if slashed != nil { parts.append("a backslash does not separate folders here") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    /// A file beside it, or in the working directory, with nearly the same name.
    private var near: String? {
        let name = PathName.baseName(of: path)
        let folder = String(decoding: path.utf8.dropLast(name.utf8.count), as: UTF8.self)
        let place = RealPath.join(directory, folder.isEmpty ? "." : folder)
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []).sorted()
        if let same = names.first(where: { $0.lowercased() == name.lowercased() && !$0.isExactly(name) }) {
            return folder + same
        }
        if let near = NearestName.suggestion(for: name, among: names) { return folder + near }
        // The same name with another ending.
        let stem = PathName.stem(of: name)
        return names.first { PathName.stem(of: $0) == stem && !$0.isExactly(name) }.map { folder + $0 }
    }
}
