public import LosslessJSON
public import ReplicateAPI

/// What a model has put out, and ways to read it: as JSON, as text, as files, or as a type of yours.
///
/// ```swift
/// let output = try await client.run("black-forest-labs/flux-schnell", input: ["prompt": "a lighthouse"])
/// try await output.files.first?.save(to: "lighthouse.webp")
/// ```
///
/// API: "Files – Out of a prediction".
public struct ModelOutput: Sendable {
    /// What made the output: its id, input, logs, times and metrics.
    public let prediction: Prediction
    let session: Session

    /// The output as the API told it; null if there is none.
    public var json: JSONValue { prediction.output ?? .null }

    init(of prediction: Prediction, session: Session) {
        self.prediction = prediction
        self.session = session
    }

    /// The output as one text: a text as it is, and a list of texts joined, as language models give their words. `nil` for
    /// everything else.
    public var text: String? {
        switch json {
        case .string(let text): return text
        case .array(let elements):
            var joined = ""
            for element in elements {
                guard case .string(let piece) = element else { return nil }
                joined += piece
            }
            return joined
        case .null, .bool, .number, .object: return nil
        }
    }

    /// The output as a value of any decodable type, in which ``FileOutput`` stands for files.
    ///
    /// ```swift
    /// struct Upscaled: Decodable {
    ///     var image: FileOutput
    ///     var scale: Double
    /// }
    /// let upscaled: Upscaled = try output.decode(keys: .fromSnakeCase)
    /// ```
    ///
    /// - Parameters:
    ///   - type: what to make of it.
    ///   - dates: how dates are written.
    ///   - keys: how keys become names of properties.
    /// - Throws: ``ReplicateError`` with the code `unexpectedAnswer`, which says where the output does not fit the type; so does a
    ///   number that the type cannot hold.
    public func decode<Value: Decodable>(
        _ type: Value.Type = Value.self, dates: JSONValueDecoder.DateStrategy = .rfc3339,
        keys: JSONValueDecoder.KeyStrategy = .asWritten
    ) throws(ReplicateError) -> Value {
        var decoder = JSONValueDecoder()
        decoder.dates = dates
        decoder.keys = keys
        decoder.userInfo[.outputSession] = session
        return try Value(decoding: json, by: decoder, from: "the output")
    }

    /// The files of the output: every text in it, however deep, that is an `https` or `data` URL; in the order of lists,
    /// and by key in objects.
    ///
    /// A model whose text begins with `https:` is taken for a file here; ``files(by:)`` goes by the model's schema.
    public var files: [FileOutput] {
        var found: [FileOutput] = []
        collect(json, into: &found)
        return found
    }

    /// The files of the output by the model's schema: only where it says that a text is a file.
    public func files(by schema: ModelSchema) -> [FileOutput] {
        schema.fileLocations(in: json).compactMap { place in
            json.value(at: place)?.stringValue.map { FileOutput(url: $0, session: session) }
        }
    }

    private func collect(_ value: JSONValue, into files: inout [FileOutput]) {
        switch value {
        case .string(let text) where FileOutput.isFile(text): files.append(FileOutput(url: text, session: session))
        case .array(let elements): for element in elements { collect(element, into: &files) }
        case .object(let members):
            for (_, member) in members.sorted(by: { $0.key < $1.key }) { collect(member, into: &files) }
        case .null, .bool, .number, .string: break
        }
    }
}

extension ModelOutput: CustomStringConvertible {
    /// The text, or the JSON where there is none.
    public var description: String { text ?? json.description }
}
