#if HTTPClient
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

extension TransportError {
    /// What went wrong before the head of an answer was there.
    init(_ error: any Error, talkingTo origin: String, hasBody: Bool, sending mark: SendMark) {
        if let own = error as? TransportError {
            self = own
            return
        }
        var code = Code(error)
        if hasBody, mark.isSet, code == .connect { code = .connectionLost }
        // A body that was never asked for proves it; without a body only the kind of error can tell.
        let isNotSent = hasBody ? !mark.isSet : code == .connect || code == .invalidRequest || error.isConnectTimeout
        let message =
            switch code {
            case .connect: "no connection to \(origin): \(error.reason)"
            case .timeout where isNotSent: "no connection to \(origin) in time"
            case .timeout: "no answer from \(origin) in time"
            case .canceled: "the request to \(origin) was canceled"
            case .invalidRequest: "the request to \(origin) cannot be sent: \(error.reason)"
            default: "the connection to \(origin) was lost before the answer: \(error.reason)"
            }
        self.init(code, delivery: isNotSent ? .notSent : .unknown, message: message)
    }

    /// What went wrong while the body of an answer was read.
    init(readingFrom origin: String, _ error: any Error) {
        let code: Code =
            switch Code(error) {
            case .timeout: .timeout
            case .canceled: .canceled
            default: .connectionLost
            }
        let message =
            switch code {
            case .timeout: "\(origin) stopped sending in the middle of an answer"
            case .canceled: "reading from \(origin) was canceled"
            default: "the connection to \(origin) was lost in the middle of an answer: \(error.reason)"
            }
        self.init(code, delivery: .unknown, message: message)
    }
}

extension TransportError.Code {
    fileprivate init(_ error: any Error) {
        switch error {
        case is CancellationError: self = .canceled
        case is NIOConnectionError: self = .connect
        // What connecting to a numeric address fails with.
        case let error as IOError where IOError.whileConnecting.contains(error.errnoCode): self = .connect
        case let error as HTTPClientError:
            self =
                switch error {
                case .cancelled, .requestStreamCancelled: .canceled
                case .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout, .deadlineExceeded,
                    .readTimeout, .writeTimeout:
                    .timeout
                case .invalidURL, .emptyHost, .emptyScheme, .missingSocketPath, .bodyLengthMismatch:
                    .invalidRequest
                case .alreadyShutdown: .connect
                default: error.namesInvalidRequest ? .invalidRequest : .connectionLost
                }
        // Made by the TLS library, which this package does not use itself, and only while a connection is made.
        case _ where String(describing: error).hasPrefix("handshakeFailed"): self = .connect
        case _ where String(reflecting: type(of: error)).hasPrefix("NIOSSL.NIOSSLExtraError"): self = .connect
        default: self = .connectionLost
        }
    }
}

extension HTTPClientError {
    /// Errors with a payload can only be told by their text.
    fileprivate var namesInvalidRequest: Bool {
        let text = description
        return ["unsupportedScheme", "invalidHeaderField"].contains { text.contains($0) }
    }
}

extension Error {
    fileprivate var isConnectTimeout: Bool {
        switch self as? HTTPClientError {
        case .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout: true
        default: false
        }
    }

    /// The cause in a few words.
    fileprivate var reason: String {
        switch self {
        case let error as NIOConnectionError:
            if let failure = error.connectionErrors.first { return failure.error.reason }
            return "the name '\(error.host)' is not known"
        case let error as IOError: return String(cString: strerror(error.errnoCode)).lowercased()
        case let error as HTTPClientError: return error.shortDescription.lowercased()
        case let error as ChannelError:
            if case .connectTimeout = error { return "it took too long" }
            return "\(error)"
        case let error as HTTPParserError where error == .invalidEOFState: return "it ended before its announced length"
        default: return "\(self)"
        }
    }
}

extension IOError {
    fileprivate static let whileConnecting: Set<CInt> = [
        ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL, EMFILE, ENFILE,
    ]
}
#endif
