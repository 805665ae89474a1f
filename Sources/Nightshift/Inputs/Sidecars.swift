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

/// What lies beside a file under its name but for the extension: a text and a JSON object, which give its row more columns.
struct Sidecars {
    /// What the paths of the manifest start from.
    let directory: String
    let followsLinks: Bool

    private static let sizeLimit = 16 << 20
    private static let extensions = ["txt", "json"]

    /// Whether a file lies beside others, and is no row of its own.
    static func isOne(_ path: String) -> Bool {
        extensions.contains(PathName.fileExtension(of: PathName.baseName(of: path)))
    }

    /// The row of a file with what lies beside it.
    func row(of path: String) -> Result<Row, Diagnostic> {
        var row = Row.file(path)
        var members = row.members
        let name = PathName.baseName(of: path)
        let folder = String(decoding: path.utf8.dropLast(name.utf8.count), as: UTF8.self)
        let stem = folder + PathName.stem(of: name)
        do throws(Diagnostic) {
            if let text = try text(of: stem + ".txt") { members["text"] = .string(text) }
            for (member, value) in try object(of: stem + ".json") ?? [:] {
                guard members[member] == nil else {
                    let owner = member.isExactly("text") ? "'\(stem).txt' makes" : "the file itself has"
                    throw Diagnostic(
                        "the member '\(VisibleText.of(member))' is a column that \(owner) already",
                        at: SourceLocation(file: stem + ".json"), help: "give it another name")
                }
                members[member] = value
            }
        } catch {
            return .failure(error)
        }
        row.storage = .object(members)
        return .success(row)
    }

    private func text(of path: String) throws(Diagnostic) -> String? {
        guard let bytes = try bytes(of: path) else { return nil }
        guard var text = String(validating: bytes, as: UTF8.self)?.unicodeScalars[...] else {
            throw Diagnostic(
                "the text is not valid UTF-8", at: SourceLocation(file: path), help: "save the file as UTF-8")
        }
        // The line end at the end belongs to the file, not to the text.
        if text.last == "\n" { text = text.dropLast() }
        if text.last == "\r" { text = text.dropLast() }
        return String(text)
    }

    private func object(of path: String) throws(Diagnostic) -> [String: JSONValue]? {
        guard let bytes = try bytes(of: path) else { return nil }
        let value: JSONValue
        do throws(JSONParsingError) {
            value = try bytes.withUnsafeBufferPointer { (bytes) throws(JSONParsingError) in
                try JSONValue(parsing: bytes)
            }
        } catch {
            throw Diagnostic(
                "not valid JSON: \(error.message)",
                at: SourceLocation(file: path, line: error.line, column: error.column))
        }
        guard case .object(let members) = value else {
            throw Diagnostic(
                "expected an object, found \(value.shortDescription)", at: SourceLocation(file: path),
                help: "its members are the columns of the file beside it")
        }
        return members
    }

    /// - Returns: `nil` if there is no such file.
    private func bytes(of path: String) throws(Diagnostic) -> [UInt8]? {
        let full = RealPath.join(directory, path)
        var status = stat()
        guard lstat(full, &status) == 0 else { return nil }
        let place = SourceLocation(file: path)
        if status.st_mode & S_IFMT == S_IFLNK, !followsLinks {
            let folder = String(decoding: full.utf8.dropLast(PathName.baseName(of: full).utf8.count), as: UTF8.self)
            guard let real = RealPath.of(full), let base = RealPath.of(folder), RealPath.isInside(real, base) else {
                throw Diagnostic(
                    "the file is a symbolic link that leads out of its folder", at: place,
                    help: "allow such links beside the pattern with: links: follow")
            }
        }
        do throws(InputFileError) {
            let bytes = try InputFile(full).readAll(upTo: Self.sizeLimit + 1)
            guard bytes.count <= Self.sizeLimit else {
                throw InputFileError(reason: "it is larger than \(Self.sizeLimit >> 20) MB")
            }
            return bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        } catch {
            throw Diagnostic(error.message(doing: "read"), at: place)
        }
    }
}
