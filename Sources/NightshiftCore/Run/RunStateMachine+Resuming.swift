import LosslessJSON
import ReplicateAPI

/// What an earlier session has left in flight.
extension RunStateMachine {
    /// A request leaves within this time after its intent, or not at all.
    private static let longestWayOut = Duration.seconds(15)

    /// Takes up an item where its checkpoint left it.
    mutating func resume(_ item: LoadedItem, at now: Timestamp) {
        guard window[item.id] == nil else { return }
        defer { window.change(item.id) { $0.isOfEarlierSession = true } }
        let mayStillRun = settings.traits.remembersPredictions && settings.traits.survivesRestart
        switch item.checkpoint {
        case .pending:
            admit(item, phase: .ready(input: item.input, files: item.files))
            if let step = window[item.id]?.step { steps[step].append(item.id) }
        case .submitting(let intent):
            // The process died after the intent, so the create was sent before now at the latest. Sessions may be short, so
            // that what is waited for is counted from what is stored.
            let sentAt = localTime(of: intent)
            let sentBy = (sentAt ?? intent.at).advanced(by: Self.longestWayOut)
            let lostAt = believable(sentBy, isCertain: sentAt != nil, at: now)
            admit(item, phase: .submitting(intent))
            guard mayStillRun else { return returnToStore(item.id, due: now, at: now) }
            lost(
                item.id, intent, by: .ended, "the last session ended while it was being sent", lostAt: lostAt, at: now)
        case .unknown(var lost):
            let stored = lost.lostAt
            let sentAt = localTime(of: lost.intent)
            lost.lostAt = believable(Swift.max(stored, sentAt ?? stored), isCertain: sentAt != nil, at: now)
            admit(item, phase: .unknown(isQuiet: lost.isQuiet))
            guard mayStillRun, let resumed = window[item.id] else {
                return returnToStore(item.id, due: now, at: now)
            }
            reconciler.add(item.id, step: resumed.step, lost, sent: resumed.sent, at: now)
            // Sessions may be short: the next one counts from there.
            if lost.lostAt != stored { record(.unknown(lost), for: item.id, at: now) }
        case .running(let predictionID, let stored):
            resumePrediction(item, predictionID, since: stored, mayStillRun: mayStillRun, at: now)
        case .fetching(let predictionID, let output, let stored):
            if let shared = item.shared {
                admit(item, phase: .ready(input: item.input, files: item.files))
                share(item.id, shared, at: now)
            } else if let output, mayStillRun || !output.holdsLocalAddress {
                noteAge(of: item.id, since: stored, mayStillRun: mayStillRun, at: now)
                admit(item, phase: .fetching(predictionID: predictionID, isShared: false))
                downloads.enqueue(item.id, predictionID: predictionID, output: output, at: now)
            } else {
                resumePrediction(item, predictionID, since: stored, isFresh: true, mayStillRun: mayStillRun, at: now)
            }
        }
    }

    /// - Parameter isFresh: its end is known, so only from now on it counts how long it takes.
    private mutating func resumePrediction(
        _ item: LoadedItem, _ predictionID: String, since stored: Timestamp, isFresh: Bool = false, mayStillRun: Bool,
        at now: Timestamp
    ) {
        noteAge(of: item.id, since: stored, mayStillRun: mayStillRun, at: now)
        admit(item, phase: .running(predictionID: predictionID))
        guard mayStillRun, let step = window[item.id]?.step else { return returnToStore(item.id, due: now, at: now) }
        // Since when it runs is not always known.
        let since = isFresh || stored > now || stored == .distantPast ? now : stored
        var watch = PredictionPoller.Watch(predictionID, step: step, since: since, nextPollAt: now)
        watch.isCounted = item.isCounted
        poller.watch(item.id, watch)
    }

    /// Results are kept for a while; those of longer ago may be gone.
    private mutating func noteAge(of id: ItemID, since stored: Timestamp, mayStillRun: Bool, at now: Timestamp) {
        guard mayStillRun, stored.advanced(by: settings.reconciling.retention) < now else { return }
        gate.earlier.watch(id)
    }

    /// When an earlier session has recorded an intent, by our clock; `nil` where the two clocks cannot be compared.
    private func localTime(of intent: CreateIntent) -> Timestamp? {
        guard let then = intent.clockOffset, let offset = poller.clock.knownOffset else { return nil }
        return intent.at.advanced(by: then - offset)
    }

    /// What an earlier session says of when a create was lost. A clock that may have been wrong is believed only if it speaks
    /// of a moment ago; else the list gets its time again.
    private func believable(_ lostAt: Timestamp, isCertain: Bool, at now: Timestamp) -> Timestamp {
        guard lostAt <= now else { return now }
        return isCertain || lostAt.duration(to: now) <= settings.reconciling.lag * 4 ? lostAt : now
    }
}

extension JSONValue {
    /// Whether any text in it is an address on this machine: what served it may have ended with the process that ran it.
    fileprivate var holdsLocalAddress: Bool {
        switch self {
        case .string(let text):
            guard text.utf8.starts(with: "http://".utf8) || text.utf8.starts(with: "https://".utf8) else {
                return false
            }
            let authority = text.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true).dropFirst().first
            guard let authority else { return false }
            let place = authority.prefix { $0 != "?" && $0 != "#" }
            let host = place.hasPrefix("[") ? place.prefix { $0 != "]" } + "]" : place.prefix { $0 != ":" }
            return Loopback.contains(host: String(host))
        case .array(let elements): return elements.contains(where: \.holdsLocalAddress)
        case .object(let members): return members.values.contains(where: \.holdsLocalAddress)
        case .null, .bool, .number: return false
        }
    }
}
