import HTTPTypes
import Hummingbird
import LosslessJSON
import NIOCore
import ReplicateAPI

/// An answer that says what is wrong, in the API's own words.
struct Problem: Error, Hashable, Sendable {
    var status: Int
    var title: String?
    var detail: String
    var invalidFields: [SchemaProblem] = []
    /// Whole seconds, in the body.
    var retryAfter: Int?
    /// Some bodies of the API do not repeat their status.
    var showsStatus = true

    static let notFound = Problem(status: 404, detail: "The requested resource could not be found.")
    static let fileNotFound = Problem(status: 404, detail: "File not found", showsStatus: false)
    static let noToken = Problem(
        status: 401, title: "Unauthenticated", detail: "You did not pass an authentication token")
    static let badToken = Problem(
        status: 401, title: "Unauthenticated", detail: "You did not pass a valid authentication token")
    static let unpaid = Problem(
        status: 402, title: "Insufficient credit",
        detail:
            "You have insufficient credit to run this model. Go to https://replicate.com/account/billing#billing to "
            + "purchase credit. Once you purchase credit, please wait a few minutes before trying again.")
    static let badVersion = Problem(
        status: 422, title: "Invalid version or not permitted",
        detail: "The specified version does not exist (or perhaps you don't have permission to use it?)")
    static let fileTooLarge = Problem(
        status: 413, title: "File too large", detail: "Files must be less than 100MB in size")
    static let bodyTooLarge = Problem(status: 413, detail: "The request body is too large", showsStatus: false)

    static func methodNotAllowed(_ method: String) -> Problem {
        Problem(status: 405, detail: "Method \"\(method)\" not allowed.", showsStatus: false)
    }

    static func badRequest(_ detail: String) -> Problem {
        Problem(status: 400, detail: detail, showsStatus: false)
    }

    /// What is wrong with the input, a line each.
    static func validation(_ problems: [SchemaProblem]) -> Problem {
        let lines = problems.map { $0.field.isEmpty ? "- \($0.description)\n" : "- \($0.field): \($0.description)\n" }
        return Problem(
            status: 422, title: "Input validation failed", detail: lines.joined(), invalidFields: problems)
    }

    /// A throttled create, in the form for accounts with little credit.
    static func throttled(creates limit: EmbeddedServer.RateLimit, wait: Duration) -> Problem {
        let seconds = Self.wholeSeconds(wait)
        return Problem(
            status: 429,
            detail: "Request was throttled. Your rate limit for creating predictions is reduced to \(limit.perMinute) "
                + "requests per minute with a burst of \(limit.burst) requests while you have less than $5.0 in "
                + "credit. Your rate limit resets in ~\(seconds)s.",
            retryAfter: seconds)
    }

    /// A throttled read, in the documented form.
    static func throttled(wait: Duration) -> Problem {
        Problem(
            status: 429,
            detail: "Request was throttled. Your rate limit resets in ~\(wholeSeconds(wait))s.", showsStatus: false)
    }

    static func wholeSeconds(_ wait: Duration) -> Int {
        max(1, Int(saturating: wait.inSeconds.rounded(.up)))
    }

    var json: JSONValue {
        var members: [String: JSONValue] = ["detail": .string(detail)]
        if let title { members["title"] = .string(title) }
        if showsStatus { members["status"] = .number(JSONNumber(status)) }
        if let retryAfter { members["retry_after"] = .number(JSONNumber(retryAfter)) }
        if !invalidFields.isEmpty {
            members["invalid_fields"] = .array(
                invalidFields.map { problem in
                    [
                        "type": .string(problem.kind), "field": .string(problem.field),
                        "description": .string(problem.description),
                    ]
                })
        }
        return .object(members)
    }

    var response: Response {
        Response(
            status: .init(code: status), headers: [.contentType: "application/problem+json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.jsonBytes())))
    }
}

extension FaultDraw.ErrorAnswer {
    /// Errors of the platform say little, and those of what stands before it are not even JSON.
    var response: Response {
        let (status, type, body): (Int, String, String) =
            switch self {
            case .internalError: (500, "application/json", #"{"detail":"internal error"}"#)
            case .badGateway: (502, "text/html", "<html><head><title>502 Bad Gateway</title></head></html>")
            case .unavailable: (503, "text/plain", "")
            case .unknownOrigin: (520, "text/html", "<!DOCTYPE html><title>Web server returns an unknown error</title>")
            }
        return Response(
            status: .init(code: status), headers: [.contentType: type],
            body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }
}
