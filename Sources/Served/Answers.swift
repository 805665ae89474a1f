import Foundation
import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import ReplicateAPI

/// Answers in the forms that the API gives them.
enum Answer {
    static func json(
        _ value: JSONValue, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        bytes(value.jsonBytes(), type: "application/json", status: status, headers: headers)
    }

    static func bytes(
        _ bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = type
        headers[.contentLength] = String(bytes.count)
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// A problem body as the API writes it: title, detail, status, and what else belongs to it.
    static func problem(
        _ status: HTTPResponse.Status, title: String? = nil, detail: String, more: [String: JSONValue] = [:],
        headers: HTTPFields = [:]
    ) -> Response {
        var members = more
        members["detail"] = .string(detail)
        members["status"] = .number(JSONNumber(status.code))
        if let title { members["title"] = .string(title) }
        return bytes(
            JSONValue.object(members).jsonBytes(), type: "application/problem+json", status: status, headers: headers)
    }

    static let notFound = problem(.notFound, detail: "The requested resource could not be found.")

    static let unauthenticated = problem(
        .unauthorized, title: "Unauthenticated", detail: "You did not pass a valid authentication token")

    static let noCredit = problem(
        HTTPResponse.Status(code: 402, reasonPhrase: "Payment Required"), title: "Insufficient credit",
        detail: "You have insufficient credit to run this model. Go to billing to purchase credit.")

    static let invalidVersion = problem(
        .unprocessableContent, title: "Invalid version or not permitted",
        detail: "The specified version does not exist (or perhaps you don't have permission to use it?)")

    static func throttled(seconds: Int, sendsHeader: Bool) -> Response {
        var headers: HTTPFields = [:]
        if sendsHeader, let name = HTTPField.Name("Retry-After") { headers[name] = String(seconds) }
        return problem(
            .tooManyRequests,
            detail: "Request was throttled. Your rate limit for creating predictions is reduced. "
                + "Your rate limit resets in ~\(seconds)s.",
            more: ["retry_after": .number(JSONNumber(seconds))], headers: headers)
    }

    static func invalidInput(_ problems: [InputProblem]) -> Response {
        problem(
            .unprocessableContent, title: "Input validation failed",
            detail: problems.map { "- \($0.field): \($0.description)\n" }.joined(),
            more: [
                "invalid_fields": .array(
                    problems.map { problem in
                        [
                            "type": .string(problem.kind), "field": .string(problem.field),
                            "description": .string(problem.description),
                        ]
                    })
            ])
    }
}

/// A request's context that can cut its connection.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }

    /// Cuts the connection without an answer, as a lost answer looks to a client.
    func cut() async -> Response {
        try? await channel.close()
        return Response(status: .internalServerError)
    }
}
