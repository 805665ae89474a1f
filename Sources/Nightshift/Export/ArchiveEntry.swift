import LosslessJSON
import NightshiftCore

/// A file of an archive: one of the outputs, or what is known of an item. Where it is not known yet whether the archive has to be
/// written, it is put down as a line.
struct ArchiveEntry {
    private enum Content {
        case file(path: String, sha256: String)
        case json([UInt8])
    }

    let name: String
    let size: Int64
    private let content: Content

    init(file: ExportItem.File, name: String) {
        self.name = name
        size = file.size
        content = .file(path: file.path, sha256: file.sha256)
    }

    init(json: JSONValue, name: String) {
        self.name = name
        let bytes = json.jsonBytes()
        size = Int64(bytes.count)
        content = .json(bytes)
    }

    /// What tells it from every other entry, without the content of its file.
    var identity: [UInt8] {
        let head = Array("\(name)\0\(size)\0".utf8)
        return switch content {
        case .file(_, let sha256): head + Array(sha256.utf8)
        case .json(let bytes): head + bytes
        }
    }

    // MARK: - Lines

    var line: [UInt8] {
        var members: [String: JSONValue] = ["name": .string(name), "size": .number(JSONNumber(Int(size)))]
        switch content {
        case .file(let path, let sha256): (members["path"], members["sha256"]) = (.string(path), .string(sha256))
        case .json(let bytes): members["json"] = .string(String(decoding: bytes, as: UTF8.self))
        }
        return JSONValue.object(members).jsonBytes()
    }

    init(line: [UInt8]) throws {
        let json = try JSONValue(parsing: line)
        name = json["name"]?.stringValue ?? ""
        size = Int64(json["size"]?.intValue ?? 0)
        if let text = json["json"]?.stringValue {
            content = .json(Array(text.utf8))
        } else {
            content = .file(path: json["path"]?.stringValue ?? "", sha256: json["sha256"]?.stringValue ?? "")
        }
    }

    // MARK: - Archives

    func write(to archive: inout TarWriter, from outputs: OutputDirectory) throws {
        switch content {
        case .json(let bytes): try archive.add(name, bytes)
        case .file(let path, _):
            guard let (file, found) = try? OutputReader.open(path, in: outputs.path), found == size else {
                throw ExportError(message: "'\(outputs.path)/\(path)' was changed while it was exported; export again")
            }
            try archive.add(name, from: file, size: size, path: "\(outputs.path)/\(path)")
        }
    }
}

extension TarWriter {
    mutating func add(_ entry: ArchiveEntry, from outputs: OutputDirectory) throws {
        try entry.write(to: &self, from: outputs)
    }
}
