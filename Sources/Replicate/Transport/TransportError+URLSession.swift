#if URLSession || !HTTPClient
import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// What is known of the body of a request that got no answer.
struct BodySent: Sendable {
    var hasBody: Bool
    /// How many bytes of it the library has taken.
    var bytes: Int64
    /// Whether the address of the host is a number.
    var hasFixedHost: Bool
}

extension TransportError {
    /// What went wrong before the head of an answer was there.
    init(_ error: (any Error)?, _ surrender: URLSessionExchange.Surrender?, talkingTo origin: String, sent: BodySent) {
        var code = Code(error, surrender)
        let isNotSent = sent.provesNothingWasSent(code, error)
        if isNotSent, code == .connectionLost { code = .connect }
        if !isNotSent, code == .connect { code = .connectionLost }
        let reason = error.map(Self.reason) ?? "it ended without an answer"
        let message =
            switch code {
            case .connect where surrender == .shutDown: "no connection to \(origin): the transport was shut down"
            case .connect: "no connection to \(origin): \(reason)"
            case .timeout where isNotSent: "no connection to \(origin) in time"
            case .timeout: "no answer from \(origin) in time"
            case .canceled: "the request to \(origin) was canceled"
            case .invalidRequest: "the request to \(origin) cannot be sent: \(reason)"
            default: "the connection to \(origin) was lost before the answer: \(reason)"
            }
        self.init(code, delivery: isNotSent ? .notSent : .unknown, message: message)
    }

    /// What went wrong while the body of an answer was read.
    init(readingFrom origin: String, _ error: (any Error)?, _ surrender: URLSessionExchange.Surrender?) {
        let code: Code =
            switch Code(error, surrender) {
            case .timeout: .timeout
            case .canceled: .canceled
            default: .connectionLost
            }
        let message =
            switch code {
            case .timeout: "\(origin) stopped sending in the middle of an answer"
            case .canceled: "reading from \(origin) was canceled"
            case _ where surrender == .slowReader:
                "the answer of \(origin) was broken off because it was read too slowly"
            default:
                "the connection to \(origin) was lost in the middle of an answer: "
                    + (error.map(Self.reason) ?? "it was closed")
            }
        self.init(code, delivery: .unknown, message: message)
    }

    private static func reason(_ error: any Error) -> String {
        switch (error as? URLError)?.code {
        case .cannotFindHost, .dnsLookupFailed: "its name is not known"
        case .cannotConnectToHost: "it takes no connections"
        case .notConnectedToInternet: "there is no network"
        default: error.localizedDescription
        }
    }
}

extension BodySent {
    /// Decided on the safe side: what cannot be proved may have been sent.
    fileprivate func provesNothingWasSent(_ code: TransportError.Code, _ error: (any Error)?) -> Bool {
        if code == .invalidRequest { return true }
        #if canImport(FoundationNetworking)
        // Here the bytes are counted before they leave. A body that was never asked for proves it.
        if hasBody { return bytes == 0 }
        switch (error as? URLError)?.code {
        case .cannotFindHost, .dnsLookupFailed: return true
        // Any failure has this code once one of several addresses of a host has refused.
        case .cannotConnectToHost: return hasFixedHost
        default: return false
        }
        #else
        return bytes == 0 && code == .connect
        #endif
    }
}

extension TransportError.Code {
    fileprivate init(_ error: (any Error)?, _ surrender: URLSessionExchange.Surrender?) {
        switch surrender {
        case .canceled: self = .canceled
        case .noAnswer, .silence: self = .timeout
        case .slowReader, .shutDown: self = .connectionLost
        case nil: self = (error as? URLError).map(Self.init) ?? .connectionLost
        }
    }

    private init(_ error: URLError) {
        self =
            switch error.code {
            case .cannotFindHost, .dnsLookupFailed, .cannotConnectToHost, .notConnectedToInternet,
                .internationalRoamingOff, .callIsActive, .dataNotAllowed, .secureConnectionFailed,
                .serverCertificateHasBadDate, .serverCertificateUntrusted, .serverCertificateHasUnknownRoot,
                .serverCertificateNotYetValid, .appTransportSecurityRequiresSecureConnection:
                .connect
            case .badURL, .unsupportedURL: .invalidRequest
            case .timedOut: .timeout
            case .cancelled: .canceled
            default: .connectionLost
            }
    }
}
#endif
