public import Foundation
public import JSON

/// A version of a model with the schema of its input and output.
public struct ModelVersion: Hashable, Identifiable, Sendable {
    /// 64 hexadecimal digits, mostly; never assume a pattern.
    public var id: String
    public var createdAt: Date?
    public var cogVersion: String?
    /// The OpenAPI document that describes what the version takes and gives.
    public var openAPISchema: JSONValue?

    public init(id: String, createdAt: Date? = nil, cogVersion: String? = nil, openAPISchema: JSONValue? = nil) {
        self.id = id
        self.createdAt = createdAt
        self.cogVersion = cogVersion
        self.openAPISchema = openAPISchema
    }
}

extension ModelVersion: APIResource {
    public static var resourceName: String { "model version" }

    public init(json: JSONValue) throws(ResourceDecodingError) {
        let reader = try ResourceReader(json, as: Self.resourceName)
        self.init(
            id: try reader.requiredString("id"),
            createdAt: reader.date("created_at"),
            cogVersion: reader.string("cog_version"),
            openAPISchema: reader.value("openapi_schema")
        )
    }

    public var json: JSONValue {
        var members: [String: JSONValue] = ["id": .string(id), "openapi_schema": openAPISchema ?? .null]
        members.set("created_at", createdAt)
        members.set("cog_version", cogVersion)
        return .object(members)
    }
}
