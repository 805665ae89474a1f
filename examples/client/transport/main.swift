// Sees every request on its way: middleware adds a header and logs; a transport of one's own could answer by itself.
import Replicate

struct Logging: Middleware {
    func send(_ request: TransportRequest, next: any Transport) async throws(TransportError) -> TransportResponse {
        var request = request
        request.headers["X-Request-Source"] = "examples"
        let response = try await next.send(request)
        // Printing the headers does not show the token.
        print("\(request.method) \(request.url.split(separator: "/").last ?? "") \(response.status)")
        return response
    }
}

let client = try Client(userAgent: "examples/1.0", middleware: [Logging()])
print(try await client.account.get().username)

// A whole transport in three lines, as tests use it.
struct Canned: Transport {
    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        TransportResponse(status: 200, body: TransportBody(Array(#"{"username": "nobody"}"#.utf8)))
    }
}
print(try await Client(transport: Canned()).account.get().username)
