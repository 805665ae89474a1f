import Foundation
import LosslessJSON
import ReplicateAPI

/// The folder of one run of a command, and the files that go in and come out.
struct CommandFolder: Sendable {
    /// The whole, deleted when the prediction's data is removed.
    let path: String
    /// Where the command may write; files below it can become outputs.
    var work: String { "\(path)/work" }
    var standardInput: String { "\(path)/input.json" }
    var standardOutput: String { "\(path)/output.json" }
    var standardError: String { "\(path)/error.txt" }

    init(path: String) throws {
        self.path = path
        try FileManager.default.createDirectory(
            atPath: "\(path)/work", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    // MARK: - Input

    /// Puts the files that an input means into the folder, and their paths in their places. Those are data URIs and the
    /// files of this server; any other URL is the command's own business.
    func writeFiles(of input: JSONValue, find: (String) throws -> [UInt8]?) throws -> JSONValue {
        var count = 0
        func convert(_ value: JSONValue) throws -> JSONValue {
            switch value {
            case .string(let text):
                let content: [UInt8]?
                var name = "file"
                if let data = DataURI(text) {
                    content = data.bytes
                    name = "file.\(data.mediaType.flatMap(MediaType.fileExtension(for:)) ?? "bin")"
                } else {
                    content = try find(text)
                    name = text.split(separator: "/").last.map(Self.safeName) ?? name
                }
                guard let content else { return value }
                count += 1
                let path = "\(work)/input-\(count)-\(name)"
                try Data(content).write(to: URL(fileURLWithPath: path))
                return .string(path)
            case .array(let elements): return .array(try elements.map(convert))
            case .object(let members): return .object(try members.mapValues(convert))
            case .null, .bool, .number: return value
            }
        }
        return try convert(input)
    }

    private static func safeName(_ text: Substring) -> String {
        let kept = text.prefix(80).map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") ? $0 : "_" }
        return String(kept)
    }

    // MARK: - Output

    /// Finds the files that an output means: the paths of files in the work folder, absolute or from there.
    /// - Returns: the output with `url(index, name)` in the place of each file, and the files.
    func collectFiles(
        of output: JSONValue, url: (Int, String) -> String
    ) throws -> (output: JSONValue, files: [OutputFile]) {
        let root = URL(fileURLWithPath: work).resolvingSymlinksInPath().path
        var files: [OutputFile] = []
        func convert(_ value: JSONValue) throws -> JSONValue {
            switch value {
            case .string(let text):
                guard let path = Self.file(text, in: root) else { return value }
                let name = (path as NSString).lastPathComponent
                let type = MediaType.ofFile(named: name)
                files.append(OutputFile(name: name, contentType: type, content: .stored(try StoredFile(hashing: path))))
                return .string(url(files.count - 1, name))
            case .array(let elements): return .array(try elements.map(convert))
            case .object(let members): return .object(try members.mapValues(convert))
            case .null, .bool, .number: return value
            }
        }
        return (try convert(output), files)
    }

    /// The real path of a file, if the text names one that is inside a folder.
    private static func file(_ text: String, in root: String) -> String? {
        guard !text.isEmpty, text.utf8.count < 4096, !text.utf8.contains(0), !text.utf8.contains(0x0A) else {
            return nil
        }
        let path = URL(fileURLWithPath: text.hasPrefix("/") ? text : "\(root)/\(text)").resolvingSymlinksInPath().path
        var isDirectory: ObjCBool = false
        guard path.hasPrefix(root + "/"), FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory),
            !isDirectory.boolValue
        else { return nil }
        return path
    }

    // MARK: - Results

    private static let maximumOutput = 16 * 1024 * 1024

    func output() throws -> JSONValue {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: standardOutput))
        defer { try? handle.close() }
        let bytes = try handle.read(upToCount: Self.maximumOutput + 1) ?? Data()
        guard bytes.count <= Self.maximumOutput else {
            throw ChildProcess.Failure(description: "the command wrote more than 16 MB to standard output")
        }
        guard bytes.contains(where: { $0 > 0x20 }) else { return .null }
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw ChildProcess.Failure(description: "the command's output is not JSON: \(error)")
        }
    }

    /// The end of what was written to standard error.
    func errorText(upTo limit: Int) -> String {
        guard let handle = FileHandle(forReadingAtPath: standardError) else { return "" }
        defer { try? handle.close() }
        let size = (try? handle.seekToEnd()) ?? 0
        try? handle.seek(toOffset: size > UInt64(limit) ? size - UInt64(limit) : 0)
        return String(decoding: (try? handle.read(upToCount: limit)) ?? Data(), as: UTF8.self)
    }
}
