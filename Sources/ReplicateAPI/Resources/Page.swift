public import LosslessJSON

/// One page of a list, newest first.
public struct Page<Element: APIResource>: Hashable, Sendable {
    /// The address of the page with older elements. It holds the filter of the first page already.
    public var next: String?
    /// The address of the page with newer elements.
    public var previous: String?
    /// The elements of this page, without those that cannot be read.
    public var results: [Element]
    /// Rows of this page that cannot be read as elements, as they came.
    public var unreadable: [JSONValue] = []

    /// Makes the value; a client reads it from answers.
    public init(next: String? = nil, previous: String? = nil, results: [Element]) {
        self.next = next
        self.previous = previous
        self.results = results
    }
}

extension Page: APIResource {
    public static var resourceName: String { "page of \(Element.resourceName)s" }

    public init(json: JSONValue) throws(ResourceDecodingError) {
        let reader = try ResourceReader(json, as: Self.resourceName)
        guard case .array(let rows) = reader.members["results"] else {
            throw ResourceDecodingError(
                resource: Self.resourceName, field: "results", expected: "an array",
                found: reader.members["results"]?.typeName ?? "missing"
            )
        }
        var results: [Element] = []
        results.reserveCapacity(rows.count)
        var unreadable: [JSONValue] = []
        var problem: ResourceDecodingError?
        for row in rows {
            do throws(ResourceDecodingError) {
                results.append(try Element(json: row))
            } catch {
                unreadable.append(row)
                problem = error
            }
        }
        // One odd row must not hide the others; if there is no other, it is the answer that is odd.
        if results.isEmpty, let problem { throw problem }
        self.init(next: reader.string("next"), previous: reader.string("previous"), results: results)
        self.unreadable = unreadable
    }

    public var json: JSONValue {
        [
            "next": next.map(JSONValue.string) ?? .null,
            "previous": previous.map(JSONValue.string) ?? .null,
            "results": .array(results.map(\.json) + unreadable),
        ]
    }
}
