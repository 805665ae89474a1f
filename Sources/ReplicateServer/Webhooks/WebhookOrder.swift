import LosslessJSON
import ReplicateAPI

/// Where somebody wants to be told of a prediction or training, and of what.
struct WebhookSpec: Hashable, Sendable {
    var url: String
    var events: Set<WebhookEvent>
    /// The events as they were named; `nil` if they were not.
    var filter: [WebhookEvent]?

    /// Reads `webhook` and `webhook_events_filter` of a create; `nil` if it asks for no webhook.
    /// - Parameter problems: gets what is wrong with them.
    init?(_ body: JSONValue, problems: inout [SchemaProblem]) {
        let filter = Self.events(body["webhook_events_filter"] ?? .null, &problems)
        switch body["webhook"] ?? .null {
        case .null: return nil
        case .string(let url) where WebhookAddress.problem(with: url) == nil:
            self.url = url
            self.filter = filter
            // An empty list asks for as much as none.
            events = filter.flatMap { $0.isEmpty ? nil : Set($0) } ?? [.output, .completed]
        case .string:
            problems.append(
                SchemaProblem(
                    field: "webhook", kind: "format",
                    description: "webhook must be a URL with https, or with http to this machine"))
            return nil
        case let other:
            problems.append(Self.wrongType("webhook", "string", other))
            return nil
        }
    }

    private static func events(_ filter: JSONValue, _ problems: inout [SchemaProblem]) -> [WebhookEvent]? {
        if filter.isNull { return nil }
        guard let names = filter.arrayValue else {
            problems.append(wrongType("webhook_events_filter", "array", filter))
            return nil
        }
        var events: [WebhookEvent] = []
        for (index, name) in names.enumerated() {
            if let event = name.stringValue.flatMap(WebhookEvent.init) {
                events.append(event)
                continue
            }
            let field = "webhook_events_filter.\(index)"
            let known = WebhookEvent.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
            problems.append(
                SchemaProblem(
                    field: field, kind: "enum", description: "\(field) must be one of the following: \(known)"))
        }
        return events
    }

    private static func wrongType(_ field: String, _ type: String, _ value: JSONValue) -> SchemaProblem {
        SchemaProblem(
            field: field, kind: "invalid_type",
            description: "Invalid type. Expected: \(type), given: \(value.typeName)")
    }
}
