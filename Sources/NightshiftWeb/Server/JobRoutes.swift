import HTTPTypes
import Hummingbird
import LosslessJSON
import NIOCore
import Nightshift
import NightshiftCore

/// What can be read of a job, below `/api/jobs/NAME/`.
struct JobRoutes {
    let view: JobView
    let query: ViewQuery
    let isReadOnly: Bool

    private static let longestPage = 500

    func answer(_ path: [String]) async throws -> Response {
        do {
            return try await read(path)
        } catch let error as ViewError where error.isOfJobThatHasNotRun {
            let empty = EmptyJob(job: view.job, words: view.words, version: await view.currentVersion())
            guard let json = empty.json(path) else { throw error }
            return ViewResponder.response(json)
        }
    }

    private func read(_ path: [String]) async throws -> Response {
        switch (path.first, path.count) {
        case ("overview", 1): return ViewResponder.response(try await view.overview())
        case ("timeline", 1):
            let points = try query.number("points", in: 2...2000, otherwise: 120)
            return ViewResponder.response(try await view.timeline(points: points))
        case ("journal", 1):
            let limit = try query.number("limit", in: 1...Self.longestPage, otherwise: 200)
            return ViewResponder.response(
                try await view.journal(before: query["after"].flatMap { Int($0) }, limit: limit))
        case ("items", 1): return ViewResponder.response(try await items())
        case ("items", 2):
            return ViewResponder.response(
                try await view.item(path[1], among: try query.filter(), by: query.sort))
        case ("facets", 1):
            return ViewResponder.response(
                try await view.facets(ItemColumn(try query.required("column")), try query.filter()))
        case ("matrix", 1):
            return ViewResponder.response(
                try await view.matrix(
                    rows: ItemColumn(try query.required("rows")), columns: ItemColumn(try query.required("columns")),
                    try query.filter()))
        case ("table.csv", 1): return try await table()
        case ("events", 1): return EventRoute(view: view).answer()
        default: throw ViewError(.notFound, "not_found", "there is nothing at this address")
        }
    }

    private func items() async throws -> JSONValue {
        let limit = try query.number("limit", in: 1...Self.longestPage, otherwise: 200)
        let offset = try query.number(query["after"] == nil ? "offset" : "after", in: 0...1_000_000_000, otherwise: 0)
        let filter = try query.filter()
        let ids = try await view.ids(filter, by: query.sort, limit: offset + limit)
        let total = max(ids.count, try await view.count(filter))
        let start = min(offset, ids.count)
        let end = min(start + limit, ids.count)
        return [
            "items": .array(try await view.items(ids[start..<end])), "total": .of(total),
            "next": end < total ? .string("\(end)") : .null,
        ]
    }

    /// All items of the filter as a table, a page at a time.
    private func table() async throws -> Response {
        let names = query["columns"]?.split(separator: ",").map(String.init) ?? ["name", "state"]
        let columns = names.map { ItemColumn($0) }
        let ids = try await view.ids(try query.filter(), by: query.sort)
        let body = ResponseBody { [view] writer in
            try await writer.write(ByteBuffer(string: CSVText.line(names)))
            var start = 0
            while start < ids.count {
                let end = min(start + Self.longestPage, ids.count)
                let lines = try await view.records(ids[start..<end]).map { record in
                    CSVText.line(columns.map { record.text(of: $0) })
                }
                try await writer.write(ByteBuffer(string: lines.joined()))
                start = end
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: ViewHeaders.common(policy: ViewHeaders.page).with(.contentType, "text/csv; charset=utf-8")
                .with(.contentDisposition, "attachment; filename=\"items.csv\""),
            body: body)
    }
}
