public import LosslessJSON

/// A kind of machine that models and deployments can run on.
///
/// API: `GET /hardware`.
public struct Hardware: Hashable, Sendable {
    /// The name for people, such as "Nvidia T4 GPU".
    public var name: String
    /// The word to use in calls, such as `gpu-t4`.
    public var sku: String

    /// Makes the value; a client reads it from answers.
    public init(name: String, sku: String) {
        self.name = name
        self.sku = sku
    }
}

extension Hardware: APIResource {
    /// "hardware".
    public static var resourceName: String { "hardware" }

    /// Reads one element of the list.
    public init(json: JSONValue) throws(ResourceDecodingError) {
        let reader = try ResourceReader(json, as: Self.resourceName)
        self.init(name: reader.string("name") ?? "", sku: try reader.requiredString("sku"))
    }

    /// The hardware as the API would send it.
    public var json: JSONValue { ["name": .string(name), "sku": .string(sku)] }
}
