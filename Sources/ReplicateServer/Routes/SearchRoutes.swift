import Foundation
import Hummingbird
import LosslessJSON
import NIOCore
import ReplicateAPI

/// What somebody looks for, as words.
struct SearchText: Sendable {
    let words: [String]

    init(_ text: String) {
        words = text.lowercased().split(whereSeparator: \.isWhitespace).map(String.init)
    }

    /// How well a thing fits, from 0 to 1: a word counts twice as much in a name as in a description.
    func score(name: String, description: String) -> Double {
        guard !words.isEmpty else { return 1 }
        let (name, description) = (name.lowercased(), description.lowercased())
        let sum = words.reduce(0.0) { sum, word in
            sum + (name.contains(word) ? 1 : description.contains(word) ? 0.5 : 0)
        }
        return sum / Double(words.count)
    }

    /// What fits, the best first.
    func matches<Element>(
        _ elements: [Element], name: (Element) -> String, description: (Element) -> String
    ) -> [(element: Element, score: Double)] {
        elements
            .map { ($0, score(name: name($0), description: description($0))) }
            .filter { $0.1 > 0 }
            .sorted { ($1.1, name($0.0)) < ($0.1, name($1.0)) }
    }
}

extension APIResponder {
    private static let longestQuery = 64 * 1024

    /// A search by the method `QUERY`, whose body is the text. One page holds what fits best, and there is no other.
    func searchModels(_ request: Request) async throws -> Response {
        let bytes: [UInt8]
        do {
            bytes = Array(buffer: try await request.body.collect(upTo: Self.longestQuery))
        } catch is NIOTooManyBytesError {
            throw Problem.bodyTooLarge
        }
        guard var text = String(validating: bytes, as: UTF8.self) else {
            throw Problem.badRequest("The search text is not valid UTF-8")
        }
        // Some clients write every body as JSON, this one too.
        if let unquoted = (try? JSONValue(parsing: bytes))?.stringValue { text = unquoted }
        let base = base(for: request)
        return .json([
            "next": nil, "previous": nil,
            "results": .array(found(SearchText(text)).prefix(25).map { json($0.element, base) }),
        ])
    }

    func search(_ request: Request) throws(Problem) -> Response {
        let parameters = request.uri.queryParameters
        guard let text = parameters["query"].map(String.init), !text.isEmpty else {
            throw .badRequest("query is required")
        }
        var limit = 20
        if let given = parameters["limit"] {
            guard let number = Int(given), (1...50).contains(number) else {
                throw .badRequest("limit is '\(given)'; expected a whole number from 1 to 50")
            }
            limit = number
        }
        let query = SearchText(text)
        let base = base(for: request)
        let models = found(query).prefix(limit).map { model, score -> JSONValue in
            [
                "model": json(model, base),
                "metadata": [
                    "score": JSONNumber(score).map { .number($0) } ?? .null,
                    "tags": .array(ModelCollection.all(with: model.fullName).map { .string($0.slug) }),
                    "generated_description": .string(model.description ?? ""),
                ],
            ]
        }
        let collections = query.matches(
            ModelCollection.all, name: \.name, description: { "\($0.slug) \($0.description)" })
        return .json([
            "query": .string(text), "models": .array(Array(models)),
            "collections": .array(collections.prefix(limit).map { $0.element.json }), "pages": [],
        ])
    }

    private func found(_ text: SearchText) -> [(element: RegisteredModel, score: Double)] {
        text.matches(
            server.allModels.filter { $0.visibility == .public }, name: \.fullName,
            description: { "\($0.description ?? "") \($0.readme ?? "")" })
    }
}
