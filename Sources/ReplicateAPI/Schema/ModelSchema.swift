public import LosslessJSON

/// What a model version takes and gives, read from its OpenAPI document ("Input schema as found in real versions").
public struct ModelSchema: Hashable, Sendable {
    /// The inputs in the model's own order.
    public let inputs: [InputField]
    let document: SchemaDocument
    let inputSchema: [String: JSONValue]
    let outputSchema: JSONValue

    /// Reads a version's `openapi_schema`. What it does not say is not checked.
    public init(openAPI: JSONValue) {
        let document = SchemaDocument(root: openAPI)
        self.document = document
        let schemas = openAPI["components"]?["schemas"]
        outputSchema = schemas?["Output"] ?? .null
        let input = schemas?["Input"].map { document.merged($0) } ?? [:]
        inputSchema = input
        let required = Set((input["required"]?.arrayValue ?? []).compactMap(\.stringValue))
        let fields = (input["properties"]?.objectValue ?? [:]).map { name, schema in
            InputField(name: name, schema: schema, isRequired: required.contains(name), in: document)
        }
        inputs = fields.sorted { ($0.order ?? .max, $0.name) < ($1.order ?? .max, $1.name) }
    }

    /// The keys of an input that the model does not know; the API passes over them.
    public func unknownInputs(in input: JSONValue) -> [String] {
        let known = Set(inputs.map(\.name))
        return (input.objectValue ?? [:]).keys.filter { !known.contains($0) }.sorted()
    }

    // MARK: - Output

    /// Whether the schema says what the output is like; an output of Python's `Any` has a title and nothing else.
    public var describesOutput: Bool {
        let merged = document.merged(outputSchema)
        return ["type", "items", "properties", "anyOf", "oneOf", "format"].contains { merged[$0] != nil }
    }

    /// The JSON type of the output, such as `string` or `array`, where the schema says one.
    public var outputType: String? {
        document.merged(outputSchema)["type"]?.stringValue
    }

    /// How the output is put out.
    public enum OutputKind: Hashable, Sendable {
        /// As a whole, at the end.
        case value
        /// As a list that grows while the model runs.
        case iterator
        /// As a growing list of texts that are one text in pieces, meant to be shown joined.
        case textInPieces
    }

    /// How the output is put out.
    public var outputKind: OutputKind {
        let merged = document.merged(outputSchema)
        guard merged["x-cog-array-type"]?.stringValue == "iterator" else { return .value }
        return merged["x-cog-array-display"]?.stringValue == "concatenate" ? .textInPieces : .iterator
    }

    /// Whether a list of texts is one text in pieces, meant to be shown joined.
    public var joinsOutput: Bool {
        outputKind == .textInPieces
    }

    /// The places of an output that hold files: only where the schema says `format: uri`, however a text begins.
    public func fileLocations(in value: JSONValue) -> [[JSONPathStep]] {
        var found: [[JSONPathStep]] = []
        collect(value, schema: outputSchema, at: [], into: &found)
        return found
    }

    private func collect(
        _ value: JSONValue, schema: JSONValue, at path: [JSONPathStep], into found: inout [[JSONPathStep]]
    ) {
        let merged = document.merged(schema, for: value)
        switch value {
        case .string where merged["format"]?.stringValue == "uri": found.append(path)
        case .array(let elements):
            // A single output of an iterator is shown as a list of one while it runs.
            let inner = merged["items"] ?? (merged["type"]?.stringValue == "string" ? schema : .null)
            for (index, element) in elements.enumerated() {
                collect(element, schema: inner, at: path + [.index(index)], into: &found)
            }
        case .object(let members):
            for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                guard let inner = merged["properties"]?[key] ?? merged["additionalProperties"] else { continue }
                collect(member, schema: inner, at: path + [.key(key)], into: &found)
            }
        default: break
        }
    }
}

/// A place of an output where the schema says file, and there is none.
package struct BrokenPromise: Hashable, Sendable {
    package var path: [JSONPathStep]
    /// No string: what is there instead.
    package var value: JSONValue
}

extension ModelSchema {
    /// Whether the output, by its schema, is a file or holds files.
    package var promisesFiles: Bool { promisesFiles(outputSchema, depth: 0) }

    private func promisesFiles(_ schema: JSONValue, depth: Int) -> Bool {
        guard depth < 8 else { return false }
        let merged = document.merged(schema)
        if merged["format"]?.stringValue == "uri" { return true }
        for parts in [merged["anyOf"], merged["oneOf"]].compactMap({ $0?.arrayValue }) where !parts.isEmpty {
            return parts.allSatisfy { promisesFiles($0, depth: depth + 1) }
        }
        let inner =
            (merged["properties"]?.objectValue ?? [:]).values
            + [merged["items"], merged["additionalProperties"]]
            .compactMap { $0 }
        return inner.contains { promisesFiles($0, depth: depth + 1) }
    }

    /// Where an output has something else than a string for a file: null, unless the schema allows it, or another value.
    package func brokenFilePromises(in value: JSONValue) -> [BrokenPromise] {
        var found: [BrokenPromise] = []
        collectBroken(value, schema: outputSchema, isRequired: true, at: [], into: &found)
        return found
    }

    private func collectBroken(
        _ value: JSONValue, schema: JSONValue, isRequired: Bool, at path: [JSONPathStep],
        into found: inout [BrokenPromise]
    ) {
        let merged = document.merged(schema, for: value)
        let isFile = merged["format"]?.stringValue == "uri"
        let mayBeNull = !isRequired || merged["nullable"]?.boolValue == true
        switch value {
        case .string: break
        case .null:
            if isFile, !mayBeNull { found.append(BrokenPromise(path: path, value: value)) }
        case .array(let elements):
            // A single output of an iterator is shown as a list of one while it runs.
            let inner = merged["items"] ?? (merged["type"]?.stringValue == "string" ? schema : .null)
            for (index, element) in elements.enumerated() {
                collectBroken(element, schema: inner, isRequired: true, at: path + [.index(index)], into: &found)
            }
        case .object(let members) where !isFile:
            let required = Set((merged["required"]?.arrayValue ?? []).compactMap(\.stringValue))
            for (key, inner) in (merged["properties"]?.objectValue ?? [:]).sorted(by: { $0.key < $1.key }) {
                guard members[key] != nil || required.contains(key) else { continue }
                collectBroken(
                    members[key] ?? .null, schema: inner, isRequired: required.contains(key), at: path + [.key(key)],
                    into: &found)
            }
        case .bool, .number, .object:
            if isFile { found.append(BrokenPromise(path: path, value: value)) }
        }
    }
}
