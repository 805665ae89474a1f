import NightshiftCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// A stored output that is open to be read in parts. It was reached through no symbolic link and is a plain file.
package struct OutputReader: Sendable {
    package let size: Int64
    private let file: Descriptor
    private let path: String

    init(_ relativePath: String, in directory: String) async throws {
        path = "\(directory)/\(relativePath)"
        (file, size) = try await DiskThreads.run { try Self.open(relativePath, in: directory) }
    }

    /// Up to `count` bytes from an offset; fewer at the end of the file.
    package func bytes(at offset: Int64, count: Int) async throws -> [UInt8] {
        try await DiskThreads.run { [file, path] in
            try FileSystemCalls.read(count, at: offset, from: file, path: path)
        }
    }

    /// Blocks on the disk.
    static func open(_ relativePath: String, in directory: String) throws -> (Descriptor, size: Int64) {
        let place = try OutputDirectory(path: directory).existingPlace(of: relativePath)
        let file = try FileSystemCalls.openPlain(place.name, in: place.folder, path: place.path)
        return (file, try FileSystemCalls.sizeOfPlainFile(file, path: place.path))
    }
}
