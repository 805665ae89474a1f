public import Foundation
import LosslessJSON

/// What a dictionary of inputs is written with when it holds variables:
///
/// ```swift
/// try await client.run(model, input: ["image": .path("a.png"), "size": .object(["width": width])])
/// ```
extension Encodable where Self == InputValue {
    /// Null: a member that is `nil` is not sent.
    public static var null: InputValue { .json(.null) }

    /// A file on disk, as ``InputFile/path(_:name:contentType:)`` describes it.
    public static func path(_ path: String, contentType: String? = nil) -> InputValue {
        .file(.path(path, contentType: contentType))
    }

    /// Bytes in memory, as ``InputFile/data(_:name:contentType:)`` describes them.
    public static func data(
        _ data: some Sequence<UInt8>, name: String = "file", contentType: String? = nil
    ) -> InputValue {
        .file(.data(data, name: name, contentType: contentType))
    }

    /// A file on the web, which the model fetches by itself; a `file:` URL is a file on disk.
    public static func url(_ url: URL) -> InputValue {
        .file(.url(url))
    }

    /// An object whose members are of several types.
    ///
    /// - Throws: ``ReplicateError`` with the code `invalidArgument` if a member cannot be encoded, as infinities cannot.
    @_disfavoredOverload
    public static func object(_ members: [String: (any Encodable)?]) throws(ReplicateError) -> InputValue {
        try InputValue(members: members)
    }

    /// A list whose elements are of several types.
    ///
    /// - Throws: ``ReplicateError`` with the code `invalidArgument` if an element cannot be encoded, as infinities cannot.
    @_disfavoredOverload
    public static func array(_ elements: [(any Encodable)?]) throws(ReplicateError) -> InputValue {
        var values: [InputValue] = []
        for (index, element) in elements.enumerated() {
            values.append(
                try element.map { element throws(ReplicateError) in try InputValue(element, at: ["\(index)"]) } ?? .null
            )
        }
        return .array(values)
    }
}

extension InputValue {
    /// An object of values of any encodable types: ``InputFile``, `Data` and `file:` URLs become files, numbers keep their
    /// digits. A member that is `nil` is left out; `.null` sends null.
    ///
    /// - Throws: ``ReplicateError`` with the code `invalidArgument` if a member cannot be encoded, as infinities cannot.
    public init(members: [String: (any Encodable)?]) throws(ReplicateError) {
        try self.init(members: members, at: [])
    }

    init(members: [String: (any Encodable)?], at path: [String]) throws(ReplicateError) {
        var values: [String: InputValue] = [:]
        for (name, member) in members {
            // A variable that is `nil` may come as a value of its own optional type.
            guard let member, (member as? any OptionalValue)?.isNil != true else { continue }
            values[name] = try InputValue(member, at: path + [name])
        }
        self = .object(values)
    }

    fileprivate init(_ value: any Encodable, at path: [String]) throws(ReplicateError) {
        switch value {
        case let file as InputFile: self = .file(file)
        case let url as URL where url.isFileURL: self = .file(.url(url))
        default: try self.init(encoding: value, at: path)
        }
    }
}

extension InputValue: Encodable {
    /// Takes its place in an input that is being encoded.
    ///
    /// - Throws: `EncodingError` for a file anywhere else: it is no JSON.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .json(let json): try container.encode(json)
        case .file(let file): try container.encode(file)
        case .array(let elements): try container.encode(elements)
        case .object(let members): try container.encode(members)
        }
    }
}

/// What can be `nil`, behind an existential type.
private protocol OptionalValue {
    var isNil: Bool { get }
}

extension Optional: OptionalValue {
    fileprivate var isNil: Bool { self == nil }
}
