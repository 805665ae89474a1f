public import Foundation
public import LosslessJSON

/// A version of a model with the schema of its input and output.
public struct ModelVersion: Hashable, Identifiable, Sendable {
    /// 64 hexadecimal digits, mostly; never assume a pattern.
    public var id: String
    /// When it was made.
    public var createdAt: Date?
    /// The version of Cog it was built with.
    public var cogVersion: String?
    /// The OpenAPI document that describes what the version takes and gives.
    public var openAPISchema: JSONValue?

    /// Makes the value; a client reads it from answers.
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

extension ModelVersion {
    /// What the version takes and gives, read from its ``openAPISchema``.
    ///
    /// - Throws: ``SchemaError`` if there is no schema, or one that describes no input.
    public var schema: ModelSchema {
        get throws(SchemaError) {
            guard let openAPISchema else {
                throw SchemaError(description: "version \(id) has no schema; rows of some lists come without it")
            }
            guard let members = openAPISchema["components"]?["schemas"]?.objectValue,
                members["Input"]?.objectValue != nil
            else {
                throw SchemaError(
                    description: "the schema of version \(id) describes no input; expected components.schemas.Input")
            }
            return ModelSchema(openAPI: openAPISchema)
        }
    }
}

/// Why a version's schema cannot be read, as a sentence.
public struct SchemaError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What was wrong and what was expected.
    public let description: String
}
