/// Compares files with what the store knows of them.
struct OutputVerifier: Sendable {
    /// What is wrong with a file.
    enum Fault: Hashable, Sendable {
        case missing
        case damaged(String)
        case unreadable(String)
    }

    let directory: String

    /// Files that are read at a time; the disk is not faster with more.
    static let width = 4

    /// Reads a file as a whole.
    /// - Returns: `nil` if it is as it was stored.
    func fault(of path: String, size: Int64, sha256: String) async -> Fault? {
        let full = "\(directory)/\(path)"
        return await DiskThreads.run {
            guard OutputDirectory(path: directory).leadsThroughNoLink(path) else {
                return .damaged("a link in its path leads elsewhere")
            }
            do throws(SystemCallError) {
                guard let found = try FileSystemCalls.size(of: full) else { return .missing }
                guard found == size else { return .damaged("it has \(found) bytes instead of \(size)") }
                return try Self.digest(of: full) == sha256 ? nil : .damaged("its content has changed")
            } catch {
                return .unreadable(error.message(doing: "read"))
            }
        }
    }

    static func digest(of path: String) throws(SystemCallError) -> String {
        let file = try FileSystemCalls.openForReading(path)
        var hasher = ContentHasher(withMD5: false)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = try FileSystemCalls.read(into: buffer, from: file, path: path)
            guard count > 0 else { return hasher.sha256Text }
            hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
