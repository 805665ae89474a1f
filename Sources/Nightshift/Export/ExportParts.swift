#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The names of files that an export writes and that are not whole yet. They are hidden, and say which job's they are, so that the
/// next export of it can remove what an interrupted one has left.
struct ExportParts: Sendable {
    let job: String

    private static let suffix = ".nightshift.part"

    private var prefix: String { ".\(job).nightshift-export-" }

    /// A new name, which nothing has.
    func name() -> String {
        "\(prefix)\(String(UInt64.random(in: .min ... .max), radix: 36))\(Self.suffix)"
    }

    /// Removes what an interrupted export has left; there must be no other one of the job in this directory.
    func removeLeftovers(in directory: OutputDirectory) {
        guard let folder = try? FileSystemCalls.openDirectory(directory.path), let stream = opendir(directory.path)
        else { return }
        defer { closedir(stream) }
        var leftovers: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasPrefix(prefix), name.hasSuffix(Self.suffix) { leftovers.append(name) }
        }
        for name in leftovers { FileSystemCalls.remove(name, in: folder) }
    }
}
