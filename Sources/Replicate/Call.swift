import LosslessJSON
import ReplicateAPI

/// One call of the API on its way to the transport.
struct Call: Sendable {
    /// Where the call goes.
    enum Place: Sendable {
        /// A path below the base, with its query.
        case path(String)
        /// An address of the API that an answer gave.
        case url(String)
    }

    var method: String
    var place: Place
    var headers: HeaderFields = [:]
    var body: TransportRequestBody = .none
    /// Whether sending the call twice does the same as sending it once.
    var isIdempotent: Bool
    /// How long the API was asked to hold its answer, which is added to the client's time-out.
    var hold: Duration = .zero
    /// Whether an answer that is due is waited for even if the task is canceled.
    var outlivesCancellation = false
    /// How many bytes an answer may have; more is no answer of the API.
    var longestAnswer = Call.longestOther
    /// Whether the API counts the call as the creation of a prediction.
    var isCreate = false

    /// Predictions hold their outputs, which may be files written into text, and a page has a hundred of them.
    static let longestWithOutputs = 256 << 20
    private static let longestOther = 32 << 20

    init(_ method: String, _ path: String, query: [(name: String, value: String)] = []) {
        var path = path
        for (index, item) in query.enumerated() {
            path += "\(index == 0 ? "?" : "&")\(PathSegment.encode(item.name))=\(PathSegment.encode(item.value))"
        }
        self.init(method: method, place: .path(path))
    }

    init(_ method: String, url: String) {
        self.init(method: method, place: .url(url))
    }

    private init(method: String, place: Place) {
        self.method = method
        self.place = place
        isIdempotent = method != "POST" && method != "PATCH"
        let isOfPredictions =
            switch place {
            case .path(let path): path.contains("/predictions")
            case .url(let url): url.contains("/predictions")
            }
        if isOfPredictions { longestAnswer = Self.longestWithOutputs }
    }

    mutating func setJSON(_ json: JSONValue) {
        headers["Content-Type"] = "application/json"
        body = .bytes(json.jsonBytes())
    }

    /// The call in messages: method and path, never a query.
    func summary(base: APIBase) -> String {
        let full =
            switch place {
            case .path(let path): path
            case .url(let url): url.hasPrefix(base.text) ? String(url.dropFirst(base.text.count)) : "another page"
            }
        return "\(method) \(full.prefix { $0 != "?" && $0 != "#" })"
    }
}

/// A name or id on its way into a path.
///
/// - Throws: ``ReplicateError`` with the code `invalidArgument` if it is empty, because the path would be another call's.
func segment(_ text: String, _ what: String) throws(ReplicateError) -> String {
    guard !text.isEmpty else {
        throw ReplicateError(.invalidArgument, "\(what) is empty; nothing was sent")
    }
    return PathSegment.encode(text)
}
