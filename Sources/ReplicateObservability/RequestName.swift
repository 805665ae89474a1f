import Foundation
import Replicate

/// What may be told of a request: never its query, and of addresses outside of the API the host alone, because theirs are
/// signed.
struct RequestName: Sendable {
    /// The method, or `OTHER` for one that the API does not know: dimensions of metrics must be few.
    let method: String
    /// The path of a call, with its ids; `nil` for other addresses.
    let path: String?
    /// The host and port of the address.
    let host: String
    /// The path with names in the place of ids, or the kind of address; one of a few dozen.
    let route: String

    init(_ request: TransportRequest) {
        method = Self.methods.contains(request.method) ? request.method : "OTHER"
        path = request.path
        host = URLOrigin.text(of: request.url)
        route = request.path.map(PathTemplate.template) ?? (request.isLongLived ? "stream" : "file")
    }

    /// The path, or the host where there is none.
    var place: String { path ?? host }

    private static let methods: Set = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "QUERY", "OPTIONS"]
}

/// Names the calls of the API by their paths.
enum PathTemplate {
    /// A path with names in the place of ids, such as `/predictions/{id}`; `other` for one that the API does not have.
    static func template(of path: String) -> String {
        let segments = path.split(separator: "/", omittingEmptySubsequences: true)
        let fitting = all.first { template in
            template.segments.count == segments.count
                && zip(template.segments, segments).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
        return fitting?.text ?? "other"
    }

    private static let all = [
        "/predictions", "/predictions/{id}", "/predictions/{id}/cancel",
        "/models", "/models/{owner}/{name}", "/models/{owner}/{name}/predictions", "/models/{owner}/{name}/examples",
        "/models/{owner}/{name}/readme", "/models/{owner}/{name}/versions", "/models/{owner}/{name}/versions/{id}",
        "/models/{owner}/{name}/versions/{id}/trainings",
        "/trainings", "/trainings/{id}", "/trainings/{id}/cancel",
        "/deployments", "/deployments/{owner}/{name}", "/deployments/{owner}/{name}/predictions",
        "/collections", "/collections/{slug}",
        "/files", "/files/{id}", "/files/{id}/download",
        "/account", "/hardware", "/search", "/webhooks/default/secret",
    ].map { (text: $0, segments: $0.split(separator: "/")) }
}

extension TransportError.Code {
    /// A word for dimensions and attributes, which does not change.
    var word: String {
        switch self {
        case .connect: "connect"
        case .connectionLost: "connection_lost"
        case .timeout: "timeout"
        case .canceled: "canceled"
        case .invalidRequest: "invalid_request"
        case .unreadableBody: "unreadable_body"
        case .tooLong: "too_long"
        }
    }
}

extension Duration {
    var milliseconds: Int {
        let milliseconds = (self / .milliseconds(1)).rounded()
        return Int(exactly: milliseconds) ?? .max
    }
}
