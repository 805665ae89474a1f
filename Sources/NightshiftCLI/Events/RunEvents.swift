import Foundation
import LosslessJSON
import Nightshift
import NightshiftCore
import ReplicateAPI

/// What is told to programs: each event is one JSON object on a line of its own, as ``EventSchema`` says.
struct RunEvents: Sendable {
    /// What ``EventSchema`` describes; it changes when a member changes its meaning or goes.
    static let version = 1

    /// `nil` where the manifest could not be read.
    var job: String?
    /// What the paths of files are relative to.
    var outputDirectory: String?
    var now: @Sendable () -> Date = { Date() }

    // MARK: - Before the session

    func expanding(items: Int) -> JSONValue {
        event(.expanding, ["items": .number(JSONNumber(items))])
    }

    func planned(_ plan: RunPlanCounts) -> JSONValue {
        event(
            .planned,
            [
                "items": .number(JSONNumber(plan.items)), "new": .number(JSONNumber(plan.new)),
                "changed": .number(JSONNumber(plan.changed)), "withdrawn": .number(JSONNumber(plan.withdrawn)),
                "repeated": .number(JSONNumber(plan.repeated)), "done": .number(JSONNumber(plan.done)),
                "invalid": .number(JSONNumber(plan.invalid)),
            ])
    }

    // MARK: - While it goes on

    func started(_ counts: RunCounts) -> JSONValue {
        event(.started, ["counts": counts.json, "output_directory": .text(outputDirectory)])
    }

    func item(_ change: ItemChange) -> JSONValue {
        event(
            .item,
            [
                "key": .string(change.key), "name": .string(change.name), "origin": .string(change.origin),
                "step": change.step.isEmpty ? .null : .string(change.step), "state": .string(change.state),
                "attempt": .number(JSONNumber(change.attempt)), "prediction": .text(change.predictionID),
                "reason": .text(change.reason), "files": .array(change.files.map(\.json)),
                "predict_time": .amount(change.predictTime), "cost": .amount(change.cost),
            ])
    }

    func progress(_ view: ProgressView) -> JSONValue {
        func whole(_ number: Double?) -> JSONValue {
            number.map { .number(JSONNumber(Int(saturating: min($0, 1e15).rounded()))) } ?? .null
        }
        return event(
            .progress,
            [
                "counts": view.counts.json, "is_throttled": .bool(view.isThrottled), "is_paused": .bool(view.isPaused),
                "hold": view.hold?.json ?? .null, "in_flight": .number(JSONNumber(view.pace.inFlight)),
                "slots": .number(JSONNumber(view.pace.slots)), "cost": .amount(view.pace.cost),
                "items_per_minute": whole(view.rate), "seconds_left": whole(view.remaining),
            ])
    }

    func held(_ hold: RunHold?) -> JSONValue {
        event(.held, ["hold": hold?.cause.json ?? .null])
    }

    func announced(_ announcement: RunAnnouncement) -> JSONValue {
        event(
            .announced,
            [
                "kind": .string(announcement.kind), "code": .string(announcement.code),
                "facts": .object(announcement.announcement.facts),
                "text": .string(announcement.announcement.sentence()),
                "until": .amount(announcement.until),
            ])
    }

    func ordered(_ orders: RunOrders) -> JSONValue { event(.ordered, orders.json) }

    func warning(_ message: String) -> JSONValue { event(.warning, ["message": .string(message)]) }

    func exported(_ export: ExportOutcome) -> JSONValue { event(.exported, export.json.objectValue ?? [:]) }

    func status(_ report: StatusReport) -> JSONValue { event(.status, report.json.objectValue ?? [:]) }

    // MARK: - The end

    func ended(_ report: RunReport) -> JSONValue {
        event(
            .ended,
            [
                "end": .string(report.end.word), "code": .text(report.end.code), "reason": .text(report.end.reason),
                "facts": .object(report.end.facts),
                "exit_status": .number(JSONNumber(Int(ExitStatus(report).rawValue))), "counts": report.counts.json,
                "output_directory": .string(report.outputDirectory), "cost": .amount(report.history?.cost),
                "failure_reasons": .array(report.failureReasons.map(\.json)),
                "missing_files": .number(JSONNumber(report.missingFiles)),
                "unsendable": .number(JSONNumber(report.unsendable)),
                "exports": .array(report.exports.map(\.json)),
            ])
    }

    /// What a person is told on standard error of an error that ends a command.
    func error(_ error: EngineError, _ advice: ErrorAdvice) -> JSONValue {
        event(
            .error,
            [
                "code": .string(error.cause.rawValue), "message": .string(error.message),
                "facts": .object(error.facts.mapValues { .string($0) }),
                "advice": .array(advice.lines(error).map { .string($0) }),
                "exit_status": .number(JSONNumber(Int(ExitStatus(error).rawValue))),
            ])
    }

    /// The end of a run that did not begin, or that could not go on.
    func ended(by error: any Error) -> JSONValue {
        let error = error as? EngineError
        let isCanceled = error == nil || error?.code == .canceled
        return event(
            .ended,
            [
                "end": isCanceled ? "interrupted" : "error", "code": .text(isCanceled ? nil : error?.cause.rawValue),
                "reason": .text(isCanceled ? nil : error?.message),
                "facts": .object(isCanceled ? [:] : error?.facts.mapValues { .string($0) } ?? [:]),
                "exit_status": .number(
                    JSONNumber(Int((error.map { ExitStatus($0) } ?? .interrupted).rawValue))),
                "counts": .null, "output_directory": .text(outputDirectory), "cost": .null, "failure_reasons": [],
                "missing_files": 0, "unsendable": 0, "exports": [],
            ])
    }

    private func event(_ kind: EventSchema.Kind, _ members: [String: JSONValue]) -> JSONValue {
        // Milliseconds, of the microseconds that the API's times have.
        let time = APITime.format(now()).dropLast(4) + "Z"
        let stamp: [String: JSONValue] = [
            "v": .number(JSONNumber(Self.version)), "time": .string(String(time)), "job": .text(job),
            "type": .string(kind.rawValue),
        ]
        return .object(members.merging(stamp) { _, stamp in stamp })
    }
}

extension JSONValue {
    fileprivate static func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }

    fileprivate static func amount(_ value: Double?) -> JSONValue {
        value.flatMap { JSONNumber($0) }.map(JSONValue.number) ?? .null
    }
}

extension ItemRecord.File {
    fileprivate var json: JSONValue {
        [
            "path": .string(path), "media_type": .text(mediaType), "size": .number(JSONNumber(Int(size))),
            "sha256": .string(sha256),
        ]
    }
}

extension RunOrders {
    var json: [String: JSONValue] {
        [
            "is_paused": .bool(isPaused), "concurrency": concurrency.map { .number(JSONNumber($0)) } ?? .null,
            "rate": rate.map(JSONValue.string) ?? .null,
        ]
    }

    /// The settings that differ from the manifest.
    var settings: String? {
        let parts = [concurrency.map { "concurrency \($0)" }, rate.map { "rate \($0)" }].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}

extension RunReport.FailureReason {
    var json: JSONValue {
        ["reason": .string(reason), "count": .number(JSONNumber(count))]
    }
}
