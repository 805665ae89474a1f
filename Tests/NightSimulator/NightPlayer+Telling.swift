import NightshiftCore
import ReplicateAPI

/// The trace's words.
extension NightPlayer {
    func describe(_ action: RunAction) -> String {
        switch action {
        case .prepare(let item, _, _): "prepare item-\(item.index + 1)"
        case .create(let item, _, _, let attempt, _): "create item-\(item.index + 1), attempt \(attempt)"
        case .pollList(let query): "sweep \(told(query))"
        case .read(let item, let id): "read \(id) of item-\(item.index + 1)"
        case .searchLostCreates(let query, _): "look for lost creates \(told(query))"
        case .examine(let id, _): "look at the input of \(id)"
        case .fetch(let item, _, _, _): "fetch item-\(item.index + 1)"
        case .checkProvider: "ask for what must be there"
        case .checkAbsence(let item, let id, let witness):
            "look closer for \(id) of item-\(item.index + 1), with \(witness ?? "nothing") as a witness"
        case .cancel(let id): "cancel \(id)"
        case .share(let item, _, _, _, _): "share with item-\(item.index + 1)"
        case .judgeCanary: "ask about the rest"
        }
    }

    func describe(_ change: Transition.Change) -> String {
        switch change {
        case .submitting(let attempt, _, _): "submitting, attempt \(attempt)"
        case .returned(let attempt, let due): "returned, attempt \(attempt), due \(told(due))"
        case .unknown(let lost): "unknown since \(told(lost.lostAt)): \(lost.loss)"
        case .found(let attempt, let id, _): "running as \(id), attempt \(attempt), which has come after all"
        case .replaced(_, _, let attempt, let id, _): "running as \(id), attempt \(attempt), in place of another one"
        case .running(let id, _): "running as \(id)"
        case .fetching(let prediction, _): "fetching \(prediction.id)"
        case .succeeded(let outputs): "succeeded with \(outputs.map(\.path).joined(separator: ", "))"
        case .waiting(let failure, let counts, let due):
            "waiting until \(told(due)) after \(failure.failureClass.rawValue) (\(counts.counted) counted, "
                + "\(counts.excused) not)"
        case .failed(let failure, _), .unmet(let failure):
            "failed: \(failure.failureClass.rawValue): \(failure.message)"
        case .held(let reason): "held: \(reason)"
        case .sharing(let result, _): "shares the result of \(result.key)"
        case .unshared: "shares no result"
        case .canceled(let reason, _): "canceled: \(reason)"
        }
    }

    func describe(_ event: RunEvent) -> String {
        switch event {
        case .resumed: "resumed"
        case .loaded: "loaded"
        case .prepared(let item, _, _): "item-\(item.index + 1) is prepared"
        case .prepareFailed(let item, let error): "item-\(item.index + 1) is not prepared: \(error.code)"
        case .created(let item, _, let prediction, _): "item-\(item.index + 1) is created as \(told(prediction))"
        case .createFailed(let item, _, let error):
            "item-\(item.index + 1) is not created: \(error.code)\(error.retryAfter.map { ", wait \($0)" } ?? "")"
        case .polled(let predictions, _): "swept: \(predictions.map(told).joined(separator: ", "))"
        case .pollFailed(let error): "sweep failed: \(error.code)"
        case .read(let item, let prediction): "read of item-\(item.index + 1): \(told(prediction))"
        case .readFailed(let item, let error): "read of item-\(item.index + 1) failed: \(error.code)"
        case .listed(let page):
            "listed: \(page.candidates.map { told($0.prediction) }.joined(separator: ", "))"
        case .examined(let id, let candidate): "\(id) \(candidate == nil ? "is another one" : "may be looked for")"
        case .examineFailed(let id, let error): "\(id) cannot be looked at: \(error.code)"
        case .listFailed(let error): "list failed: \(error.code)"
        case .providerChecked(let check): "the provider \(check.isAnswering ? "answers" : "does not answer")"
        case .absenceChecked(let item, let check):
            "a closer look for item-\(item.index + 1): \(check.prediction), witness: \(String(describing: check.witness))"
        case .fetched(let item, _, _): "item-\(item.index + 1) is fetched"
        case .fetchFailed(let item, _, let failure): "item-\(item.index + 1) is not fetched: \(failure)"
        case .stopRequested(let request): "stop: \(request)"
        case .notified(let prediction): "a webhook tells \(told(prediction))"
        case .shared(let item, _): "item-\(item.index + 1) has the shared files"
        case .canaryJudged(let goesOn): goesOn ? "the rest may be run" : "the rest must not be run"
        case .control: "a person asks"
        case .granted: "the account grants"
        case .clockSet(let shift): "the wall clock was set by \(shift)"
        case .woke: "woke"
        }
    }

    private func told(_ prediction: Prediction) -> String {
        "\(prediction.id) \(prediction.status.rawValue)\(prediction.dataRemoved ? " (data removed)" : "")"
    }

    private func told(_ query: ListQuery) -> String {
        "after \(told(query.createdAfter))\(query.createdBefore.map { " before \(told($0))" } ?? "")"
    }

    private func told(_ instant: Timestamp) -> String {
        "\(Double(instant.milliseconds - SimulatedAPI.epoch.milliseconds) / 1000) s"
    }
}
