import LosslessJSON
import NightshiftCore
import ReplicateAPI

/// Decides what of a run's events and decisions is worth a line in its journal.
struct RunJournal {
    private var hold: CreateHold?
    /// What a person has told the run so far.
    private var orders: RunOverrides
    /// How many attempts have failed in each way and are tried again, in this session.
    private var retries: [FailureClass: Int] = [:]

    init(_ orders: RunOverrides = RunOverrides()) {
        self.orders = orders
    }

    /// - Parameter hold: why nothing is created after the decision; nothing of a rate that is used up for a moment.
    mutating func notes(of events: [RunEvent], _ decision: Decision, hold newHold: CreateHold?) -> [JournalNote] {
        var notes = events.compactMap { JournalNote($0, decision) }
        if let overrides = decision.control.overrides {
            notes += JournalNote.orders(from: orders, to: overrides)
            orders = overrides
        }
        notes += decision.announcements.map { JournalNote($0) }
        for transition in decision.transitions {
            guard case .waiting(let failure, _, _) = transition.change else { continue }
            let count = retries[failure.failureClass, default: 0] + 1
            retries[failure.failureClass] = count
            guard Self.isOfNote(count) else { continue }
            notes.append(
                JournalNote(
                    .retries,
                    [
                        "class": .string(failure.failureClass.rawValue), "count": .number(JSONNumber(count)),
                        "key": .string(transition.key),
                        "message": .string(BoundedText.line(failure.message, characters: 300)),
                    ]))
        }
        // That it lasts longer than was thought is told by its end.
        if newHold?.reason != hold?.reason {
            hold = newHold
            notes.append(newHold.map { JournalNote($0) } ?? JournalNote(.released))
        }
        return notes
    }

    /// The first, the tenth, the hundredth, …: a thousand retries are a few lines.
    private static func isOfNote(_ count: Int) -> Bool {
        var power = 1
        while power < count { power *= 10 }
        return power == count
    }
}

extension Store {
    /// Journals that a person has had items made pending again while no session decides.
    /// - Returns: what the person is answered.
    func note(
        _ outcome: RetryOutcome, of run: RunRecord, at now: Timestamp
    ) async throws(StoreError) -> ControlAnswer {
        if let note = JournalNote(outcome) { try await self.note([note], of: run, at: now) }
        return .retried(outcome)
    }
}

extension JournalNote {
    fileprivate init(_ hold: CreateHold) { self.init(.held, hold.json.objectValue ?? [:]) }

    fileprivate init(_ announcement: Announcement) {
        var facts = announcement.facts
        facts["kind"] = .string(announcement.kind.rawValue)
        facts["code"] = .string(announcement.code.rawValue)
        if let until = announcement.until { facts["until"] = .number(JSONNumber(Int(until.milliseconds))) }
        self.init(.announced, facts)
    }

    /// What a person has changed.
    static func orders(from old: RunOverrides, to new: RunOverrides) -> [JournalNote] {
        var notes: [JournalNote] = []
        if old.isPaused != new.isPaused { notes.append(JournalNote(new.isPaused ? .paused : .resumed)) }
        let (before, shown) = (RunOrders(old), RunOrders(new))
        if (before.concurrency, before.rate) != (shown.concurrency, shown.rate) {
            var facts: [String: JSONValue] = [:]
            if let concurrency = shown.concurrency { facts["concurrency"] = .number(JSONNumber(concurrency)) }
            if let rate = shown.rate { facts["rate"] = .string(rate) }
            notes.append(JournalNote(.set, facts))
        }
        return notes
    }

    /// What a person asks for, as far as it changes anything by itself.
    fileprivate init?(_ event: RunEvent, _ decision: Decision) {
        switch event {
        case .control(.asked(.cancel, _)): self.init(.cancelAsked)
        case .control(.retried(let outcome, _, _)): self.init(outcome)
        case .control(.adoptable(let adoption, _))
        where decision.transitions.contains { $0.item == adoption.item.id }:
            self.init(adopted: adoption.prediction.id, by: adoption.item.key)
        default: return nil
        }
    }

    /// - Returns: `nil` if nothing has changed.
    fileprivate init?(_ outcome: RetryOutcome) {
        guard outcome.count > 0 else { return nil }
        let isRedo = outcome.retried[.succeeded] != nil
        self.init(isRedo ? .redoAsked : .retryAsked, ["items": .number(JSONNumber(outcome.count))])
    }

    init(adopted predictionID: String, by key: String) {
        self.init(.adopted, ["key": .string(key), "prediction_id": .string(predictionID)])
    }
}
