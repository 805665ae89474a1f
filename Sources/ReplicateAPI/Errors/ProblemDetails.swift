public import LosslessJSON

/// The API's error body (`application/problem+json`). Every field may be missing.
public struct ProblemDetails: Hashable, Sendable {
    /// The kind of problem, in a few words.
    public var title: String?
    /// What was wrong, in a sentence or a list of lines.
    public var detail: String?
    /// The status of the answer.
    public var status: Int?
    /// A URI that names the kind of problem.
    public var type: String?
    /// A URI that names this very problem.
    public var instance: String?
    /// What is wrong with an input, field by field.
    public var invalidFields: [InvalidField]
    /// Seconds to wait, in answers to too many requests.
    public var retryAfter: Double?

    /// One field of an input that was refused.
    public struct InvalidField: Hashable, Sendable {
        /// The kind of mistake, such as `required`, `enum` or `number_lte`.
        public var type: String
        /// Where: empty for the top level, `input` for a missing key, `input.<name>` for a bad value.
        public var field: String
        /// What is wrong with it.
        public var description: String

        /// Makes the value; a client reads it from answers.
        public init(type: String, field: String, description: String) {
            self.type = type
            self.field = field
            self.description = description
        }
    }

    /// Makes the value; a client reads it from answers.
    public init(
        title: String? = nil, detail: String? = nil, status: Int? = nil, type: String? = nil, instance: String? = nil,
        invalidFields: [InvalidField] = [], retryAfter: Double? = nil
    ) {
        self.title = title
        self.detail = detail
        self.status = status
        self.type = type
        self.instance = instance
        self.invalidFields = invalidFields
        self.retryAfter = retryAfter
    }

    /// Reads an error body, or returns `nil` if it is no JSON object, as a gateway's HTML page is none.
    public init?(parsing bytes: some Sequence<UInt8>) {
        guard let json = try? JSONValue(parsing: bytes) else { return nil }
        self.init(json: json)
    }

    /// Reads an error body. A Cog server says `error` or gives `detail` as a list, which is kept as its JSON text.
    public init?(json: JSONValue) {
        guard let reader = try? ResourceReader(json, as: "problem") else { return nil }
        let detail = reader.value("detail") ?? reader.value("error")
        self.init(
            title: reader.string("title"),
            detail: detail.map { $0.stringValue ?? $0.jsonString() },
            status: reader.int("status"),
            type: reader.string("type"),
            instance: reader.string("instance"),
            invalidFields: (reader.members["invalid_fields"]?.arrayValue ?? []).map { field in
                InvalidField(
                    type: field["type"]?.stringValue ?? "",
                    field: field["field"]?.stringValue ?? "",
                    description: field["description"]?.stringValue ?? ""
                )
            },
            retryAfter: reader.members["retry_after"].flatMap { value in
                value.doubleValue ?? value.stringValue.flatMap(Double.init)
            }
        )
    }

    /// The problem as the API would send it.
    public var json: JSONValue {
        var members: [String: JSONValue] = [:]
        members.set("title", title)
        members.set("detail", detail)
        if let status { members["status"] = .number(JSONNumber(status)) }
        members.set("type", type)
        members.set("instance", instance)
        if !invalidFields.isEmpty {
            members["invalid_fields"] = .array(
                invalidFields.map {
                    ["type": .string($0.type), "field": .string($0.field), "description": .string($0.description)]
                }
            )
        }
        if let seconds = retryAfter.flatMap(JSONNumber.init(_:)) { members["retry_after"] = .number(seconds) }
        return .object(members)
    }

    /// The problem in one line for people: the fields that are wrong if it names any, else its own words.
    public var summary: String? {
        if !invalidFields.isEmpty {
            return
                invalidFields
                .map { $0.field.isEmpty ? $0.description : "\($0.field): \($0.description)" }
                .joined(separator: "; ")
        }
        let detail = detail?.split(whereSeparator: \.isNewline).joined(separator: " ")
        return switch (title, detail) {
        case (let title?, let detail?) where !detail.isEmpty: "\(title): \(detail)"
        case (let title?, _): title
        case (nil, let detail?) where !detail.isEmpty: detail
        default: nil
        }
    }
}

extension ProblemDetails {
    /// Creates a minute that the account is reduced to, if that is what the answer says: "reduced to 6 requests per
    /// minute", while little credit is left or no payment method is known.
    ///
    /// API: "Rate limits".
    public var reducedCreatesPerMinute: Int? {
        guard let detail, let range = detail.firstRange(of: "reduced to ") else { return nil }
        let rest = detail[range.upperBound...]
        let number = rest.prefix { $0.isNumber }
        guard let count = Int(number), (1...1_000_000).contains(count),
            rest.dropFirst(number.count).hasPrefix(" requests per minute")
        else { return nil }
        return count
    }
}
