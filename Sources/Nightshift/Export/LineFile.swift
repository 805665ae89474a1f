/// A file that appears under its name only when it is whole, written line by line or in other pieces. Blocks on the disk.
final class LineFile {
    private let place: OutputDirectory.Place
    /// What it is called in its folder until it has its name.
    let partName: String
    private let file: Descriptor
    private var buffer: [UInt8] = []
    private var length: Int64 = 0

    private static let bufferSize = 256 * 1024

    /// Where the file is until it has its name.
    var partPath: String { "\(place.folderPath)/\(partName)" }

    /// - Parameter parts: names the file until it is whole, where it is one of an export.
    convenience init(
        _ name: String, in directory: OutputDirectory, parts: ExportParts? = nil
    ) throws(ExportError) {
        try self.init(name, in: directory, partName: parts?.name() ?? OutputDirectory.Place.partName())
    }

    /// - Parameter partName: what the file is called until it is whole.
    init(_ name: String, in directory: OutputDirectory, partName: String) throws(ExportError) {
        self.partName = partName
        do {
            place = try directory.place(of: name)
            file = try place.openForWriting(partName, truncating: true)
        } catch {
            throw ExportError(error, doing: "write")
        }
    }

    func append(_ line: [UInt8]) throws(ExportError) {
        buffer.append(contentsOf: line)
        buffer.append(0x0A)
        if buffer.count >= LineFile.bufferSize { try flush() }
    }

    /// Adds a text that has its own ends of lines.
    func append(text: String) throws(ExportError) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= LineFile.bufferSize { try flush() }
    }

    func append(bytes: [UInt8]) throws(ExportError) {
        buffer.append(contentsOf: bytes)
        if buffer.count >= LineFile.bufferSize { try flush() }
    }

    /// Adds the first bytes of an open file.
    func append(from source: Descriptor, count: Int64, path: String) throws(ExportError) {
        var offset: Int64 = 0
        while offset < count {
            let bytes: [UInt8]
            do throws(SystemCallError) {
                bytes = try FileSystemCalls.read(
                    Int(min(count - offset, Int64(LineFile.bufferSize))), at: offset, from: source, path: path)
            } catch {
                throw ExportError(error, doing: "read")
            }
            guard !bytes.isEmpty else {
                throw ExportError(message: "'\(path)' became shorter while it was exported; export again")
            }
            try append(bytes: bytes)
            offset += Int64(bytes.count)
        }
    }

    /// Puts the file under its name.
    func finish() throws(ExportError) {
        try flush()
        do {
            try FileSystemCalls.synchronize(file, path: place.path)
            try place.rename(partName)
            try FileSystemCalls.synchronize(place.folder, path: place.folderPath)
        } catch {
            throw ExportError(error, doing: "write")
        }
    }

    /// Removes what was written so far.
    func discard() {
        FileSystemCalls.remove(partName, in: place.folder)
    }

    /// Writes what was added so far; it can be read at ``partPath`` then.
    func flush() throws(ExportError) {
        do {
            try FileSystemCalls.write(buffer, to: file, at: length, path: place.path)
        } catch {
            throw ExportError(error, doing: "write")
        }
        length += Int64(buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }
}
