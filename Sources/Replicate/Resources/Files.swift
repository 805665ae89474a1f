import Foundation
public import LosslessJSON
public import ReplicateAPI

/// The calls for files that are uploaded as inputs. The API keeps them for about a day.
///
/// API: "Trainings, collections, hardware, account, webhooks, files" and "Files".
public struct Files: Sendable {
    /// The largest file that the API takes, in bytes.
    public static let maximumSize = 100_000_000

    let session: Session

    /// Uploads a file from disk, by `POST /files`; it is read as it is sent, never as a whole.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - name: the name to give it; by default its own.
    ///   - contentType: its media type, which models may go by.
    ///   - metadata: what to keep with it.
    /// - Throws: ``ReplicateError``, with the code `unreadableFile` if it cannot be read, `tooLarge` if it has more than
    ///   ``maximumSize`` bytes; then nothing is sent.
    public func create(
        path: String, name: String? = nil, contentType: String = "application/octet-stream",
        metadata: [String: JSONValue] = [:]
    ) async throws(ReplicateError) -> APIFile {
        let size = try Self.size(ofFile: path)
        let name = name ?? path.split(separator: "/").last.map(String.init) ?? "file"
        let upload = Upload(name: name, contentType: contentType, metadata: metadata)
        return try await create(upload, content: .file(path: path, size: size))
    }

    /// Uploads bytes: `POST /files`.
    ///
    /// - Throws: ``ReplicateError``, with the code `tooLarge` if there are more than ``maximumSize`` bytes.
    public func create(
        bytes: [UInt8], name: String, contentType: String = "application/octet-stream",
        metadata: [String: JSONValue] = [:]
    ) async throws(ReplicateError) -> APIFile {
        let upload = Upload(name: name, contentType: contentType, metadata: metadata)
        return try await create(upload, content: .bytes(bytes))
    }

    /// The size of a file that can be sent, in bytes.
    static func size(ofFile path: String) throws(ReplicateError) -> Int {
        // The file itself, not the link to it.
        let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let attributes = try? FileManager.default.attributesOfItem(atPath: real)
        guard let size = attributes?[.size] as? Int else {
            throw ReplicateError(.unreadableFile, "there is no file '\(path)'; expected a file to send")
        }
        guard attributes?[.type] as? FileAttributeType == .typeRegular else {
            throw ReplicateError(.unreadableFile, "'\(path)' is not a regular file; expected a file to send")
        }
        guard FileManager.default.isReadableFile(atPath: real) else {
            throw ReplicateError(.unreadableFile, "'\(path)' may not be read by this process")
        }
        return size
    }

    private func create(
        _ upload: Upload, content: TransportRequestBody.Part
    ) async throws(ReplicateError) -> APIFile {
        guard content.length <= Self.maximumSize else {
            throw ReplicateError(
                .tooLarge,
                "'\(upload.name)' has \(content.length) bytes; the API takes files of up to \(Self.maximumSize) bytes. "
                    + "Put it on a web server and send its URL")
        }
        var call = Call("POST", "/files")
        call.headers["Content-Type"] = upload.formType
        call.body = .parts(upload.parts(content: content))
        // The API answers when the last byte has arrived: allow for a slow line, 100 kB a second at least.
        call.hold = .seconds(call.body.length / 100_000)
        return try await session.resource(call)
    }

    /// What is known of an uploaded file, without its content: `GET /files/{id}`.
    ///
    /// - Throws: ``ReplicateError``, with the code `notFound` if there is no such file, or no more.
    public func get(_ id: String) async throws(ReplicateError) -> APIFile {
        try await session.resource(Call("GET", "/files/\(try segment(id, "the id of a file"))"))
    }

    /// The account's files: `GET /files`.
    ///
    /// - Throws: ``ReplicateError``.
    public func list() async throws(ReplicateError) -> Page<APIFile> {
        try await session.resource(Call("GET", "/files"))
    }

    /// Removes a file: `DELETE /files/{id}`.
    ///
    /// - Throws: ``ReplicateError``, with the code `notFound` if there is no such file, or no more.
    public func delete(_ id: String) async throws(ReplicateError) {
        _ = try await session.bytes(Call("DELETE", "/files/\(try segment(id, "the id of a file"))"))
    }
}

/// The form that carries a file.
struct Upload {
    /// The API's limit for a name.
    private static let longestName = 255

    let name: String
    let contentType: String
    let metadata: [String: JSONValue]
    /// Random, so that no file can hold it by accident or by design.
    private let boundary = "nightshift-" + UUID().uuidString

    init(name: String, contentType: String, metadata: [String: JSONValue]) {
        self.name = name
        self.contentType = contentType
        self.metadata = metadata
    }

    var formType: String { "multipart/form-data; boundary=\(boundary)" }

    func parts(content: TransportRequestBody.Part) -> [TransportRequestBody.Part] {
        var head = ""
        if !metadata.isEmpty {
            head += "--\(boundary)\r\nContent-Disposition: form-data; name=\"metadata\"\r\n"
            head += "Content-Type: application/json\r\n\r\n\(JSONValue.object(metadata).jsonString())\r\n"
        }
        head += "--\(boundary)\r\nContent-Disposition: form-data; name=\"content\"; filename=\"\(quotedName)\"\r\n"
        head += "Content-Type: \(singleLine(contentType))\r\n\r\n"
        return [.bytes(Array(head.utf8)), content, .bytes(Array("\r\n--\(boundary)--\r\n".utf8))]
    }

    /// The name as browsers write it, shortened from the front so that its extension stays.
    private var quotedName: String {
        var short = Substring(name)
        while short.utf8.count > Self.longestName { short.removeFirst() }
        // By bytes, because a carriage return and a line feed are one character.
        var quoted: [UInt8] = []
        for byte in short.utf8 {
            switch byte {
            case UInt8(ascii: "\""): quoted += Array("%22".utf8)
            case 0x0D: quoted += Array("%0D".utf8)
            case 0x0A: quoted += Array("%0A".utf8)
            default: quoted.append(byte)
            }
        }
        return String(decoding: quoted, as: UTF8.self)
    }

    private func singleLine(_ text: String) -> String {
        text.filter { !$0.isNewline }
    }
}
