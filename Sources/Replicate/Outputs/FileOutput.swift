public import Foundation
import ReplicateAPI

/// One file that a model has put out; nothing is fetched before it is asked for.
///
/// The API removes output files about an hour after the prediction has ended.
///
/// API: "Files – Out of a prediction".
public struct FileOutput: Sendable {
    /// Where the file is: an address, or a data URI with the content itself.
    public let url: String
    private let session: Session

    init(url: String, session: Session) {
        self.url = url
        self.session = session
    }

    /// Whether a text is the address of a file, or a file itself.
    static func isFile(_ text: String) -> Bool {
        text.hasPrefix("https://") || DataURI.isDataURI(text)
            // A server on this machine has no certificate.
            || (text.hasPrefix("http://") && (try? WebLink.check(text, of: "a file")) != nil)
    }

    /// The name that the file has at the API, such as `out-0.png`: not unique, and never a path.
    public var name: String {
        if DataURI.isDataURI(url) {
            let type = DataURI.mediaType(of: url).flatMap(MediaType.fileExtension(for:))
            return "output.\(type ?? "bin")"
        }
        let last = URL(string: url)?.lastPathComponent ?? ""
        return last.isEmpty || last == "/" || last == "." || last == ".." ? "output" : last
    }

    /// The content as it arrives, in chunks. A connection that breaks is made again where it broke.
    ///
    /// - Parameter limit: the most bytes to take.
    public func bytes(upTo limit: Int = .max) -> FileBytes {
        FileBytes(url: url, limit: limit, session: session)
    }

    /// The whole content.
    ///
    /// - Parameter limit: the most bytes to take; 1 GB by default.
    /// - Throws: ``ReplicateError``, with the code `notFound` if the file was removed, `tooLarge` if it is larger
    ///   than the limit.
    public func data(upTo limit: Int = 1 << 30) async throws(ReplicateError) -> Data {
        var data = Data()
        var iterator = bytes(upTo: limit).makeAsyncIterator()
        while let chunk = try await iterator.next() { data.append(contentsOf: chunk) }
        return data
    }

    /// Writes the content to a file. The file appears when it is complete, and replaces one that is there.
    ///
    /// - Throws: ``ReplicateError``, with the code `notFound` if the file was removed, `unwritableFile` if it cannot be
    ///   written.
    public func save(to path: String) async throws(ReplicateError) {
        let writer = try AtomicFile(path: path)
        do throws(ReplicateError) {
            var iterator = bytes().makeAsyncIterator()
            while let chunk = try await iterator.next() { try await writer.write(chunk) }
            try await writer.finish()
        } catch {
            writer.discard()
            throw error
        }
    }

    /// Writes the content to a file, as ``save(to:)-(String)`` does.
    ///
    /// - Throws: what that call does, and `invalidArgument` if the URL is not one of a file.
    public func save(to file: URL) async throws(ReplicateError) {
        guard file.isFileURL else {
            throw ReplicateError(
                .invalidArgument, "a file can only be saved to a file: URL, not to one of '\(file.scheme ?? "")'")
        }
        try await save(to: file.path(percentEncoded: false))
    }
}

extension FileOutput: Hashable, Identifiable, CustomStringConvertible {
    /// The address.
    public var id: String { url }

    /// ``url`` as a URL; `nil` if it is none.
    public var location: URL? { URL(string: url) }

    /// Two files are the same if their addresses are.
    public static func == (left: FileOutput, right: FileOutput) -> Bool { left.url == right.url }

    /// Hashes the address.
    public func hash(into hasher: inout Hasher) { hasher.combine(url) }

    /// The address; of a data URI its beginning.
    public var description: String { url.utf8.count > 200 ? "\(url.prefix(80))…" : url }
}

extension FileOutput: Decodable {
    /// Takes its place in an output that is decoded by ``ModelOutput/decode(_:dates:keys:)`` or a ``TypedModel``.
    ///
    /// - Throws: `DecodingError` anywhere else, and for a text that is no address of a file.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let session = decoder.userInfo[.outputSession] as? Session else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription: "a file can only be read as part of a model's output"))
        }
        guard Self.isFile(text) else {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath,
                    debugDescription:
                        "'\(BoundedText.line(text, characters: 80))' is no file; expected an address or a data URI"))
        }
        self.init(url: text, session: session)
    }
}

extension CodingUserInfoKey {
    static let outputSession: CodingUserInfoKey = {
        guard let key = CodingUserInfoKey(rawValue: "replicate.output-session") else {
            preconditionFailure("a key of text is always valid")
        }
        return key
    }()
}

extension Client {
    /// A file that a model has put out, by its address; use it for addresses that were stored.
    public func file(at url: String) -> FileOutput {
        FileOutput(url: url, session: session)
    }
}
