public import Foundation
import ReplicateAPI
import Synchronization

/// A file as part of a model's input: from disk, from memory or from the web.
///
/// It can stand anywhere in an ``InputValue``, and as a property of any `Encodable` type that is used as an input. How it
/// is sent is the choice of a ``FileEncodingStrategy``.
///
/// API: "Files – Into a prediction".
public struct InputFile: Hashable, Sendable {
    enum Content: Hashable, Sendable {
        case path(String)
        case bytes([UInt8])
        case address(String)
    }

    var content: Content
    /// The name that the API is told; models may go by its extension.
    public var name: String
    /// The media type that the API is told, such as `image/png`.
    public var contentType: String

    /// A file on disk. It is read when it is sent.
    ///
    /// - Parameters:
    ///   - path: absolute, or from the working directory of the process.
    ///   - name: by default the last part of the path.
    ///   - contentType: by default what the extension stands for.
    public static func path(_ path: String, name: String? = nil, contentType: String? = nil) -> InputFile {
        let name = name ?? path.split(separator: "/").last.map(String.init) ?? "file"
        return InputFile(
            content: .path(path), name: name, contentType: contentType ?? MediaType.ofFile(named: name))
    }

    /// Bytes in memory.
    ///
    /// - Parameters:
    ///   - data: the content.
    ///   - name: what to call them; its extension decides the media type unless that is given.
    ///   - contentType: by default what the extension of `name` stands for.
    public static func data(
        _ data: some Sequence<UInt8>, name: String = "file", contentType: String? = nil
    ) -> InputFile {
        InputFile(
            content: .bytes(Array(data)), name: name, contentType: contentType ?? MediaType.ofFile(named: name))
    }

    /// A file on the web, which the model fetches by itself; a `file:` URL is a file on disk.
    public static func url(_ url: URL) -> InputFile {
        if url.isFileURL { return .path(url.path(percentEncoded: false)) }
        let name = url.lastPathComponent
        return InputFile(
            content: .address(url.absoluteString), name: name, contentType: MediaType.ofFile(named: name))
    }
}

extension InputFile: Encodable {
    /// Takes its place in an input that is being encoded.
    ///
    /// - Throws: `EncodingError` anywhere else: a file is no JSON.
    public func encode(to encoder: any Encoder) throws {
        guard let collector = encoder.userInfo[.inputFiles] as? InputFileCollector else {
            throw EncodingError.invalidValue(
                self,
                .init(
                    codingPath: encoder.codingPath,
                    debugDescription: "a file can only be encoded as part of a model's input"))
        }
        var container = encoder.singleValueContainer()
        try container.encode(collector.placeholder(for: self))
    }
}

/// The files that an encoder met, and the texts that keep their places in the JSON.
final class InputFileCollector: Sendable {
    // Random, so that no text of an input can be taken for a file.
    private let prefix = "input-file-\(UUID().uuidString)-"
    private let files = Mutex<[InputFile]>([])

    func placeholder(for file: InputFile) -> String {
        files.withLock { files in
            files.append(file)
            return "\(prefix)\(files.count - 1)"
        }
    }

    func file(for text: String) -> InputFile? {
        guard text.hasPrefix(prefix), let index = Int(text.dropFirst(prefix.count)) else { return nil }
        return files.withLock { $0.indices.contains(index) ? $0[index] : nil }
    }

    var isEmpty: Bool { files.withLock { $0.isEmpty } }
}

extension CodingUserInfoKey {
    static let inputFiles: CodingUserInfoKey = {
        guard let key = CodingUserInfoKey(rawValue: "replicate.input-files") else {
            preconditionFailure("a key of text is always valid")
        }
        return key
    }()
}
