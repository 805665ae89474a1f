public import Logging
public import Replicate

/// Logs every attempt of every request: calls, downloads and streams.
///
/// ```swift
/// let client = try Client(middleware: [LoggingMiddleware(Logger(label: "replicate"))])
/// ```
///
/// An entry has the metadata `request_id` (the same for all attempts of a call), `method`, `path` (or `host`, for files and
/// streams elsewhere), `attempt`, `duration_ms` until the head of the answer, and `status` or `error`. Neither a body nor a
/// token nor the query of an address is ever logged.
public struct LoggingMiddleware: Middleware {
    private let logger: Logger
    private let level: Logger.Level
    private let failureLevel: Logger.Level
    private let answerHeaders: [String]

    /// Makes a middleware.
    ///
    /// - Parameters:
    ///   - logger: told of each attempt.
    ///   - level: for answers with a status below 400.
    ///   - failureLevel: for all others, for attempts without an answer, and for answers that broke off. The client may well try
    ///     again and succeed.
    ///   - answerHeaders: the header fields of answers that are logged, each under its name. Values that are long, strange, or
    ///     repeat the token are left out.
    public init(
        _ logger: Logger, level: Logger.Level = .debug, failureLevel: Logger.Level = .info,
        answerHeaders: [String] = ["x-request-id"]
    ) {
        self.logger = logger
        self.level = level
        self.failureLevel = failureLevel
        self.answerHeaders = answerHeaders.map { $0.lowercased() }
    }

    public func send(
        _ request: TransportRequest, next: any Transport
    ) async throws(TransportError) -> TransportResponse {
        guard logger.logLevel <= max(level, failureLevel) else { return try await next.send(request) }
        let name = RequestName(request)
        var metadata: Logger.Metadata = [
            "request_id": "\(request.id)", "method": "\(request.method)", "attempt": "\(request.attempt)",
        ]
        metadata[name.path == nil ? "host" : "path"] = "\(name.place)"
        let start = ContinuousClock.now
        do throws(TransportError) {
            let response = try await next.send(request)
            metadata["duration_ms"] = "\(start.duration(to: .now).milliseconds)"
            metadata["status"] = "\(response.status)"
            for (name, value) in loggable(response.headers, of: request) { metadata[name] = "\(value)" }
            logger.log(
                level: response.status < 400 ? level : failureLevel,
                "\(request.method) \(name.place) was answered with \(response.status)", metadata: metadata)
            return response.observingBody { [self, metadata] bytes, ending in
                guard case .broken(let error) = ending else { return }
                var metadata = metadata
                metadata["error"] = "\(error.code.word)"
                metadata["received_bytes"] = "\(bytes)"
                logger.log(
                    level: failureLevel, "the answer to \(request.method) \(name.place) broke off: \(error.message)",
                    metadata: metadata)
            }
        } catch {
            metadata["duration_ms"] = "\(start.duration(to: .now).milliseconds)"
            metadata["error"] = "\(error.code.word)"
            logger.log(
                level: failureLevel, "\(request.method) \(name.place) failed: \(error.message)", metadata: metadata)
            throw error
        }
    }

    private func loggable(_ headers: HeaderFields, of request: TransportRequest) -> [(name: String, value: String)] {
        let token = request.headers["Authorization"]?.split(separator: " ").last
        return answerHeaders.compactMap { name in
            guard let value = headers[name], value.utf8.count <= Self.longestValue,
                value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }),
                token.map({ !value.contains($0) }) ?? true
            else { return nil }
            return (name, value)
        }
    }

    private static let longestValue = 200
}
