/// Reads a file line by line, a part of it at a time. Blocks on the disk.
struct LineReader {
    private let path: String
    private let file: Descriptor
    private var rest: [UInt8] = []
    private var start = 0
    private var offset: Int64 = 0

    private static let step = 256 * 1024

    init(_ path: String) throws(SystemCallError) {
        self.path = path
        file = try FileSystemCalls.openForReading(path)
    }

    /// - Returns: the next line without its end; `nil` at the end of the file, and for a last line that has no end.
    mutating func next() throws(SystemCallError) -> [UInt8]? {
        var searched = start
        while true {
            if let end = rest[searched...].firstIndex(of: 0x0A) {
                defer { start = end + 1 }
                return Array(rest[start..<end])
            }
            rest.removeFirst(start)
            (start, searched) = (0, rest.count)
            let more = try FileSystemCalls.read(Self.step, at: offset, from: file, path: path)
            guard !more.isEmpty else { return nil }
            offset += Int64(more.count)
            rest += more
        }
    }
}
