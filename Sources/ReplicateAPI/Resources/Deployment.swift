public import Foundation
public import LosslessJSON

/// A private endpoint for a model with hardware and a number of instances of its own.
public struct Deployment: Hashable, Sendable {
    /// The user or organization it belongs to.
    public var owner: String
    /// Unique among the owner's deployments.
    public var name: String
    /// What it runs now.
    public var currentRelease: DeploymentRelease?

    /// Makes the value; a client reads it from answers.
    public init(owner: String, name: String, currentRelease: DeploymentRelease? = nil) {
        self.owner = owner
        self.name = name
        self.currentRelease = currentRelease
    }
}

/// What a deployment runs at present.
public struct DeploymentRelease: Hashable, Sendable {
    /// Counts the releases from 1.
    public var number: Int?
    /// `owner/name` of the model.
    public var model: String
    /// The id of the version it runs.
    public var version: String
    /// When it was released.
    public var createdAt: Date?
    /// Who released it.
    public var createdBy: Account?
    /// The ``Hardware/sku`` of its machines.
    public var hardware: String?
    /// How many instances run all the time.
    public var minInstances: Int?
    /// How many instances run at most.
    public var maxInstances: Int?

    /// Makes the value; a client reads it from answers.
    public init(
        number: Int? = nil, model: String, version: String, createdAt: Date? = nil, createdBy: Account? = nil,
        hardware: String? = nil, minInstances: Int? = nil, maxInstances: Int? = nil
    ) {
        self.number = number
        self.model = model
        self.version = version
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.hardware = hardware
        self.minInstances = minInstances
        self.maxInstances = maxInstances
    }
}

extension Deployment: APIResource {
    public static var resourceName: String { "deployment" }

    public init(json: JSONValue) throws(ResourceDecodingError) {
        let reader = try ResourceReader(json, as: Self.resourceName)
        self.init(
            owner: try reader.requiredString("owner"),
            name: try reader.requiredString("name"),
            currentRelease: reader.resource("current_release")
        )
    }

    public var json: JSONValue {
        ["owner": .string(owner), "name": .string(name), "current_release": currentRelease?.json ?? .null]
    }
}

extension DeploymentRelease: APIResource {
    public static var resourceName: String { "release of the deployment" }

    public init(json: JSONValue) throws(ResourceDecodingError) {
        let reader = try ResourceReader(json, as: Self.resourceName)
        let configuration = reader.object("configuration")
        self.init(
            number: reader.int("number"),
            model: try reader.requiredString("model"),
            version: try reader.requiredString("version"),
            createdAt: reader.date("created_at"),
            createdBy: reader.resource("created_by"),
            hardware: configuration?["hardware"]?.stringValue,
            minInstances: configuration?["min_instances"]?.intValue,
            maxInstances: configuration?["max_instances"]?.intValue
        )
    }

    public var json: JSONValue {
        var configuration: [String: JSONValue] = [:]
        configuration.set("hardware", hardware)
        if let minInstances { configuration["min_instances"] = .number(JSONNumber(minInstances)) }
        if let maxInstances { configuration["max_instances"] = .number(JSONNumber(maxInstances)) }
        var members: [String: JSONValue] = [
            "model": .string(model), "version": .string(version), "configuration": .object(configuration),
        ]
        if let number { members["number"] = .number(JSONNumber(number)) }
        members.set("created_at", createdAt)
        members["created_by"] = createdBy?.json
        return .object(members)
    }
}
