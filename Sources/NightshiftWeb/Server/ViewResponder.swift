import Foundation
import HTTPTypes
import Hummingbird
import LosslessJSON
import NIOCore
import Nightshift

typealias ViewContext = BasicRequestContext

/// Answers the page's requests: whether they may be asked at all first, then by their paths.
struct ViewResponder: HTTPResponder {
    let views: [JobView]
    let access: ViewAccess
    let isReadOnly: Bool

    /// The longest body of a request: the keys of many marked items.
    private static let longestBody = 4 * 1024 * 1024

    func respond(to request: Request, context: ViewContext) async throws -> Response {
        do {
            return try await answer(request, context)
        } catch let error as ViewError {
            // A person who opens an address without access reads a sentence, not JSON.
            guard request.headers[.accept]?.contains("text/html") == true else { return Self.response(error) }
            return Response(
                status: error.kind.status,
                headers: ViewHeaders.common(policy: ViewHeaders.page).with(.contentType, "text/plain; charset=utf-8"),
                body: ResponseBody(byteBuffer: ByteBuffer(string: error.message + "\n")))
        }
    }

    private func answer(_ request: Request, _ context: ViewContext) async throws -> Response {
        guard access.isForThisHost(request.head) else {
            throw ViewError(
                .wrongHost, "wrong_host",
                "the viewer does not answer to this name; use the address that it printed, or tell it the name")
        }
        if request.method == .get, let token = request.uri.queryParameters["token"].map(String.init) {
            guard access.isTokenRight(token) else { throw Self.refused }
            return Response(
                status: .seeOther,
                headers: ViewHeaders.common(policy: ViewHeaders.page)
                    .with(.setCookie, access.cookie).with(.location, Self.withoutToken(request)))
        }
        let path = request.uri.path.split(separator: "/", omittingEmptySubsequences: true)
            .map { String($0).removingPercentEncoding ?? "" }
        // The page's own files tell nothing, and `SameSite=Strict` holds the cookie back on the way from other pages.
        if request.method == .get || request.method == .head, path.first == "assets", path.count == 2 {
            return try Self.asset(path[1])
        }
        guard access.isKnown(request.head) else { throw Self.refused }
        switch (request.method, path.first) {
        case (.get, nil), (.head, nil), (.get, "jobs"), (.head, "jobs"): return try Self.asset(PageAssets.index)
        case (.get, "api"), (.head, "api"):
            guard path.count > 1, path[1] == "jobs" else { throw Self.notFound }
            if path.count == 2 { return Self.response(try await jobs()) }
            return try await JobRoutes(view: try view(path[2]), query: ViewQuery(request), isReadOnly: isReadOnly)
                .answer(Array(path.dropFirst(3)))
        case (.post, "api"):
            guard path.count == 4, path[1] == "jobs", path[3] == "actions" else { throw Self.notFound }
            return try await act(on: try view(path[2]), request)
        case (.get, "files"), (.head, "files"):
            guard path.count > 2 else { throw Self.notFound }
            return try await FileRoute(view: try view(path[1]))
                .answer(path.dropFirst(2).joined(separator: "/"), request)
        default: throw Self.notFound
        }
    }

    private func view(_ name: String) throws(ViewError) -> JobView {
        guard let view = views.first(where: { $0.name == name }) else { throw .noSuchJob(name) }
        return view
    }

    private func jobs() async throws -> JSONValue {
        var jobs: [JSONValue] = []
        for view in views { jobs.append(await view.summary()) }
        return [
            "jobs": .array(jobs), "read_only": .bool(isReadOnly),
            "version": .string(NightshiftVersion.current),
        ]
    }

    private func act(on view: JobView, _ request: Request) async throws -> Response {
        guard access.mayWrite(request.head) else {
            throw ViewError(.forbidden, "foreign_request", "the request comes from no page of this viewer")
        }
        guard !isReadOnly else {
            throw ViewError(.forbidden, "read_only", "this viewer was started with --read-only")
        }
        guard let body = try? await request.body.collect(upTo: Self.longestBody),
            let json = try? JSONValue(parsing: Array(body.readableBytesView))
        else { throw ViewError.badRequest("the body must be a JSON object") }
        return Self.response(try await JobActions(view: view).answer(json))
    }

    // MARK: - Answers

    private static let refused = ViewError(
        .unauthorized, "no_access", "open the address that 'nightshift view' has printed; it ends in ?token=…")
    private static let notFound = ViewError(.notFound, "not_found", "there is nothing at this address")

    /// The address without the token, so that it is in no history.
    private static func withoutToken(_ request: Request) -> String {
        let rest = (request.uri.query ?? "").split(separator: "&").filter { !$0.hasPrefix("token=") }
        // Two slashes would begin the name of another host.
        let path = "/" + request.uri.path.drop { $0 == "/" || $0 == "\\" }
        return path + (rest.isEmpty ? "" : "?" + rest.joined(separator: "&"))
    }

    private static func asset(_ name: String) throws(ViewError) -> Response {
        guard let asset = PageAssets.asset(name) else { throw notFound }
        return Response(
            status: .ok, headers: ViewHeaders.common(policy: ViewHeaders.page).with(.contentType, asset.mediaType),
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: asset.bytes)))
    }

    static func response(_ json: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: ViewHeaders.common(policy: ViewHeaders.page).with(.contentType, "application/json"),
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.jsonBytes())))
    }

    private static func response(_ error: ViewError) -> Response {
        response(
            ["error": ["code": .string(error.code), "message": .string(error.message)]], status: error.kind.status)
    }
}

extension ViewError.Kind {
    var status: HTTPResponse.Status {
        switch self {
        case .badRequest: .badRequest
        case .unauthorized: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .conflict: .conflict
        case .wrongHost: .misdirectedRequest
        case .failed: .internalServerError
        }
    }
}

extension HTTPFields {
    func with(_ name: HTTPField.Name, _ value: String) -> HTTPFields {
        var fields = self
        fields[name] = value
        return fields
    }
}
