import NightshiftCore
package import Replicate
import ReplicateAPI

/// Puts the outputs of predictions into a directory, each whole, verified and durable when storing it returns.
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
    func store(_ output: PlannedOutput, at target: OutputTarget) async throws(FetchFailure) -> StoredOutput {
        switch output.content {
        case .file(let url):
            return try await downloader.download(url, to: target)
        case .dataURI(let text):
            return try await writer.write(at: target) { () throws(FetchFailure) in
                try Self.content(ofDataURI: text, named: target.path)
            }
        case .text(let text):
            return try await writer.write(at: target) {
                FileWriter.Content(bytes: Array(text.utf8), mediaType: "text/plain")
            }
        case .json(let value):
            return try await writer.write(at: target) {
                FileWriter.Content(bytes: value.jsonBytes(indented: true) + [0x0A], mediaType: "application/json")
            }
        }
    }

    private static func content(
        ofDataURI text: String, named path: String
    ) throws(FetchFailure) -> FileWriter.Content {
        guard let content = DataURI(text) else {
            throw .refused("the data URI for '\(path)' cannot be decoded; what the model put out is damaged")
        }
        guard !content.bytes.isEmpty else { throw .empty("the data URI for '\(path)' is an empty file") }
        do throws(OutputType.Mismatch) {
            let type = try OutputType(
                head: Array(content.bytes.prefix(ContentKind.headLength)), declared: content.mediaType, name: "")
            return FileWriter.Content(
                bytes: content.bytes, mediaType: type.mediaType, fileExtension: type.fileExtension)
        } catch {
            throw .refused("the data URI for '\(path)' is \(error.reason)")
        }
    }
}
