import Foundation
import Hummingbird
import LosslessJSON
import ReplicateAPI

/// A part of a list that is small enough to be sorted whenever somebody asks for it.
struct ListPage<Element> {
    var elements: ArraySlice<Element>
    var next: ListCursor?
    var previous: ListCursor?

    /// Cuts a page out of a list.
    /// - Parameters:
    ///   - ascending: whether the lowest position comes first; by default the highest does, as in "newest first".
    ///   - position: where an element stands; no two stand at the same place. Pages are found again by it, so what is
    ///     added or deleted in between moves nothing from one page to another.
    init(
        _ list: [Element], ascending: Bool = false, at cursor: ListCursor?, size: Int, by position: (Element) -> String
    ) {
        func comes(_ first: String, before second: String) -> Bool { ascending ? first < second : first > second }
        let placed = list.map { (position: position($0), element: $0) }
            .sorted { comes($0.position, before: $1.position) }
        let range: Range<Int>
        switch cursor {
        case nil: range = 0..<min(size, placed.count)
        case .after(let place):
            let start = placed.firstIndex { comes(place, before: $0.position) } ?? placed.count
            range = start..<min(start + size, placed.count)
        case .before(let place):
            let end = placed.firstIndex { !comes($0.position, before: place) } ?? placed.count
            range = max(0, end - size)..<end
        }
        elements = placed[range].map(\.element)[...]
        if range.upperBound < placed.count, let last = placed[range].last { next = .after(last.position) }
        if range.lowerBound > 0, let first = placed[range].first { previous = .before(first.position) }
    }
}

/// Where a page of a small list begins or ends.
enum ListCursor: Hashable, Sendable {
    case after(String)
    case before(String)

    /// The opaque text in the links between pages.
    var text: String {
        let plain =
            switch self {
            case .after(let position): "a=\(position)"
            case .before(let position): "b=\(position)"
            }
        return Data(plain.utf8).base64EncodedString()
    }

    init(_ text: String) throws(Problem) {
        guard let data = Data(base64Encoded: text), let plain = String(validating: data, as: UTF8.self) else {
            throw .badCursor
        }
        switch plain.prefix(2) {
        case "a=": self = .after(String(plain.dropFirst(2)))
        case "b=": self = .before(String(plain.dropFirst(2)))
        default: throw .badCursor
        }
    }
}

extension ServerTime {
    /// A text that is ordered as times are.
    var position: String {
        let digits = String(nanoseconds)
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits
    }
}

extension APIResponder {
    /// A link to another page of the list that a request asks for: the path and the query as the request had them.
    func pageLink(_ request: Request, cursor: String) -> String {
        var url = "\(base(for: request))\(request.uri.path)?cursor=\(PathSegment.encode(cursor))"
        for (key, value) in request.uri.queryParameters where key != "cursor" {
            url += "&\(PathSegment.encode(String(key)))=\(PathSegment.encode(String(value)))"
        }
        return url
    }

    /// The page of a list that a request asks for.
    func page<Element>(
        of list: [Element], _ request: Request, ascending: Bool = false, by position: (Element) -> String,
        json: (Element) -> JSONValue
    ) throws(Problem) -> Response {
        var cursor: ListCursor?
        if let text = request.uri.queryParameters["cursor"] { cursor = try ListCursor(String(text)) }
        let page = ListPage(list, ascending: ascending, at: cursor, size: 25, by: position)
        func link(_ cursor: ListCursor?) -> JSONValue {
            cursor.map { .string(pageLink(request, cursor: $0.text)) } ?? .null
        }
        return .json([
            "next": link(page.next), "previous": link(page.previous), "results": .array(page.elements.map(json)),
        ])
    }
}
