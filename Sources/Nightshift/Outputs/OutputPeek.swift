/// Looks at many outputs at once, for lists of them. What cannot be reached without a link is not there.
package struct OutputPeek: Sendable {
    private let directory: String

    package init(directory: String) {
        self.directory = directory
    }

    /// Those of the paths where a file is.
    package func present(among paths: [String]) async -> Set<String> {
        await DiskThreads.run {
            let outputs = OutputDirectory(path: directory)
            return Set(
                paths.filter { path in
                    OutputPath.isInside(path) && outputs.leadsThroughNoLink(path)
                        && (try? FileSystemCalls.status(of: "\(directory)/\(path)")) != nil
                })
        }
    }

    /// The first bytes of plain files, by their paths.
    package func heads(of paths: [String], count: Int) async -> [String: [UInt8]] {
        await DiskThreads.run {
            var heads: [String: [UInt8]] = [:]
            for path in paths {
                guard let (file, _) = try? OutputReader.open(path, in: directory),
                    let bytes = try? FileSystemCalls.read(count, at: 0, from: file, path: path)
                else { continue }
                heads[path] = bytes
            }
            return heads
        }
    }
}
