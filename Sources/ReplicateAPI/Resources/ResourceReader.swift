import Foundation
import LosslessJSON

/// Takes the fields of one object out of its JSON.
struct ResourceReader {
    let resource: String
    let members: [String: JSONValue]

    init(_ json: JSONValue, as resource: String) throws(ResourceDecodingError) {
        guard case .object(let members) = json else {
            throw ResourceDecodingError(
                resource: resource, field: nil, expected: "an object", found: json.typeName
            )
        }
        self.resource = resource
        self.members = members
    }

    /// A field the object is useless without.
    func requiredString(_ key: String) throws(ResourceDecodingError) -> String {
        guard case .string(let text) = members[key] else {
            throw ResourceDecodingError(
                resource: resource, field: key, expected: "a string", found: members[key]?.typeName ?? "missing"
            )
        }
        return text
    }

    func string(_ key: String) -> String? {
        if case .string(let text) = members[key] { text } else { nil }
    }

    func bool(_ key: String) -> Bool? {
        members[key]?.boolValue
    }

    func int(_ key: String) -> Int? {
        members[key]?.intValue
    }

    func date(_ key: String) -> Date? {
        string(key).flatMap(APITime.parse)
    }

    func object(_ key: String) -> [String: JSONValue]? {
        if case .object(let members) = members[key] { members } else { nil }
    }

    /// A field as it is, with null taken for missing.
    func value(_ key: String) -> JSONValue? {
        guard let value = members[key] else { return nil }
        if case .null = value { return nil }
        return value
    }

    /// Why a run failed. Some that succeeded say an empty text; what is no text is kept as JSON.
    var errorText: String? {
        guard let text = value("error").map({ $0.stringValue ?? $0.jsonString() }), !text.isEmpty else { return nil }
        return text
    }

    /// A nested object that may be absent; one that cannot be read is taken for absent too, so that an odd example
    /// or account inside an answer does not make the whole answer unreadable.
    func resource<Resource: APIResource>(_ key: String) -> Resource? {
        guard let json = value(key) else { return nil }
        return try? Resource(json: json)
    }
}

extension [String: JSONValue] {
    /// Sets the key if there is a value and leaves it out otherwise.
    mutating func set(_ key: String, _ text: String?) {
        if let text { self[key] = .string(text) }
    }

    mutating func set(_ key: String, _ date: Date?) {
        if let date { self[key] = .string(APITime.format(date)) }
    }
}
