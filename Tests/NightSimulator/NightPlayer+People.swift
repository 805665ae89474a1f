import Nightshift
import NightshiftCore
import ReplicateAPI

/// What people do about items from other terminals, while the run goes on and between its sessions.
extension NightPlayer {
    private static let mostAsks = 20

    /// Somebody sees what has failed, what is held and what was made, and does something about it some time later.
    func notice(_ transitions: [Transition]) {
        for transition in transitions where [.failed, .held, .succeeded].contains(transition.change.state) {
            let item = transition.item.index
            let wish: Wish
            if transition.change.state == .succeeded {
                guard chance.strikes(.redoneItems, item) else { continue }
                wish = .redo(item: item)
            } else if chance.strikes(.adoptedItems, item) {
                wish = .adopt(item: item)
            } else if chance.strikes(.retriedItems, item) {
                wish = .retry(item: item)
            } else {
                continue
            }
            guard asked < Self.mostAsks else { return }
            asked += 1
            let isQuick = chance.number(below: 2, .shape, item) == 0
            queue.schedule(.asks(wish), at: now + chance.time(isQuick ? 100...5_000 : 5_000...600_000, .lag, item))
        }
    }

    /// When somebody will ask for something next.
    var nextAsk: Int64? {
        queue.instants { if case .asks = $0 { true } else { false } }.min()
    }

    func wantsFailuresRetried() -> Bool {
        guard asked < Self.mostAsks, chance.strikes(.retriedFailures) else { return false }
        asked += 5
        return true
    }

    private func command(for wish: Wish) -> ControlCommand {
        switch wish {
        case .retry(let item):
            // Some name more than what can be retried.
            let other = chance.number(below: night.items + 1, .shape, item)
            return .retry(keys: ["item-\(item + 1)", "item-\(other + 1)"])
        case .redo(let item):
            let other = chance.number(below: night.items + 1, .shape, item)
            return .redo([RedoOrder(key: "item-\(item + 1)"), RedoOrder(key: "item-\(other + 1)")])
        case .adopt(let item):
            let isMistaken = chance.number(below: 5, .shape, item) == 0
            let group = night.inputNumber(of: item)
            let found = api.remotes.filter { isMistaken || night.inputNumber(of: $0.item) == group }
            guard !found.isEmpty else { return .retry(keys: ["item-\(item + 1)"]) }
            let chosen = found[chance.number(below: found.count, .shape, item)]
            return .adopt(key: "item-\(item + 1)", predictionID: chosen.id)
        }
    }

    // MARK: - While the run goes on

    func ask(_ wish: Wish) -> RunEvent {
        let command = command(for: wish)
        note("-- somebody asks: \(command.json.jsonString())")
        return .control(.asked(command, ControlTicket(asked)))
    }

    /// Does what `Runner` does beside recording.
    func attend(to decision: Decision, of run: RunRecord) async throws -> [RunEvent] {
        var followUps: [RunEvent] = []
        func renewed(_ outcome: RetryOutcome, due: Timestamp, _ ticket: ControlTicket?) {
            guard decision.finish == nil else {
                retried.tooLate = true
                return
            }
            retried.inTime = true
            let event = RunEvent.control(.retried(outcome, due: due, ticket))
            followUps.append(night.bug?.alter(event) ?? event)
        }
        for (keys, ticket) in decision.control.retries {
            let due = ours
            renewed(try await retry(keys, in: run), due: due, ticket)
        }
        for (orders, ticket) in decision.control.redos {
            let due = ours
            renewed(try await redo(orders, in: run), due: due, ticket)
        }
        for (key, prediction, ticket) in decision.control.adoptions where decision.finish == nil {
            do {
                let adoption = try await adoption(of: prediction, for: key, in: run)
                followUps.append(.control(.adoptable(adoption, ticket)))
            } catch {
                note("    \(prediction.id) cannot be adopted: \(error)")
                followUps.append(.control(.notAdoptable("\(error)", ticket)))
            }
        }
        return followUps
    }

    func begin(_ wanted: (key: String, predictionID: String, ticket: ControlTicket?)) {
        send(.adopt(key: wanted.key, id: wanted.predictionID, wanted.ticket), -5)
    }

    /// What the provider says of a prediction that an item is to adopt.
    func search(_ id: String, for key: String, _ ticket: ControlTicket?) -> ControlEvent {
        do throws(ControlError) {
            return .found(try prediction(id), for: key, ticket)
        } catch {
            note("    \(id) cannot be adopted: \(error.message)")
            return .notAdoptable(error.message, ticket)
        }
    }

    private func prediction(_ id: String) throws(ControlError) -> Prediction {
        if let error = readError(-5) { throw ControlError(error.message) }
        guard let prediction = api.prediction(id, at: now) else { throw ControlError("404") }
        return prediction
    }

    private func adoption(of prediction: Prediction, for key: String, in run: RunRecord) async throws -> Adoption {
        do {
            return try await store.checkpoints.adoption(of: prediction, for: key, in: run)
        } catch {
            guard night.bug == .adoptsAnything, let adoptee = try await store.checkpoints.adoptee(key: key, in: run),
                [.failed, .held].contains(adoptee.state)
            else { throw error }
            return Adoption(item: adoptee.item, state: adoptee.state, prediction: prediction, isCounted: false)
        }
    }

    /// Nothing that was retried in time may be left by a run that says that all is done.
    func checkRetriedItems() throws {
        guard retried.inTime, !retried.tooLate else { return }
        audit.endedAfterRetries(try NightBooks(path: "\(folder)/store.sqlite"))
    }

    // MARK: - Between sessions

    /// Does what `OfflineControl` does.
    func doOffline(_ wish: Wish) async throws {
        guard let run = try await store.latestRun() else { return }
        let command = command(for: wish)
        note("-- somebody asks while nothing runs: \(command.json.jsonString())")
        switch command {
        case .retry(let keys): _ = try await retry(keys, in: run)
        case .redo(let orders): _ = try await redo(orders, in: run)
        case .adopt(let key, let id):
            do {
                let adoption = try await adoption(of: try prediction(id), for: key, in: run)
                let totals = try await store.reports.totals(of: run)
                let transition = try await store.checkpoints.adopt(adoption, totals: totals, in: run, at: ours)
                _ = audit.recorded([transition])
            } catch let error as ControlError {
                note("    \(id) cannot be adopted: \(error.message)")
            }
        default: break
        }
    }

    /// Does what `run --retry-failed` does before it begins.
    func retryFailures(of run: RunRecord) async throws {
        note("-- all that has failed is retried")
        try await watchingRetries { _ = try await store.checkpoints.retryFailed(in: run) }
    }

    private func retry(_ keys: [String], in run: RunRecord) async throws -> RetryOutcome {
        try await watchingRetries { try await store.checkpoints.retry(keys: keys, in: run) }
    }

    private func redo(_ orders: [RedoOrder], in run: RunRecord) async throws -> RetryOutcome {
        let before = try NightBooks(path: "\(folder)/store.sqlite")
        let outcome = try await store.checkpoints.redo(orders, in: run, at: ours)
        if night.bug == .forgetsEarlierResults {
            try NightBooks.forgetEarlierResults(path: "\(folder)/store.sqlite")
        }
        audit.redone(from: before, to: try NightBooks(path: "\(folder)/store.sqlite"))
        return outcome
    }

    private func watchingRetries<Result>(_ body: () async throws -> Result) async throws -> Result {
        let before = try NightBooks(path: "\(folder)/store.sqlite")
        let result = try await body()
        audit.retried(from: before, to: try NightBooks(path: "\(folder)/store.sqlite"))
        return result
    }
}
