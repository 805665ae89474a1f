import Foundation
import Hummingbird
import NightshiftCore

/// What an address asks for after its question mark.
struct ViewQuery: Sendable {
    private let values: [String: String]

    init(_ request: Request) {
        var values: [String: String] = [:]
        for pair in (request.uri.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { part in
                part.replacing("+", with: " ").removingPercentEncoding ?? String(part)
            }
            values[parts[0]] = parts.count > 1 ? parts[1] : ""
        }
        self.values = values
    }

    subscript(name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// - Throws: ``ViewError`` for what is no number, or out of bounds.
    func number(_ name: String, in bounds: ClosedRange<Int>, otherwise usual: Int) throws(ViewError) -> Int {
        guard let text = self[name] else { return usual }
        guard let number = Int(text), bounds.contains(number) else {
            throw .badRequest(
                "'\(name)' is '\(text)'; expected a number from \(bounds.lowerBound) to \(bounds.upperBound)")
        }
        return number
    }

    /// - Throws: ``ViewError`` for a filter that cannot be understood.
    func filter() throws(ViewError) -> ItemFilter { try Self.filter(self["q"] ?? "") }

    static func filter(_ text: String) throws(ViewError) -> ItemFilter {
        do throws(ItemFilterError) {
            return try ItemFilter(parsing: text)
        } catch {
            throw ViewError(.badRequest, "invalid_filter", error.description)
        }
    }

    var sort: ItemSort { self["sort"].map { ItemSort(parsing: $0) } ?? .position }

    /// - Throws: ``ViewError`` if it is missing.
    func required(_ name: String) throws(ViewError) -> String {
        guard let value = self[name] else { throw .badRequest("'\(name)' is missing") }
        return value
    }
}
