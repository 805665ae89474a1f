public import Foundation
public import LosslessJSON

/// A file uploaded for use as an input; it vanishes at ``expiresAt``, about a day after the upload.
public struct APIFile: Hashable, Identifiable, Sendable {
    public var id: String
    /// The name it was uploaded under.
    public var name: String?
    /// The media type it was uploaded with.
    public var contentType: String?
    /// In bytes.
    public var size: Int?
    /// The MD5 of the content in hexadecimal.
    public var etag: String?
    /// The SHA-256 of the content in hexadecimal.
    public var sha256: String?
    /// The MD5 of the content in hexadecimal.
    public var md5: String?
    /// What was kept with it.
    public var metadata: [String: JSONValue]
    /// When it was uploaded.
    public var createdAt: Date?
    /// When the API removes it.
    public var expiresAt: Date?
    /// The address to put into an input. Reading it needs the token.
    public var url: String

    /// Makes the value; a client reads it from answers.
    public init(
        id: String,
        name: String? = nil,
        contentType: String? = nil,
        size: Int? = nil,
        etag: String? = nil,
        sha256: String? = nil,
        md5: String? = nil,
        metadata: [String: JSONValue] = [:],
        createdAt: Date? = nil,
        expiresAt: Date? = nil,
        url: String
    ) {
        self.id = id
        self.name = name
        self.contentType = contentType
        self.size = size
        self.etag = etag
        self.sha256 = sha256
        self.md5 = md5
        self.metadata = metadata
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.url = url
    }
}

extension APIFile: APIResource {
    public static var resourceName: String { "file" }

    public init(json: JSONValue) throws(ResourceDecodingError) {
        let reader = try ResourceReader(json, as: Self.resourceName)
        let urls = try ResourceReader(reader.members["urls"] ?? .null, as: "urls of the file")
        let checksums = reader.object("checksums")
        self.init(
            id: try reader.requiredString("id"),
            name: reader.string("name"),
            contentType: reader.string("content_type"),
            size: reader.int("size"),
            etag: reader.string("etag"),
            sha256: checksums?["sha256"]?.stringValue,
            md5: checksums?["md5"]?.stringValue,
            metadata: reader.object("metadata") ?? [:],
            createdAt: reader.date("created_at"),
            expiresAt: reader.date("expires_at"),
            url: try urls.requiredString("get")
        )
    }

    public var json: JSONValue {
        var checksums: [String: JSONValue] = [:]
        checksums.set("sha256", sha256)
        checksums.set("md5", md5)
        var members: [String: JSONValue] = [
            "id": .string(id),
            "checksums": .object(checksums),
            "metadata": .object(metadata),
            "urls": ["get": .string(url)],
        ]
        members.set("name", name)
        members.set("content_type", contentType)
        if let size { members["size"] = .number(JSONNumber(size)) }
        members.set("etag", etag)
        members.set("created_at", createdAt)
        members.set("expires_at", expiresAt)
        return .object(members)
    }
}
