import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import ReplicateAPI
import Synchronization

extension Routes {
    private static let largestFile = 100 * 1024 * 1024
    private static let lifetime: TimeInterval = 24 * 3600

    func addFileRoutes(to api: RouterGroup<ServerContext>) {
        api.post("files") { request, _ in try await createFile(request) }
        api.get("files") { _, _ in
            let files = state.contents.withLock { $0.files.values.sorted { $0.number > $1.number } }
            return Answer.json(page(files.map(view), next: nil))
        }
        api.get("files/:id") { _, context in
            guard let file = file(context) else { return Self.fileNotFound }
            return Answer.json(view(file))
        }
        api.delete("files/:id") { _, context in
            let id = context.parameters.get("id") ?? ""
            let removed = state.contents.withLock { $0.files.removeValue(forKey: id) }
            return removed == nil ? Self.fileNotFound : Response(status: .noContent)
        }
        api.get("files/:id/download") { request, context in
            guard let file = file(context) else { return Self.fileNotFound }
            return Delivery.answer(file.bytes, type: file.contentType, to: request, cutAfter: nil)
        }
    }

    private static let fileNotFound = Answer.problem(.notFound, detail: "File not found")

    private func file(_ context: ServerContext) -> ServerState.UploadedFile? {
        let id = context.parameters.get("id") ?? ""
        let file = state.contents.withLock { $0.files[id] }
        guard let file, Date().timeIntervalSince(file.createdAt) < Self.lifetime else { return nil }
        return file
    }

    private func createFile(_ request: Request) async throws -> Response {
        guard let boundary = Multipart.boundary(of: request.headers[.contentType]) else {
            return Answer.problem(.badRequest, detail: "Expected multipart/form-data with a boundary")
        }
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: Self.largestFile + 65536)
        } catch {
            return Answer.problem(.contentTooLarge, detail: "File size exceeds the limit of 100 MB")
        }
        let parts = Multipart.parts(of: Array(body.readableBytesView), boundary: boundary)
        guard let content = parts.first(where: { $0.name == "content" }) else {
            return Answer.problem(.badRequest, detail: "Missing content")
        }
        guard content.bytes.count <= Self.largestFile else {
            return Answer.problem(.contentTooLarge, detail: "File size exceeds the limit of 100 MB")
        }
        func text(_ name: String) -> String? {
            parts.first { $0.name == name }.map { String(decoding: $0.bytes, as: UTF8.self) }
        }
        let metadata = text("metadata").flatMap { try? JSONValue(parsing: $0) } ?? [:]
        let file = state.contents.withLock { contents in
            let number = contents.files.count + 1
            let file = ServerState.UploadedFile(
                number: number, id: ServerState.identifier(number, &contents.random),
                name: text("filename") ?? content.filename ?? "file",
                contentType: text("type") ?? content.contentType ?? "application/octet-stream", metadata: metadata,
                bytes: content.bytes, createdAt: Date())
            contents.files[file.id] = file
            return file
        }
        return Answer.json(view(file), status: .created)
    }

    private func view(_ file: ServerState.UploadedFile) -> JSONValue {
        let md5 = Digest.md5(file.bytes)
        return [
            "id": .string(file.id), "name": .string(file.name), "content_type": .string(file.contentType),
            "size": .number(JSONNumber(file.bytes.count)), "etag": .string(md5),
            "checksums": ["md5": .string(md5), "sha256": .string(Digest.sha256(file.bytes))],
            "metadata": file.metadata, "created_at": .string(APITime.format(file.createdAt)),
            "expires_at": .string(APITime.format(file.createdAt.addingTimeInterval(Self.lifetime))),
            "urls": ["get": .string("\(baseURL)/v1/files/\(file.id)")],
        ]
    }
}

/// The parts of a multipart form.
enum Multipart {
    struct Part: Hashable {
        var name: String
        var filename: String?
        var contentType: String?
        var bytes: [UInt8]
    }

    static func boundary(of contentType: String?) -> String? {
        guard let contentType, contentType.lowercased().hasPrefix("multipart/form-data"),
            let range = contentType.range(of: "boundary=", options: .caseInsensitive)
        else { return nil }
        let value = contentType[range.upperBound...].prefix { $0 != ";" }
        let boundary = value.trimmingCharacters(in: CharacterSet(charactersIn: "\" "))
        return boundary.isEmpty ? nil : boundary
    }

    static func parts(of body: [UInt8], boundary: String) -> [Part] {
        let mark = Data("--\(boundary)".utf8)
        let separator = Data("\r\n\r\n".utf8)
        let data = Data(body)
        var parts: [Part] = []
        var position = data.startIndex
        while let start = data.range(of: mark, in: position..<data.endIndex) {
            let next = data.range(of: mark, in: start.upperBound..<data.endIndex)
            guard let next else { break }
            position = next.lowerBound
            guard let headEnd = data.range(of: separator, in: start.upperBound..<next.lowerBound) else { continue }
            let head = String(decoding: data[start.upperBound..<headEnd.lowerBound], as: UTF8.self)
            // The line break before the next boundary belongs to the boundary.
            let end = max(headEnd.upperBound, next.lowerBound - 2)
            guard let name = parameter("name", in: head) else { continue }
            let type = head.split(whereSeparator: \.isNewline)
                .first { $0.lowercased().hasPrefix("content-type:") }
                .map { $0.dropFirst("content-type:".count).trimmingCharacters(in: .whitespaces) }
            parts.append(
                Part(
                    name: name, filename: parameter("filename", in: head), contentType: type,
                    bytes: [UInt8](data[headEnd.upperBound..<end])))
        }
        return parts
    }

    private static func parameter(_ name: String, in head: String) -> String? {
        for mark in ["; \(name)=\"", ";\(name)=\""] {
            guard let start = head.range(of: mark, options: .caseInsensitive) else { continue }
            return String(head[start.upperBound...].prefix { $0 != "\"" })
        }
        return nil
    }
}
