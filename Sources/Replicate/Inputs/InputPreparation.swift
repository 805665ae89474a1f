import Crypto
import Foundation
import LosslessJSON
import ReplicateAPI

/// What makes two uploads the same: the media type travels with the file, and models go by it.
struct UploadKey: Hashable, Sendable {
    var sha256: String
    var contentType: String
}

/// Where an uploaded content lies, and until when.
struct UploadedInput: Sendable {
    var url: String
    var expiresAt: Date

    init(_ file: APIFile) {
        url = file.url
        // Without a word about it, the documented lifetime counts.
        expiresAt = file.expiresAt ?? Date(timeIntervalSinceNow: 24 * 3600)
    }
}

/// Turns an input with files into the JSON that is sent.
struct InputPreparation {
    /// A prediction may wait in a queue before its model fetches the file.
    private static let expiryMargin: TimeInterval = 3600

    let files: Files
    let strategy: FileEncodingStrategy
    private var inlined = 0

    init(files: Files, strategy: FileEncodingStrategy) {
        self.files = files
        self.strategy = strategy
    }

    /// The JSON of an input.
    ///
    /// All files are looked at before the first is uploaded, so that a name with a typo costs nothing.
    mutating func json(of input: InputValue) async throws(ReplicateError) -> JSONValue {
        try check(input, at: "input")
        let json = try await convert(input)
        guard json.objectValue != nil else {
            throw ReplicateError(
                .invalidArgument,
                "the input is of type \(json.typeName); expected an object with the model's inputs by name")
        }
        return json
    }

    private func check(_ value: InputValue, at place: String) throws(ReplicateError) {
        switch value {
        case .json: break
        case .array(let elements):
            for (index, element) in elements.enumerated() { try check(element, at: "\(place)[\(index)]") }
        case .object(let members):
            for (key, member) in members.sorted(by: { $0.key < $1.key }) { try check(member, at: "\(place).\(key)") }
        case .file(let file):
            do throws(ReplicateError) {
                if case .path(let path) = file.content { _ = try Files.size(ofFile: path) }
                if case .address(let address) = file.content, !Self.isFetchable(address) {
                    throw ReplicateError(
                        .invalidArgument,
                        "the URL of a file begins with '\(address.prefix { $0 != ":" })'; "
                            + "expected https, http or data")
                }
            } catch {
                throw ReplicateError(error.code, "\(place): \(error.message)")
            }
        }
    }

    private static func isFetchable(_ address: String) -> Bool {
        ["https", "http", "data"].contains(address.prefix { $0 != ":" }.lowercased())
    }

    private mutating func convert(_ value: InputValue) async throws(ReplicateError) -> JSONValue {
        switch value {
        case .json(let json): return json
        case .file(let file): return .string(try await text(for: file))
        case .array(let elements):
            var converted: [JSONValue] = []
            for element in elements { converted.append(try await convert(element)) }
            return .array(converted)
        case .object(let members):
            var converted: [String: JSONValue] = [:]
            // In order, so that the same input is always sent in the same way.
            for (key, member) in members.sorted(by: { $0.key < $1.key }) { converted[key] = try await convert(member) }
            return .object(converted)
        }
    }

    /// What stands for a file in the JSON: a data URI, or an address.
    private mutating func text(for file: InputFile) async throws(ReplicateError) -> String {
        let size: Int
        switch file.content {
        case .address(let address): return address
        case .bytes(let bytes): size = bytes.count
        case .path(let path): size = try Files.size(ofFile: path)
        }
        let isInline =
            switch strategy {
            case .dataURI: true
            case .upload: false
            case .automatic:
                size <= FileEncodingStrategy.inlineLimit && inlined + size <= FileEncodingStrategy.automaticTotalLimit
            }
        if !isInline {
            do throws(ReplicateError) {
                return try await upload(file)
            } catch {
                // The Files API may be down while predictions are made; the file then travels inside of the request.
                let fits = inlined + size <= FileEncodingStrategy.inlineTotalLimit
                guard strategy == .automatic, error.code == .serverFailure, fits else { throw error }
            }
        }
        inlined += size
        guard inlined <= FileEncodingStrategy.inlineTotalLimit else {
            throw ReplicateError(
                .tooLarge,
                "the files of the input have more than \(FileEncodingStrategy.inlineTotalLimit) bytes in sum, too many "
                    + "for data URIs; use the strategy upload or automatic")
        }
        return DataURI(mediaType: file.contentType, bytes: try await bytes(of: file)).text
    }

    private func bytes(of file: InputFile) async throws(ReplicateError) -> [UInt8] {
        switch file.content {
        case .bytes(let bytes): return bytes
        case .address: return []
        case .path(let path):
            let data = try await onDisk(path) { try Data(contentsOf: URL(fileURLWithPath: path)) }
            return [UInt8](data)
        }
    }

    // MARK: - Uploads

    private func upload(_ file: InputFile) async throws(ReplicateError) -> String {
        let key = UploadKey(sha256: try await digest(of: file), contentType: file.contentType)
        let uploaded = try await files.session.uploads.value(of: key, isUsable: Self.isUsable) {
            () async throws(ReplicateError) -> UploadedInput in
            switch file.content {
            case .bytes(let bytes):
                UploadedInput(
                    try await files.create(bytes: bytes, name: file.name, contentType: file.contentType))
            case .path(let path):
                UploadedInput(
                    try await files.create(path: path, name: file.name, contentType: file.contentType))
            case .address:
                throw ReplicateError(.invalidArgument, "a file on the web needs no upload")
            }
        }
        return uploaded.url
    }

    private static func isUsable(_ upload: UploadedInput) -> Bool {
        upload.expiresAt.timeIntervalSinceNow > expiryMargin
    }

    private func digest(of file: InputFile) async throws(ReplicateError) -> String {
        let digest: SHA256.Digest
        switch file.content {
        case .bytes(let bytes): digest = SHA256.hash(data: bytes)
        case .address(let address): digest = SHA256.hash(data: Array(address.utf8))
        case .path(let path):
            digest = try await onDisk(path) {
                let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
                defer { try? handle.close() }
                var hash = SHA256()
                while let piece = try handle.read(upToCount: 1 << 18), !piece.isEmpty { hash.update(data: piece) }
                return hash.finalize()
            }
        }
        return digest.hexText
    }

    private func onDisk<Value: Sendable>(
        _ path: String, _ body: @escaping @Sendable () throws -> Value
    ) async throws(ReplicateError) -> Value {
        do {
            return try await BlockingWork.run(body)
        } catch is CancellationError {
            throw ReplicateError(.canceled, "the call was canceled while '\(path)' was read")
        } catch {
            throw ReplicateError(.unreadableFile, "'\(path)' cannot be read: \(error.localizedDescription)")
        }
    }
}
