import LosslessJSON
import ReplicateAPI

/// What a person at another terminal wants of the run.
extension RunStateMachine {
    mutating func handleControl(_ event: ControlEvent, at now: Timestamp) {
        switch event {
        case .asked(let command, let ticket): asked(command, ticket, at: now)
        case .retried(let outcome, let due, let ticket):
            for (state, count) in outcome.retried { budget.totals.move(from: state, to: .pending, count: count) }
            if outcome.count > 0 { for step in steps.indices { steps[step].noteDue(due) } }
            answer(.retried(outcome), to: ticket)
        case .found(let prediction, let key, let ticket): decision.control.adoptions.append((key, prediction, ticket))
        case .adoptable(let adoption, let ticket): takeUp(adoption, ticket, at: now)
        case .notAdoptable(let message, let ticket): answer(.refused(message), to: ticket)
        }
    }

    private mutating func asked(_ command: ControlCommand, _ ticket: ControlTicket?, at now: Timestamp) {
        switch command {
        case .status: answer(.status(liveStatus(at: now)), to: ticket)
        case .pause, .resume, .set: override(ticket, at: now) { $0.take(command) }
        case .cancel: cancelAll(ticket)
        case .retry(let keys): decision.control.retries.append((keys, ticket))
        case .redo(let orders): decision.control.redos.append((orders, ticket))
        case .adopt(let key, let predictionID): decision.control.searches.append((key, predictionID, ticket))
        }
    }

    mutating func answer(_ answer: ControlAnswer, to ticket: ControlTicket?) {
        if let ticket { decision.control.answers.append((ticket, answer)) }
    }

    private mutating func override(_ ticket: ControlTicket?, at now: Timestamp, _ body: (inout RunOverrides) -> Void) {
        if gate.override(body, at: now) {
            let overrides = gate.overrides
            for step in steps.indices {
                steps[step].concurrency.setBound(overrides.concurrency ?? settings.steps[step].concurrency)
            }
            decision.control.overrides = overrides
        }
        answer(.overrides(gate.overrides), to: ticket)
    }

    /// What becomes of each prediction is read like anything else.
    private mutating func cancelAll(_ ticket: ControlTicket?) {
        let isFirst = shutdown.cancel(ticket)
        closeGate()
        guard isFirst, settings.traits.createIsIdempotent else { return }
        for (_, item) in window.items.sorted(by: { $0.key < $1.key }) {
            guard case .submitting = item.phase else { continue }
            decision.control.canceledCreates.append((item.key, item.attempt))
        }
    }

    /// Takes a prediction as the item's because a person says so; the provider and the store have agreed.
    private mutating func takeUp(_ adoption: Adoption, _ ticket: ControlTicket?, at now: Timestamp) {
        let item = adoption.item
        guard window[item.id] == nil else {
            answer(.refused("item '\(item.key)' is being worked on"), to: ticket)
            return
        }
        if let reason = reasonToLeave(adoption.prediction) {
            answer(.refused(reason), to: ticket)
            return
        }
        admit(item, phase: .ready(input: item.input, files: item.files))
        window.change(item.id) { $0.state = adoption.state }
        guard let step = window[item.id]?.step else { return }
        // A held item's create was counted when it was sent.
        if adoption.state != .held, !adoption.isCounted { budget.spend(predictions: 1, on: step) }
        let sentAt = adoption.prediction.createdAt.map { poller.clock.localTime(for: Timestamp($0)) } ?? now
        adopt(item.id, adoption.prediction, sentAt: Swift.min(sentAt, now), at: now)
        answer(.adopted(adoption.prediction.status.rawValue), to: ticket)
    }

    /// Why a prediction may be another item's, which the store cannot know yet.
    private func reasonToLeave(_ prediction: Prediction) -> String? {
        if let holder = window.holder(of: prediction.id).flatMap({ window[$0] }) {
            return "prediction \(prediction.id) belongs to item '\(holder.key)' already"
        }
        let sending = window.items.values.filter { $0.phase.kind == .submitting }
        let fingerprints = InputFingerprints(
            Set(sending.compactMap(\.sent)), wanted: Set(window.submitting.keys), inputs: settings.steps.map(\.inputs))
        let likeness = fingerprints.likeness(of: prediction.input)
        guard !likeness.digests.isEmpty || !likeness.resembled.isEmpty else { return nil }
        return "an item with the same input is being created, and prediction \(prediction.id) may be its: "
            + "ask again when that create is answered"
    }

    private func liveStatus(at now: Timestamp) -> LiveStatus {
        var pace = pace
        pace.note(ended: totals.ended, isHalted: isHalted, at: now)
        return LiveStatus(
            totals: totals, startedAt: budget.startedAt, endedBefore: reporting.endedBefore,
            inFlight: window.inFlight, concurrency: bound, rate: RateText.format(gate.limit),
            isPaused: gate.overrides.isPaused, isThrottled: isThrottled, hold: gate.verdict(at: now),
            ending: shutdown.ending?.word, activeTime: pace.activeTime, endedActively: pace.ended,
            isHalted: pace.isHalted)
    }
}

extension RunTotals {
    /// Items that a run does not touch again by itself.
    package var ended: Int { self[.succeeded] + self[.failed] + self[.canceled] + self[.held] }
}
