public import LosslessJSON

/// An answer of the API as it came, for ``Client/request(_:_:query:body:headers:isIdempotent:)``.
public struct RawResponse: Sendable, Hashable {
    /// The status, always from 200 to 299: all others are thrown.
    public var status: Int
    /// The header fields of the answer.
    public var headers: HeaderFields
    /// The body; empty where the API sends none.
    public var body: [UInt8]

    /// Makes the value, for tests of code that takes it.
    public init(status: Int, headers: HeaderFields = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The body as text; damaged UTF-8 is replaced.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON; null if there is none.
    ///
    /// - Throws: ``ReplicateError`` with the code `unexpectedAnswer` if it is no JSON.
    public var json: JSONValue {
        get throws(ReplicateError) {
            guard !body.isEmpty else { return .null }
            do throws(JSONParsingError) {
                return try JSONValue(parsing: body)
            } catch {
                throw ReplicateError(.unexpectedAnswer, "the answer is not JSON: \(error)", delivery: .unknown)
            }
        }
    }

    /// The body as a value of any decodable type.
    ///
    /// - Throws: ``ReplicateError`` with the code `unexpectedAnswer` if it is of another form.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws(ReplicateError) -> Value {
        try Value(decoding: json, by: JSONValueDecoder(), from: "the answer")
    }
}

extension Decodable {
    /// Reads JSON, and tells in one sentence what did not fit and where.
    init(decoding json: JSONValue, by decoder: JSONValueDecoder, from what: String) throws(ReplicateError) {
        do {
            self = try decoder.decode(from: json)
        } catch {
            throw ReplicateError(
                .unexpectedAnswer, "\(what) cannot be read as \(Self.self): \(Self.explain(error))", delivery: .unknown)
        }
    }

    private static func explain(_ error: any Error) -> String {
        let context: DecodingError.Context? =
            switch error as? DecodingError {
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): context
            case .keyNotFound(_, let context): context
            default: nil
            }
        guard let context else { return "\(error)" }
        let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        return path.isEmpty ? context.debugDescription : "\(path): \(context.debugDescription)"
    }
}
