/// What a person has told a run while it went on. It is kept in the store, so it outlives a crash, and wins over the
/// manifest until it is taken back.
package struct RunOverrides: Hashable, Sendable {
    /// Nothing new is created.
    package var isPaused: Bool
    package var concurrency: Int?
    /// How many creates may be sent in a time.
    package var rate: RateSettings.Choice?

    package init(isPaused: Bool = false, concurrency: Int? = nil, rate: RateSettings.Choice? = nil) {
        self.isPaused = isPaused
        self.concurrency = concurrency
        self.rate = rate
    }

    /// The limit of creates, where the manifest and the provider allow `limit`.
    package func creates(otherwise limit: RateLimit?) -> RateLimit? {
        rate.map { $0.limit(byProvider: limit) } ?? limit
    }

    /// What a person's command changes, for a live run and for a job that nobody runs alike.
    package mutating func take(_ command: ControlCommand) {
        switch command {
        case .pause: isPaused = true
        case .resume: isPaused = false
        case .set(let change): take(change)
        case .status, .cancel, .retry, .redo, .adopt: break
        }
    }

    private mutating func take(_ change: OrderChange) {
        switch change.concurrency {
        case .none: break
        case .asInManifest: concurrency = nil
        case .to(let count): concurrency = count
        }
        switch change.rate {
        case .none: break
        case .asInManifest: rate = nil
        case .to(let choice): rate = choice
        }
    }
}

/// What `set` changes of the orders.
package struct OrderChange: Hashable, Sendable {
    package enum Change<Value: Hashable & Sendable>: Hashable, Sendable {
        case none
        /// The order is taken back.
        case asInManifest
        case to(Value)
    }

    package var concurrency = Change<Int>.none
    package var rate = Change<RateSettings.Choice>.none

    package static let names = ["concurrency", "rate"]
    /// The word that takes an order back.
    package static let manifest = "manifest"

    package init() {}

    /// Reads assignments such as `concurrency=8` and `rate=60/min`.
    package init(parsing assignments: [String]) throws(ControlError) {
        for assignment in assignments {
            guard let sign = assignment.firstIndex(of: "=") else {
                throw ControlError("'\(assignment)' is no setting; expected concurrency=COUNT or rate=RATE")
            }
            try set(String(assignment[..<sign]), to: String(assignment[assignment.index(after: sign)...]))
        }
    }

    mutating func set(_ name: String, to text: String) throws(ControlError) {
        switch name {
        case "concurrency":
            if text == Self.manifest {
                concurrency = .asInManifest
            } else if let count = Int(text), (1...10_000).contains(count) {
                concurrency = .to(count)
            } else {
                throw ControlError("concurrency is '\(text)'; expected 1 to 10000, or \(Self.manifest)")
            }
        case "rate":
            if text == Self.manifest {
                rate = .asInManifest
            } else if let choice = RateText.parse(text) {
                rate = .to(choice)
            } else {
                throw ControlError(
                    "rate is '\(text)'; expected a rate such as 600/min, 10/s or 1000/h, unlimited, or \(Self.manifest)"
                )
            }
        default:
            throw ControlError("unknown setting '\(name)'; \(NearestName.help(for: name, among: Self.names))")
        }
    }
}

/// A request that makes no sense, in one sentence.
package struct ControlError: Error, Hashable, Sendable, CustomStringConvertible {
    package let message: String

    package init(_ message: String) {
        self.message = message
    }

    package var description: String { message }
}
