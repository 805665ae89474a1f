public import JSON

/// A model that the embedded server runs.
public protocol ServedModel: Sendable {
    var owner: String { get }
    var name: String { get }
    var summary: String { get }
    /// Whether it runs by its name alone.
    var isOfficial: Bool { get }
    /// The OpenAPI document of its one version.
    var openAPISchema: JSONValue { get }

    /// Runs one prediction; its task is cancelled when the prediction is.
    /// - Throws: ``ModelFailure`` with the text that the prediction fails with.
    func run(_ input: JSONValue, _ context: ModelContext) async throws -> ModelResult
}

/// What a model is told besides its input.
public struct ModelContext: Sendable {
    public let predictionID: String
    /// Where the server can be reached, for inputs that lie on it.
    public let baseURL: String

    /// The address that a file of this prediction will have, to be put into its output.
    public func address(ofFile name: String) -> String {
        "\(baseURL)/delivery/\(predictionID)/\(name)"
    }
}

/// What a prediction put out.
public struct ModelResult: Sendable {
    public var output: JSONValue
    /// Files by their names, as ``ModelContext/address(ofFile:)`` spells them.
    public var files: [String: ServedFile]
    public var logs: String

    public init(output: JSONValue, files: [String: ServedFile] = [:], logs: String = "") {
        self.output = output
        self.files = files
        self.logs = logs
    }
}

/// A file that can be downloaded.
public struct ServedFile: Sendable {
    public enum Content: Sendable {
        case bytes([UInt8])
        /// So many bytes that follow from the seed, made when they are asked for.
        case pattern(seed: UInt64, count: Int)
    }

    public var content: Content
    public var mediaType: String

    public init(_ content: Content, mediaType: String) {
        self.content = content
        self.mediaType = mediaType
    }

    package var bytes: [UInt8] {
        switch content {
        case .bytes(let bytes): return bytes
        case .pattern(let seed, let count):
            var state = seed
            var bytes: [UInt8] = []
            bytes.reserveCapacity(count + 8)
            while bytes.count < count {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                withUnsafeBytes(of: state.littleEndian) { bytes.append(contentsOf: $0) }
            }
            bytes.removeLast(bytes.count - count)
            return bytes
        }
    }
}

/// A prediction fails with this text.
public struct ModelFailure: Error, Hashable, Sendable {
    public var message: String

    public init(_ message: String) {
        self.message = message
    }
}

extension ServedModel {
    /// `owner/name`.
    public var id: String { "\(owner)/\(name)" }

    /// The id of its one version: 64 hex digits that follow from the name.
    public var versionID: String { Digest.sha256("version of \(id)".utf8) }
}

/// Makes the OpenAPI documents of the built-in models.
enum SchemaMaker {
    static func document(inputs: [(name: String, schema: JSONValue)], required: [String], output: JSONValue)
        -> JSONValue
    {
        var properties: [String: JSONValue] = [:]
        for (index, input) in inputs.enumerated() {
            var members = input.schema.objectValue ?? [:]
            members["x-order"] = .number(JSONNumber(index))
            members["title"] = .string(input.name.prefix(1).uppercased() + input.name.dropFirst())
            properties[input.name] = .object(members)
        }
        return [
            "openapi": "3.0.2", "info": ["title": "Cog", "version": "0.1.0"], "paths": [:],
            "components": [
                "schemas": [
                    "Input": [
                        "type": "object", "title": "Input", "required": .array(required.map(JSONValue.string)),
                        "properties": .object(properties),
                    ],
                    "Output": output,
                ]
            ],
        ]
    }
}
