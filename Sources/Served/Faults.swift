/// What goes wrong on purpose, each as a share of the requests or predictions that it concerns, from 0 to 1.
public struct Faults: Hashable, Sendable {
    /// The connection is cut before anything was created.
    public var lostBefore = 0.0
    /// The prediction is created and the connection cut without an answer.
    public var lostAfter = 0.0
    /// A create is answered by a 500, 502 or 503 and nothing is created.
    public var serverErrors = 0.0
    /// A create is answered by a 500, 502 or 503 although the prediction is created.
    public var serverErrorsAfter = 0.0
    /// A read is answered by a 500, 502 or 503.
    public var readErrors = 0.0
    /// A create is answered by a 429.
    public var throttles = 0.0
    /// A create is answered by a 402.
    public var noCredit = 0.0
    /// An answer takes a second longer.
    public var slow = 0.0
    /// A download is cut in the middle.
    public var truncated = 0.0
    /// A prediction fails with "Prediction interrupted; please retry (code: PA)".
    public var interrupted = 0.0
    /// A prediction fails with one of the platform's own error codes.
    public var failed = 0.0
    /// A prediction is aborted before it starts.
    public var aborted = 0.0

    public init() {}

    static let names: [(name: String, path: any WritableKeyPath<Faults, Double> & Sendable)] = [
        ("lost-before", \.lostBefore), ("lost-after", \.lostAfter), ("5xx", \.serverErrors),
        ("5xx-after", \.serverErrorsAfter), ("5xx-reads", \.readErrors), ("429", \.throttles), ("402", \.noCredit),
        ("slow", \.slow), ("truncate", \.truncated), ("interrupt", \.interrupted), ("fail", \.failed),
        ("abort", \.aborted),
    ]

    /// Reads a text such as `lost-after=0.1,5xx=0.05`; an empty one means no faults.
    /// - Throws: ``FaultsParsingError`` that lists the names.
    public init(parsing text: String) throws(FaultsParsingError) {
        for part in text.split(separator: ",") {
            let pieces = part.split(separator: "=", maxSplits: 1)
            let name = String(pieces.first ?? "").replacing(" ", with: "")
            guard let path = Faults.names.first(where: { $0.name == name })?.path else {
                let known = Faults.names.map(\.name).joined(separator: ", ")
                throw FaultsParsingError(description: "unknown fault '\(name)'; expected one of \(known)")
            }
            guard pieces.count == 2, let rate = Double(pieces[1]), (0...1).contains(rate) else {
                throw FaultsParsingError(
                    description: "fault '\(name)' needs a share from 0 to 1, as in \(name)=0.1")
            }
            self[keyPath: path] = rate
        }
    }

    /// Error texts that the platform really gives, all worth another attempt.
    static let platformErrors = [
        "An unknown error occurred. (E1000)", "Timed out starting the prediction. (E6716)",
        "Prediction was stopped before it finished. (E8367)", "The model's health check failed. (E8765)",
        "Uploading the output failed. (E9825)", "Service is temporarily unavailable. Please try again later. (E004)",
    ]
}

/// A text that does not describe faults.
public struct FaultsParsingError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}
