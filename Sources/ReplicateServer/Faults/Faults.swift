/// What goes wrong on purpose, and how often. Rates are between 0 and 1; the draws follow from ``seed`` and the order of
/// the requests.
public struct Faults: Hashable, Sendable {
    /// Creates whose connection is cut before anything was created.
    public var lostBefore = 0.0
    /// Creates that are accepted and whose connection is cut instead of an answer.
    public var lostAfter = 0.0
    /// Creates answered with a 5xx, nothing created.
    public var errorBefore = 0.0
    /// Creates answered with a 5xx although they were accepted.
    public var errorAfter = 0.0
    /// Reads answered with a 5xx.
    public var errorOnRead = 0.0
    /// Downloads answered with a 5xx.
    public var errorOnDownload = 0.0
    /// Creates that begin a time in which all of them are throttled.
    public var throttle = 0.0
    /// How long that time is.
    public var throttleTime = Duration.seconds(1)
    /// Creates that begin a time in which all of them are refused for lack of credit.
    public var unpaid = 0.0
    /// How long that time is.
    public var unpaidTime = Duration.seconds(2)
    /// Creates that begin a time in which no token is accepted, for no request.
    public var revoked = 0.0
    /// How long that time is.
    public var revokedTime = Duration.seconds(2)
    /// Requests that are answered late.
    public var slow = 0.0
    /// How late.
    public var slowTime = Duration.seconds(2)
    /// Downloads that are cut in the middle, although the whole length was promised.
    public var truncate = 0.0
    /// Downloads with one wrong byte.
    public var corrupt = 0.0
    /// Predictions that fail with "Prediction interrupted; please retry (code: PA)".
    public var interrupt = 0.0
    /// Predictions that fail with one of the platform's errors that may pass.
    public var fail = 0.0
    /// Predictions that are aborted before they start.
    public var abort = 0.0
    /// Event streams that are cut after some event, before the end was told.
    public var streamCut = 0.0
    /// Webhooks that are never delivered.
    public var webhookLost = 0.0
    /// Webhooks that are delivered twice.
    public var webhookTwice = 0.0
    /// Webhooks that are delivered after a later one of the same prediction.
    public var webhookLate = 0.0
    /// Held creates that are answered with status "processing" although the whole output is there.
    public var earlyOutput = 0.0
    /// Whether bodies are as strange as the wild ones: repeated keys, another version than asked for, unknown keys, a
    /// missing output, and held creates answered with status "processing" and the whole output.
    public var nasty = false
    public var seed: UInt64 = 1

    /// No faults.
    public init() {}

    /// The platform's errors that may pass when tried again.
    public static let transientErrors = [
        "Prediction interrupted; please retry (code: PA)",
        "Director: unexpected error handling prediction (E9828)",
        "Prediction failed: model container stopped in a non-terminal state (E8367)",
        "Timeout starting prediction (E6716)",
        "Health check failed (E8765)",
        "Unknown error (E1000)",
        "Failed to upload output (E9825)",
        "Service is currently unavailable due to high demand. Please try again later. (E003)",
        "Service is temporarily unavailable. Please try again later. (E004)",
    ]
}

/// Why a text describes no faults.
public struct FaultsParsingError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}

extension Faults {
    private static var rates: [(name: String, path: WritableKeyPath<Faults, Double>)] {
        [
            ("lost-before", \.lostBefore), ("lost-after", \.lostAfter), ("5xx-before", \.errorBefore),
            ("5xx-after", \.errorAfter), ("5xx-reads", \.errorOnRead), ("5xx-downloads", \.errorOnDownload),
            ("429", \.throttle), ("402", \.unpaid), ("401", \.revoked), ("slow", \.slow), ("truncate", \.truncate),
            ("corrupt", \.corrupt),
            ("interrupt", \.interrupt), ("fail", \.fail), ("abort", \.abort), ("stream-cut", \.streamCut),
            ("webhook-lost", \.webhookLost), ("webhook-twice", \.webhookTwice), ("webhook-late", \.webhookLate),
            ("early-output", \.earlyOutput),
        ]
    }
    private static var times: [(name: String, path: WritableKeyPath<Faults, Duration>)] {
        [
            ("429-time", \.throttleTime), ("402-time", \.unpaidTime), ("401-time", \.revokedTime),
            ("slow-time", \.slowTime),
        ]
    }

    /// Every name that ``init(parsing:)`` knows, for messages and help texts.
    public static var names: [String] {
        ["5xx"] + rates.map(\.name) + times.map(\.name) + ["nasty", "seed"]
    }

    /// Reads a list such as `lost-after=0.1,5xx=0.05,slow=0.2,slow-time=500ms,nasty,seed=7`.
    ///
    /// `5xx` stands for `5xx-before` and `5xx-reads` together. An empty text means no faults.
    public init(parsing text: String) throws(FaultsParsingError) {
        self.init()
        for part in text.split(separator: ",") {
            let pieces = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = pieces[0].trimmingSpaces
            try set(name, to: pieces.count > 1 ? pieces[1].trimmingSpaces : nil)
        }
    }

    private mutating func set(_ name: String, to value: String?) throws(FaultsParsingError) {
        if name == "nasty" {
            guard value == nil || value == "1" else {
                throw FaultsParsingError(description: "fault 'nasty' takes no value, found '\(value ?? "")'")
            }
            nasty = true
        } else if name == "seed" {
            guard let seed = value.flatMap({ UInt64($0) }) else {
                throw FaultsParsingError(description: "fault 'seed' is '\(value ?? "")'; expected a whole number")
            }
            self.seed = seed
        } else if let time = Self.times.first(where: { $0.name == name }) {
            self[keyPath: time.path] = try Self.time(value ?? "", of: name)
        } else if let rate = Self.rates.first(where: { $0.name == name }) {
            self[keyPath: rate.path] = try Self.rate(value ?? "", of: name)
        } else if name == "5xx" {
            errorBefore = try Self.rate(value ?? "", of: name)
            errorOnRead = errorBefore
        } else {
            throw FaultsParsingError(
                description: "unknown fault '\(name)'; expected one of \(Self.names.joined(separator: ", "))")
        }
    }

    private static func rate(_ text: String, of name: String) throws(FaultsParsingError) -> Double {
        guard let rate = Double(text), (0...1).contains(rate) else {
            throw FaultsParsingError(
                description:
                    "the rate of fault '\(name)' is '\(text)'; expected a number from 0 to 1, such as \(name)=0.1")
        }
        return rate
    }

    private static func time(_ text: String, of name: String) throws(FaultsParsingError) -> Duration {
        let units: [(suffix: String, seconds: Double)] = [("ms", 0.001), ("s", 1), ("m", 60)]
        for unit in units where text.hasSuffix(unit.suffix) {
            if let count = Double(text.dropLast(unit.suffix.count)), (0...86_400).contains(count) {
                return Duration(inSeconds: count * unit.seconds)
            }
        }
        throw FaultsParsingError(
            description: "the time of fault '\(name)' is '\(text)'; expected one such as \(name)=500ms or \(name)=2s")
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        var rest = self
        while rest.first == " " { rest.removeFirst() }
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}
