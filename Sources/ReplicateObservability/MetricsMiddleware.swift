public import CoreMetrics
public import Replicate

/// Counts and times every attempt of every request: calls, downloads and streams.
///
/// | metric | kind | what |
/// | --- | --- | --- |
/// | `replicate_client_calls` | counter | requests, those sent again counted once |
/// | `replicate_client_retries` | counter | requests that were sent again |
/// | `replicate_client_throttles` | counter | answers with the status 429 |
/// | `replicate_client_attempts` | counter | attempts by their `outcome` |
/// | `replicate_client_sent_bytes` | counter | bytes of the bodies of requests that were answered |
/// | `replicate_client_received_bytes` | counter | bytes of bodies that were read, told at their end |
/// | `replicate_client_broken_answers` | counter | answers that broke off in their body |
/// | `replicate_client_duration` | timer | the time until the head of the answer or the failure, by `outcome` |
///
/// All have the dimensions `method` and `route`, such as `/predictions/{id}`: names stand in the place of ids, so that there are
/// a few dozen. Addresses outside of the API have the routes `file` and `stream`. `outcome` is the status, or a word such as
/// `connection_lost`.
public struct MetricsMiddleware: Middleware {
    private let factory: (any MetricsFactory)?
    private let prefix: String

    /// Makes a middleware.
    ///
    /// - Parameters:
    ///   - factory: where metrics are made; by default the one that `MetricsSystem` has when a request is sent.
    ///   - prefix: what the names of the metrics begin with.
    public init(factory: (any MetricsFactory)? = nil, prefix: String = "replicate_client") {
        self.factory = factory
        self.prefix = prefix
    }

    public func send(
        _ request: TransportRequest, next: any Transport
    ) async throws(TransportError) -> TransportResponse {
        let name = RequestName(request)
        let dimensions = [("method", name.method), ("route", name.route)]
        let metrics = factory ?? MetricsSystem.factory
        count(request.attempt == 1 ? "calls" : "retries", dimensions, in: metrics)
        let start = ContinuousClock.now
        do throws(TransportError) {
            let response = try await next.send(request)
            record("\(response.status)", since: start, dimensions, in: metrics)
            if response.status == 429 { count("throttles", dimensions, in: metrics) }
            count("sent_bytes", by: request.body.length, dimensions, in: metrics)
            return response.observingBody { [self] bytes, ending in
                count("received_bytes", by: bytes, dimensions, in: metrics)
                if case .broken = ending { count("broken_answers", dimensions, in: metrics) }
            }
        } catch {
            record(error.code.word, since: start, dimensions, in: metrics)
            throw error
        }
    }

    private func record(
        _ outcome: String, since start: ContinuousClock.Instant, _ dimensions: [(String, String)],
        in metrics: any MetricsFactory
    ) {
        let dimensions = dimensions + [("outcome", outcome)]
        count("attempts", dimensions, in: metrics)
        let nanoseconds = Int64(exactly: (start.duration(to: .now) / .nanoseconds(1)).rounded()) ?? .max
        Timer(label: "\(prefix)_duration", dimensions: dimensions, factory: metrics).recordNanoseconds(nanoseconds)
    }

    private func count(
        _ what: String, by amount: Int = 1, _ dimensions: [(String, String)], in metrics: any MetricsFactory
    ) {
        guard amount > 0 else { return }
        Counter(label: "\(prefix)_\(what)", dimensions: dimensions, factory: metrics).increment(by: amount)
    }
}
