import AsyncHTTPClient
import LosslessJSON
import NIOCore
import NIOHTTP1
import ReplicateServer
import Testing

/// Speaks to a server under test in plain HTTP.
struct API: Sendable {
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var bytes: [UInt8]

        /// The body, or null if it is no JSON.
        var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
        subscript(key: String) -> JSONValue? { json[key] }
        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// Ends with `/v1`, unless a test is about addresses without it.
    var base: String
    var token: String? = "a-token"
    var client = HTTPClient.shared

    static func withServer(
        _ configuration: EmbeddedServer.Configuration = EmbeddedServer.Configuration(),
        _ body: (API) async throws -> Void
    ) async throws {
        try await EmbeddedServer.withServer(configuration) { base in try await body(API(base: base)) }
    }

    func send(
        _ method: HTTPMethod, _ path: String, _ headers: [String: String] = [:], body: [UInt8]? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: path.hasPrefix("http") ? path : base + path)
        request.method = method
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await client.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 200_000_000)
        return Answer(status: Int(response.status.code), headers: response.headers, bytes: Array(buffer: bytes))
    }

    func get(_ path: String, _ headers: [String: String] = [:]) async throws -> Answer {
        try await send(.GET, path, headers)
    }

    func post(_ path: String, _ body: JSONValue, _ headers: [String: String] = [:]) async throws -> Answer {
        var headers = headers
        headers["Content-Type"] = "application/json"
        return try await send(.POST, path, headers, body: body.jsonBytes())
    }

    // MARK: - Predictions

    func version(of model: String) async throws -> String {
        try #require(try await get("/models/\(model)")["latest_version"]?["id"]?.stringValue)
    }

    /// Creates a prediction of `nightshift/sleeper`.
    func sleep(_ input: JSONValue, _ headers: [String: String] = [:]) async throws -> Answer {
        try await post(
            "/predictions", ["version": .string(try await version(of: "nightshift/sleeper")), "input": input], headers)
    }

    /// Asks until a prediction has ended; the server says when that is, so it does not take many questions.
    func ended(_ id: JSONValue?) async throws -> Answer {
        let id = try #require(id?.stringValue)
        while true {
            let answer = try await get("/predictions/\(id)")
            let status = answer["status"]?.stringValue ?? ""
            if status != "starting", status != "processing" { return answer }
        }
    }
}

extension JSONValue {
    var texts: [String] { (arrayValue ?? []).compactMap(\.stringValue) }
}
