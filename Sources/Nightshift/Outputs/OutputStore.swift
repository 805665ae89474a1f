import JSON
package import NightshiftCore
package import Replicate
import ReplicateAPI

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Puts the outputs of predictions into a directory, each whole, verified and durable when ``store(_:at:)`` returns.
package struct OutputStore: Sendable {
    let writer: FileWriter
    private let downloader: Downloader

    /// - Parameters:
    ///   - directory: made when the first output is stored.
    ///   - transport: how files are fetched; it must not follow redirects by itself.
    package init(directory: String, transport: any Transport, settings: DownloadSettings = DownloadSettings()) {
        writer = FileWriter(directory: OutputDirectory(path: directory), directorySync: DirectorySync())
        downloader = Downloader(transport: transport, settings: settings, writer: writer)
    }

    /// Stores one output. Storing it again replaces the file as a whole.
    /// - Parameter relativePath: where, inside the directory; folders are made as needed.
    package func store(
        _ output: PlannedOutput, at relativePath: String
    ) async throws(FetchFailure) -> StoredOutput {
        switch output.content {
        case .file(let url):
            return try await downloader.download(url, index: output.index, to: relativePath)
        case .dataURI(let text):
            return try await writer.write(index: output.index, at: relativePath) { () throws(FetchFailure) in
                guard let content = DataURI(text) else {
                    throw .corrupt("the data URI for '\(relativePath)' cannot be decoded")
                }
                let mediaType = content.mediaType ?? MediaType.ofFile(named: relativePath)
                return FileWriter.Content(bytes: content.bytes, mediaType: mediaType)
            }
        case .text(let text):
            return try await writer.write(index: output.index, at: relativePath) {
                FileWriter.Content(bytes: Array(text.utf8), mediaType: "text/plain")
            }
        case .json(let value):
            return try await writer.write(index: output.index, at: relativePath) {
                FileWriter.Content(bytes: value.jsonBytes(indented: true) + [0x0A], mediaType: "application/json")
            }
        }
    }

    /// Removes what crashes and given-up downloads have left; only while nothing is being stored.
    package func removePartialFiles() async {
        let directory = writer.directory
        await DiskThreads.run { directory.removePartialFiles() }
    }
}
