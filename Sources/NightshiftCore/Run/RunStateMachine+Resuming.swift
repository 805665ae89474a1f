import JSON
import ReplicateAPI

/// What an earlier session has left in flight.
extension RunStateMachine {
    /// Takes up an item where its checkpoint left it.
    mutating func resume(_ item: LoadedItem, at now: Timestamp) {
        defer { change(item.id) { $0.isOfEarlierSession = true } }
        let mayStillRun = settings.traits.remembersPredictions && settings.traits.survivesRestart
        switch item.checkpoint {
        case .pending:
            admit(item, phase: .ready(input: item.input, files: item.files))
            changeStep(of: item.id) { $0.readyQueue.append(item.id) }
        case .submitting(let intent):
            // The process died after the intent, so the create was sent before now at the latest. Sessions may be short, so
            // that what is waited for is counted from what is stored.
            let sentBy = (localTime(of: intent) ?? intent.at).advanced(by: Self.longestWayOut)
            let lostAt = believable(sentBy, isCertain: localTime(of: intent) != nil, at: now)
            let lost = LostCreate(intent, lostAt: lostAt, loss: .ended)
            admit(item, phase: .unknown(lost))
            if mayStillRun {
                self.lost(
                    item.id, intent, by: .ended, "the last session ended while it was being sent", lostAt: lost.lostAt,
                    at: now)
            } else {
                returnToStore(item.id, due: now, at: now)
            }
        case .unknown(var lost):
            let stored = lost.lostAt
            let sentAt = localTime(of: lost.intent)
            lost.lostAt = believable(Swift.max(stored, sentAt ?? stored), isCertain: sentAt != nil, at: now)
            admit(item, phase: .unknown(lost))
            if !mayStillRun {
                returnToStore(item.id, due: now, at: now)
            } else if lost.lostAt != stored {
                // Sessions may be short: the next one counts from there.
                record(.unknown(lost), for: item.id, at: now)
            }
        case .running(let predictionID, let stored):
            let since = stored > now ? now : stored
            if mayStillRun, since.advanced(by: settings.reconciling.retention) < now { resumed.watch(item.id) }
            admit(item, phase: .running(Running(item, predictionID: predictionID, since: since, at: now)))
            if !mayStillRun { returnToStore(item.id, due: now, at: now) }
        case .fetching(let predictionID, let output, let stored):
            let since = stored > now ? now : stored
            if mayStillRun, since.advanced(by: settings.reconciling.retention) < now { resumed.watch(item.id) }
            if let shared = item.shared {
                admit(item, phase: .ready(input: item.input, files: item.files))
                share(item.id, shared, at: now)
            } else if let output, mayStillRun || !output.holdsLocalAddress {
                admit(item, phase: .fetching(Fetching(predictionID: predictionID, output: output, since: now)))
                fetchQueue.insert(item.id, at: 0)
            } else {
                admit(item, phase: .running(Running(item, predictionID: predictionID, since: now, at: now)))
                if !mayStillRun { returnToStore(item.id, due: now, at: now) }
            }
        }
    }
}

extension RunStateMachine {
    /// A request leaves within this time after its intent, or not at all.
    private static let longestWayOut = Duration.seconds(15)

    /// When an earlier session has recorded an intent, by our clock; `nil` where the two clocks cannot be compared.
    private func localTime(of intent: CreateIntent) -> Timestamp? {
        guard let then = intent.clockOffset, let offset = providerClock.knownOffset else { return nil }
        return intent.at.advanced(by: then - offset)
    }

    /// What an earlier session says of when a create was lost. A clock that may have been wrong is believed only if it speaks
    /// of a moment ago; else the list gets its time again.
    private func believable(_ lostAt: Timestamp, isCertain: Bool, at now: Timestamp) -> Timestamp {
        guard lostAt <= now else { return now }
        return isCertain || lostAt.duration(to: now) <= settings.reconciling.lag * 4 ? lostAt : now
    }
}

extension RunStateMachine.Running {
    /// A prediction that an earlier session has made.
    fileprivate init(_ item: LoadedItem, predictionID: String, since: Timestamp, at now: Timestamp) {
        // Since when it runs is not always known.
        self.init(predictionID: predictionID, since: since > .distantPast ? since : now, nextLook: now)
        isCounted = item.isCounted
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
