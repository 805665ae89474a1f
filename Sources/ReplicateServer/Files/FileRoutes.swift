import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import LosslessJSON
import NIOCore
import ReplicateAPI

extension APIResponder {
    func createFile(_ request: Request) async throws -> Response {
        guard var parser = MultipartParser(contentType: request.headers[.contentType] ?? "") else {
            throw Problem.badRequest("Expected a multipart/form-data body with a part named content")
        }
        var form = FileForm()
        do {
            try await receive(request, &parser, into: &form)
        } catch is FileWriter.TooLarge {
            form.writer?.discard()
            throw Problem.fileTooLarge
        } catch let failure as MultipartParser.Failure {
            form.writer?.discard()
            throw Problem.badRequest("The multipart body is damaged: \(failure)")
        } catch {
            form.writer?.discard()
            throw error
        }
        guard let writer = form.writer else {
            throw Problem.validation([SchemaProblem(field: "", kind: "required", description: "content is required")])
        }
        do {
            let description = try form.description()
            let file = server.files.add(
                try writer.finish(), name: description.name, contentType: description.contentType,
                metadata: description.metadata)
            return .json(json(file, base(for: request)), status: .created)
        } catch {
            writer.discard()
            throw error
        }
    }

    private func receive(
        _ request: Request, _ parser: inout MultipartParser, into form: inout FileForm
    ) async throws {
        for try await chunk in request.body {
            for event in try parser.parse(chunk.readableBytesView) {
                try form.handle(event) { try server.files.makeWriter(limit: server.configuration.maximumFileSize) }
            }
        }
        guard parser.isFinished else { throw MultipartParser.Failure(description: "the last boundary is missing") }
    }

    func listFiles(_ request: Request) -> Response {
        let base = base(for: request)
        let files = server.files.all.map { json($0, base) }
        return .json(["next": nil, "previous": nil, "results": .array(files)])
    }

    func file(_ id: String, _ request: Request) throws(Problem) -> Response {
        guard let file = server.files.file(id) else { throw .fileNotFound }
        return .json(json(file, base(for: request)))
    }

    func deleteFile(_ id: String) throws(Problem) -> Response {
        guard server.files.delete(id) else { throw .fileNotFound }
        return Response(status: .noContent)
    }

    /// The bytes, for whoever has the token or a signed link.
    func downloadFile(_ id: String, _ request: Request, _ context: ServerContext) async throws -> Response {
        if !FileSignature.authorizes(request.uri.queryParameters, file: id, at: server.clock.now) {
            try authorize(request)
        }
        guard let file = server.files.file(id) else { throw Problem.fileNotFound }
        let content = OutputContent(
            source: .stored(file.stored), md5: file.stored.md5, contentType: file.contentType,
            modifiedAt: file.createdAt)
        return send(content, request, context, injectedFault: server.draw({ $0.download() }, otherwise: .good))
    }

    private func json(_ file: UploadedFile, _ base: String) -> JSONValue {
        [
            "id": .string(file.id), "name": .string(file.name), "content_type": .string(file.contentType),
            "size": .number(JSONNumber(file.stored.size)), "etag": .string(file.stored.md5),
            "checksums": ["sha256": .string(file.stored.sha256), "md5": .string(file.stored.md5)],
            "metadata": file.metadata, "created_at": .string(APITime.format(file.createdAt.date)),
            "expires_at": .string(APITime.format(file.expiresAt.date)),
            "urls": ["get": .string("\(base)/v1/files/\(PathSegment.encode(file.id))")],
        ]
    }
}

/// The parts of an upload, collected as they come.
private struct FileForm {
    private enum Field {
        case content
        case text(String)
        case other
    }

    private(set) var writer: FileWriter?
    private var texts: [String: [UInt8]] = [:]
    private var current = Field.other
    private var fileName: String?
    private var contentType: String?

    mutating func handle(_ event: MultipartParser.Event, _ makeWriter: () throws -> FileWriter) throws {
        switch event {
        case .part("content", let fileName, let contentType):
            writer?.discard()
            writer = try makeWriter()
            self.fileName = fileName
            self.contentType = contentType
            current = .content
        case .part(let name, _, _):
            current = ["filename", "type", "metadata"].contains(name) ? .text(name) : .other
        case .bytes(let bytes):
            switch current {
            case .content: try writer?.write(bytes)
            case .text(let name):
                texts[name, default: []] += bytes
                guard texts[name, default: []].count <= 65_536 else { throw FileWriter.TooLarge() }
            case .other: break
            }
        case .end: break
        }
    }

    func description() throws(Problem) -> (name: String, contentType: String, metadata: JSONValue) {
        let name = text("filename") ?? fileName ?? "file"
        guard name.utf8.count <= 255 else { throw .badRequest("The filename is longer than 255 bytes") }
        var metadata: JSONValue = [:]
        if let given = texts["metadata"], !given.isEmpty {
            guard let value = try? JSONValue(parsing: given), value.objectValue != nil else {
                throw .badRequest("metadata is not a JSON object")
            }
            metadata = value
        }
        return (name, text("type") ?? contentType ?? "application/octet-stream", metadata)
    }

    private func text(_ name: String) -> String? {
        guard let bytes = texts[name], !bytes.isEmpty else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The signature of a download link: HMAC-SHA256 over `{owner} {id} {expiry}`.
enum FileSignature {
    /// The Files signing secret of this server. It guards nothing but temporary files on this machine.
    static let secret = "nightshift-files-signing-secret"

    static func sign(owner: String, file: String, expiry: Int64) -> String {
        let message = "\(owner) \(file) \(expiry)"
        let code = HMAC<SHA256>.authenticationCode(
            for: Array(message.utf8), using: SymmetricKey(data: Array(secret.utf8)))
        return Data(code).base64EncodedString()
    }

    static func authorizes(
        _ query: Parameters, file: String, at now: ServerTime
    ) -> Bool {
        guard let owner = query["owner"], let expiry = query["expiry"].flatMap({ Int64($0) }),
            let signature = query["signature"], now.seconds < expiry
        else { return false }
        return signature == sign(owner: String(owner), file: file, expiry: expiry)
    }
}
