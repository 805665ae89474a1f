/// A file of lines that appears under its name only when it is whole. Blocks on the disk.
final class LineFile {
    private let place: OutputDirectory.Place
    private let partName = OutputDirectory.Place.partName()
    private let file: Descriptor
    private var buffer: [UInt8] = []
    private var length: Int64 = 0

    private static let bufferSize = 256 * 1024

    init(_ name: String, in directory: OutputDirectory) throws(ExportError) {
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

    private func flush() throws(ExportError) {
        do {
            try FileSystemCalls.write(buffer, to: file, at: length, path: place.path)
        } catch {
            throw ExportError(error, doing: "write")
        }
        length += Int64(buffer.count)
        buffer.removeAll(keepingCapacity: true)
    }
}
