/// What sees every request on its way to the transport, and every answer on its way back: to add headers, to log, to
/// measure.
///
/// ```swift
/// struct Logging: Middleware {
///     func send(_ request: TransportRequest, next: any Transport) async throws(TransportError) -> TransportResponse {
///         var request = request
///         request.headers["X-Team"] = "night"
///         let response = try await next.send(request)
///         print(request.method, request.url, response.status)
///         return response
///     }
/// }
/// let client = try Client(middleware: [Logging()])
/// ```
///
/// A request that is sent again passes the middleware again, with the next `attempt`. The module `ReplicateObservability` has
/// middleware for swift-log, swift-metrics and swift-distributed-tracing. Printing the headers does not show the token.
public protocol Middleware: Sendable {
    /// Handles one request, by passing it on to `next` or by answering it.
    ///
    /// - Throws: `TransportError`, which the client's retry policy judges like one of the transport's own.
    func send(_ request: TransportRequest, next: any Transport) async throws(TransportError) -> TransportResponse
}

/// A transport with middleware before it.
struct MiddlewareTransport: Transport {
    private let outer: any Transport

    init(middleware: [any Middleware], transport: any Transport) {
        outer = middleware.reversed().reduce(transport) { next, middleware in
            Link(middleware: middleware, next: next)
        }
    }

    func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
        try await outer.send(request)
    }

    private struct Link: Transport {
        let middleware: any Middleware
        let next: any Transport

        func send(_ request: TransportRequest) async throws(TransportError) -> TransportResponse {
            try await middleware.send(request, next: next)
        }
    }
}
