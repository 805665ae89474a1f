public import LosslessJSON

/// An object of the API: read from JSON without complaint about what it does not know, and written back.
///
/// As a `Codable` value it has the form that the API sends, so that what was stored can be read by other clients too.
public protocol APIResource: Sendable, Hashable, Codable {
    /// The word for the object in messages, such as "prediction".
    static var resourceName: String { get }

    /// Reads the object. Unknown keys are passed over, and what is optional may be missing, null or of another type.
    init(json: JSONValue) throws(ResourceDecodingError)

    /// The object as the API would send it.
    var json: JSONValue { get }
}

extension APIResource {
    /// Reads the object in the form that the API sends.
    ///
    /// - Throws: `DecodingError` if something that the object cannot be without is missing or of another type.
    public init(from decoder: any Decoder) throws {
        let json = try JSONValue(from: decoder)
        do throws(ResourceDecodingError) {
            try self.init(json: json)
        } catch {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "\(error)"))
        }
    }

    /// Writes the object in the form that the API sends.
    public func encode(to encoder: any Encoder) throws {
        try json.encode(to: encoder)
    }
}

/// Why an answer of the API could not be understood.
public struct ResourceDecodingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What should have been read, such as "prediction".
    public var resource: String
    /// The key that is wrong, or `nil` if the whole value is.
    public var field: String?
    /// What was expected there, such as "a string".
    public var expected: String
    /// What was found there, such as "null".
    public var found: String

    /// Makes an error; reading a resource throws those it makes.
    public init(resource: String, field: String?, expected: String, found: String) {
        self.resource = resource
        self.field = field
        self.expected = expected
        self.found = found
    }

    public var description: String {
        let place = field.map { "'\($0)' of the \(resource)" } ?? "the \(resource)"
        return "\(place) is \(found); expected \(expected)"
    }
}
