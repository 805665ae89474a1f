import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateAPI

/// The provider of a simulated night: what it has accepted, how each prediction goes, and what it answers when asked.
///
/// Its clock is the night's own: milliseconds since the beginning.
struct SimulatedAPI {
    enum Outcome: Hashable {
        case succeeded
        case failed(String)
        case canceled
        case aborted
    }

    struct Remote {
        var id: String
        /// The item whose create was accepted; equal inputs make items interchangeable.
        var item: Int
        var input: JSONValue
        var createdAt: Int64
        /// When the list shows it.
        var listedAt: Int64
        /// When a read finds it.
        var readableAt: Int64
        var startsAt: Int64
        var endsAt: Int64
        var outcome: Outcome
        var outputs: [String]
        /// From when on its first addresses lead nowhere, and a read tells others.
        var staleAt: Int64?
        /// The list shows it later than any policy waits for, or its files never came whole: what follows is nobody's fault.
        var isExcused = false
        /// The engine has its outputs on disk.
        var isHome = false

        /// Its data are removed as soon as it has ended.
        var isRemovedAtOnce = false
        /// It is not what the manifest accepts.
        var isRefused = false

        var removedAt: Int64 { endsAt + (isRemovedAtOnce ? 0 : SimulatedAPI.retention) }
        var predictTime: Double { endsAt > startsAt ? Double(endsAt - startsAt) / 1000 : 0 }
    }

    /// How long data are kept after the end.
    static let retention: Int64 = 3_600_000
    static let epoch = Timestamp(milliseconds: 1_790_000_000_000)

    let night: Night
    private(set) var remotes: [Remote] = []
    private var places: [String: Int] = [:]
    private var bucket = TokenBucket(capacity: 20, perMinute: 600)
    private var lowCredit = TokenBucket(capacity: 1, perMinute: 6)
    /// How many creates it has throttled.
    private(set) var throttled = 0

    init(_ night: Night) {
        self.night = night
    }

    subscript(id: String) -> Remote? {
        get { places[id].map { remotes[$0] } }
        set {
            guard let place = places[id], let newValue else { return }
            remotes[place] = newValue
        }
    }

    // MARK: - Creates

    /// What a create that has arrived is refused with, if it is.
    mutating func refusal(item: Int, at now: Int64, _ chance: inout Chance) -> ProviderError? {
        if let error = night.gatewayError(at: now) { return error }
        if night.blockedInputs.contains(item) { return ProviderError(.foreignRefusal, "403 Attention Required!") }
        if night.isInForce(.revoked, at: now) {
            return ProviderError(.unauthorized, "401 You did not pass a valid authentication token")
        }
        if night.isInForce(.storm, at: now) || chance.strikes(.throttled, item) {
            return throttle(for: chance.time(1...30, .retryAfter, item))
        }
        if night.isInForce(.lowCredit, at: now), let wait = lowCredit.take(at: now) {
            return throttle(for: wait, reducedTo: RateLimit(count: 6, per: .seconds(60)))
        }
        if let wait = bucket.take(at: now) { return throttle(for: wait) }
        if night.isInForce(.noCredit, at: now) { return ProviderError(.noCredit, "402 Insufficient credit") }
        if night.badInputs.contains(item) {
            return ProviderError(.invalidInput, "422 input.n: must be less than or equal to 1")
        }
        return nil
    }

    private mutating func throttle(for seconds: Int64, reducedTo pace: RateLimit? = nil) -> ProviderError {
        throttled += 1
        return ProviderError(
            .throttled, "429 Request was throttled. Your rate limit resets in ~\(seconds)s.",
            retryAfter: .seconds(seconds), reducedPace: pace)
    }

    mutating func accept(item: Int, input: JSONValue, cancelAfter: Int64?, at now: Int64, _ chance: inout Chance)
        -> Remote
    {
        let id = "p\(remotes.count)"
        var startsAt = now + chance.time(5...400, .startTime, item)
        if chance.strikes(.coldBoot, item) { startsAt = now + chance.time(30_000...900_000, .startTime, item) }
        var endsAt = startsAt + chance.time(night.runTime, .runTime, item)
        if chance.strikes(.slowRun, item) { endsAt = startsAt + chance.time(300_000...1_500_000, .runTime, item) }
        var outcome = Outcome.succeeded
        if chance.strikes(.interrupted, item) {
            outcome = .failed("Prediction interrupted; please retry (code: PA)")
        } else if chance.strikes(.highDemand, item) {
            outcome = .failed("Service is currently unavailable due to high demand. Please try again later. (E003)")
        } else if chance.strikes(.modelFails, item) {
            outcome = .failed("ValueError: the prompt is too long")
        } else if chance.strikes(.canceled, item) {
            outcome = .canceled
        } else if chance.strikes(.aborted, item) {
            (outcome, startsAt) = (.aborted, endsAt)
        }
        // The platform stops a run after half an hour.
        if endsAt - startsAt > 1_800_000 { (endsAt, outcome) = (startsAt + 1_800_000, .canceled) }
        if let cancelAfter, endsAt > now + cancelAfter {
            let isRunning = startsAt < now + cancelAfter
            (endsAt, outcome) = (now + cancelAfter, isRunning ? .canceled : .aborted)
            startsAt = min(startsAt, endsAt)
        }
        var remote = Remote(
            id: id, item: item, input: input, createdAt: now, listedAt: now, readableAt: now, startsAt: startsAt,
            endsAt: endsAt, outcome: outcome, outputs: SimulatedFiles.names(of: id, chance: &chance, item: item))
        if chance.strikes(.emptyOutput, item) { remote.outputs = [] }
        remote.isRefused = chance.strikes(.refusedResult, item)
        remote.isRemovedAtOnce = chance.strikes(.removedResult, item)
        if chance.strikes(.listLag, item) { remote.listedAt += chance.time(500...9_000, .lag, item) }
        if chance.strikes(.deepListLag, item) {
            remote.listedAt += chance.time(20_000...600_000, .lag, item)
            remote.isExcused = true
        }
        if chance.strikes(.readLag, item) { remote.readableAt += chance.time(100...3_000, .lag, item) }
        if chance.strikes(.staleAddress, item) { remote.staleAt = endsAt + chance.time(1...2_000, .lag, item) }
        places[id] = remotes.count
        remotes.append(remote)
        return remote
    }

    /// A cancel has arrived.
    mutating func cancel(_ id: String, at now: Int64) {
        guard var remote = self[id], remote.endsAt > now else { return }
        remote.endsAt = now
        remote.startsAt = min(remote.startsAt, now)
        remote.outcome = .canceled
        self[id] = remote
    }

    /// All instances that work are taken away.
    mutating func preempt(at now: Int64) {
        for index in remotes.indices where remotes[index].startsAt <= now && remotes[index].endsAt > now {
            remotes[index].endsAt = now
            remotes[index].outcome = .failed("Prediction interrupted; please retry (code: PA)")
        }
    }

    // MARK: - Reads

    /// What a read finds.
    func prediction(_ id: String, at now: Int64) -> Prediction? {
        guard let remote = self[id], remote.readableAt <= now else { return nil }
        return told(remote, at: now)
    }

    /// The rows of the list, newest first.
    func list(after: Timestamp, before: Timestamp?, at now: Int64) -> [Prediction] {
        remotes.reversed().filter { remote in
            let createdAt = Self.time(remote.createdAt)
            return remote.listedAt <= now && createdAt >= after && (before.map { createdAt < $0 } ?? true)
        }
        .sorted { $0.createdAt > $1.createdAt }.map { told($0, at: now) }
    }

    func told(_ remote: Remote, at now: Int64) -> Prediction {
        var prediction = Prediction(
            id: remote.id, model: "me/dream", version: "hidden", input: shown(remote.input), status: .starting,
            source: "api",
            createdAt: Self.time(remote.createdAt).date)
        guard remote.startsAt <= now || remote.endsAt <= now else { return prediction }
        prediction.status = .processing
        if remote.outcome != .aborted { prediction.startedAt = Self.time(remote.startsAt).date }
        guard remote.endsAt <= now else { return prediction }
        prediction.completedAt = Self.time(remote.endsAt).date
        prediction.metrics = [
            "predict_time": .number(JSONNumber(remote.predictTime) ?? JSONNumber(0)),
            "total_time": .number(JSONNumber(Double(remote.endsAt - remote.createdAt) / 1000) ?? JSONNumber(0)),
        ]
        prediction.dataRemoved = remote.removedAt <= now
        if prediction.dataRemoved { prediction.input = [:] }
        switch remote.outcome {
        case .succeeded:
            prediction.status = .succeeded
            if !prediction.dataRemoved, !remote.outputs.isEmpty {
                let isStale = remote.staleAt.map { $0 <= now } ?? false
                let addresses = remote.outputs.map {
                    JSONValue.string(SimulatedFiles.address(of: $0, generation: isStale ? 2 : 1))
                }
                prediction.output = addresses.count == 1 ? addresses[0] : .array(addresses)
            }
        case .failed(let error):
            prediction.status = .failed
            prediction.error = error
        case .canceled: prediction.status = .canceled
        case .aborted: prediction.status = .aborted
        }
        return prediction
    }

    private func shown(_ input: JSONValue) -> JSONValue {
        guard night.rates[.filledInputs] != nil, var members = input.objectValue else { return input }
        if let number = members["n"]?.intValue, let other = JSONNumber(literal: "\(number).0e0") {
            members["n"] = .number(other)
        }
        members["size"] = Night.usualSize
        return .object(members)
    }

    static func time(_ milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: epoch.milliseconds + milliseconds)
    }
}

/// The provider's own limit of creates.
private struct TokenBucket {
    let capacity: Double
    let perMinute: Double
    private var tokens: Double
    private var filledAt: Int64 = 0

    init(capacity: Double, perMinute: Double) {
        (self.capacity, self.perMinute, tokens) = (capacity, perMinute, capacity)
    }

    /// Takes one, or says how many seconds it takes until there is one.
    mutating func take(at now: Int64) -> Int64? {
        tokens = min(capacity, tokens + Double(now - filledAt) * perMinute / 60_000)
        filledAt = now
        guard tokens >= 1 else { return max(1, Int64(((1 - tokens) * 60 / perMinute).rounded(.up))) }
        tokens -= 1
        return nil
    }
}
