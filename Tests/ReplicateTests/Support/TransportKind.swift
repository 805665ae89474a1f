import Replicate

/// The transports of this package, which keep the same contract.
enum TransportKind: CaseIterable, Sendable {
    case httpClient, urlSession

    func make(
        connections: Int = 8, longConnections: Int = 8, connectTimeout: Duration = .seconds(10),
        idleTimeout: Duration? = .seconds(90)
    ) -> any Transport {
        switch self {
        case .httpClient:
            var configuration = HTTPClientTransport.Configuration()
            configuration.maximumConnections = connections
            configuration.maximumLongConnections = longConnections
            configuration.connectTimeout = connectTimeout
            configuration.idleTimeout = idleTimeout
            return HTTPClientTransport(configuration)
        case .urlSession:
            var configuration = URLSessionTransport.Configuration()
            configuration.maximumConnections = connections
            configuration.maximumLongConnections = longConnections
            configuration.idleTimeout = idleTimeout
            return URLSessionTransport(configuration)
        }
    }
}

extension Transport {
    /// Why a request gets no answer; `nil` if it gets one.
    func failure(of request: TransportRequest) async -> TransportError? {
        do throws(TransportError) {
            _ = try await send(request)
            return nil
        } catch {
            return error
        }
    }

    /// Why the body of an answer cannot be read; `nil` if it can.
    func bodyFailure(of request: TransportRequest) async throws -> TransportError? {
        let response = try await send(request)
        do throws(TransportError) {
            _ = try await response.body.collect(upTo: 1_000_000)
            return nil
        } catch {
            return error
        }
    }
}
