import Foundation
public import Replicate
public import Tracing

/// Makes a span of every attempt of every request, below the span of the caller: calls, downloads and streams.
///
/// A span begins when the request is sent and ends with the body of the answer. Its name is the method and the route, such as
/// `GET /predictions/{id}`; its attributes are those that OpenTelemetry names for clients of HTTP. Neither a body nor a token nor the
/// query of an address is in it.
public struct TracingMiddleware: Middleware {
    private let tracer: (any Tracer)?
    private let propagatesContext: Bool

    /// Makes a middleware.
    ///
    /// - Parameters:
    ///   - tracer: what makes the spans; by default the one that `InstrumentationSystem` has when a request is sent.
    ///   - propagatesContext: whether calls of the API carry the trace's context in their headers. A gateway or a server of one's
    ///     own goes on with the trace; to others the context, baggage included, is of no concern. Files and streams outside of
    ///     the API never carry it.
    public init(tracer: (any Tracer)? = nil, propagatesContext: Bool = false) {
        self.tracer = tracer
        self.propagatesContext = propagatesContext
    }

    public func send(
        _ request: TransportRequest, next: any Transport
    ) async throws(TransportError) -> TransportResponse {
        let tracer = tracer ?? InstrumentationSystem.tracer
        let name = RequestName(request)
        let span: any Span = tracer.startAnySpan("\(name.method) \(name.route)", ofKind: .client)
        span.describe(request, name)
        var request = request
        if propagatesContext, request.path != nil {
            tracer.inject(span.context, into: &request.headers, using: HeaderInjector())
        }
        let outcome = await ServiceContext.withValue(span.context) { [request] in
            do throws(TransportError) {
                return Result<TransportResponse, TransportError>.success(try await next.send(request))
            } catch {
                return .failure(error)
            }
        }
        switch outcome {
        case .success(let response):
            span.attributes["http.response.status_code"] = response.status
            if response.status >= 400 {
                span.attributes["error.type"] = "\(response.status)"
                span.setStatus(SpanStatus(code: .error))
            }
            return response.observingBody { bytes, ending in
                span.attributes["http.response.body.size"] = bytes
                if case .broken(let error) = ending { span.fail(with: error) }
                span.end()
            }
        case .failure(let error):
            span.fail(with: error)
            span.end()
            throw error
        }
    }
}

private struct HeaderInjector: Injector {
    func inject(_ value: String, forKey key: String, into carrier: inout HeaderFields) {
        carrier[key] = value
    }
}

extension Span {
    fileprivate func describe(_ request: TransportRequest, _ name: RequestName) {
        attributes["http.request.method"] = name.method
        attributes["url.template"] = name.route
        attributes["replicate.request.id"] = request.id
        if let url = URLComponents(string: request.url), let host = url.host {
            attributes["server.address"] = host
            attributes["server.port"] = url.port ?? (url.scheme == "http" ? 80 : 443)
        }
        if request.attempt > 1 { attributes["http.request.resend_count"] = request.attempt - 1 }
        if request.body.length > 0 { attributes["http.request.body.size"] = request.body.length }
    }

    fileprivate func fail(with error: TransportError) {
        attributes["error.type"] = error.code.word
        recordError(error)
        setStatus(SpanStatus(code: .error, message: error.message))
    }
}
