import Foundation
import JSON

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
                if let data = DataURIContent(text) {
                    content = data.bytes
                    name = "file.\(data.fileExtension)"
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
                let type = FileType.contentType(ofFile: name)
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

/// Bytes in a text: `data:image/png;base64,…`.
struct DataURIContent: Hashable, Sendable {
    var contentType: String
    var bytes: [UInt8]

    var fileExtension: String { FileType.fileExtension(for: contentType) }

    init?(_ text: String) {
        guard text.hasPrefix("data:"), let comma = text.utf8.prefix(256).firstIndex(of: UInt8(ascii: ",")) else {
            return nil
        }
        let head = text[text.index(text.startIndex, offsetBy: 5)..<comma]
        let payload = text[text.utf8.index(after: comma)...]
        contentType = String(head.prefix { $0 != ";" })
        if head.hasSuffix(";base64") {
            guard let data = Data(base64Encoded: String(payload)) else { return nil }
            bytes = [UInt8](data)
        } else {
            guard let plain = String(payload).removingPercentEncoding else { return nil }
            bytes = Array(plain.utf8)
        }
    }
}

/// The usual file name extensions of a few content types.
enum FileType {
    private static let types = [
        ("png", "image/png"), ("jpg", "image/jpeg"), ("jpeg", "image/jpeg"), ("webp", "image/webp"),
        ("gif", "image/gif"),
        ("svg", "image/svg+xml"), ("mp4", "video/mp4"), ("webm", "video/webm"), ("wav", "audio/wav"),
        ("mp3", "audio/mpeg"), ("flac", "audio/flac"), ("ogg", "audio/ogg"), ("txt", "text/plain"),
        ("csv", "text/csv"), ("html", "text/html"), ("json", "application/json"), ("pdf", "application/pdf"),
        ("zip", "application/zip"),
    ]

    static func contentType(ofFile name: String) -> String {
        let ending = name.split(separator: ".").last?.lowercased()
        return types.first { $0.0 == ending }?.1 ?? "application/octet-stream"
    }

    static func fileExtension(for contentType: String) -> String {
        types.first { $0.1 == contentType }?.0 ?? "bin"
    }
}
