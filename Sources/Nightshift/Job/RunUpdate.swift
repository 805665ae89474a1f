package import NightshiftCore
import ReplicateAPI

/// What a run tells while it goes on. Everything that it tells of items is on disk already.
public enum RunUpdate: Sendable {
    /// The input set is being read, and has had so many items so far.
    case expanding(items: Int)
    /// The input set is known: how many items, new, changed, withdrawn, repeated rows.
    case planned(RunPlanCounts)
    /// Something was made before of the run's inputs, by another job or an earlier copy of this one.
    case earlierWork(EarlierWork)
    /// The session begins to create and to watch.
    case started(RunCounts)
    /// How the items of each step stand, in a run with `steps`; told when the session begins, and when a person has changed it.
    case steps([StatusReport.StepCounts])
    /// Items changed their state.
    case progressed(RunCounts, [ItemChange], isThrottled: Bool)
    /// The run behaves differently from now on: a pause, a lower rate, a window.
    case announced(RunAnnouncement)
    /// A person at another terminal has told the run something; or an earlier session was told it.
    case ordered(RunOrders)
    /// How fast the run goes, and whether it may go on at all; told before what happened.
    case paced(RunPace)
    /// Why nothing is created from now on, or `nil` when creating may go on; told when it changes.
    case held(RunHold?)
    /// Something does not work that the run can do without, in one sentence.
    case warning(String)
    /// An export that the manifest asks for begins; all that was to be sent is done with.
    case exporting(ExportOutcome)
    /// It has been made, or has failed.
    case exported(ExportOutcome)
}

/// How fast items end, over the time in which the run might work: pauses count neither way.
public struct RunPace: Hashable, Sendable {
    /// Seconds of the session in which something might be created.
    public var activeTime: Double
    /// Items that ended in that time.
    public var ended: Int
    /// Whether nothing may be created now: a pause, a refused account, a closed window, an open question.
    public var isHalted: Bool
    /// Predictions in flight.
    public var inFlight = 0
    /// How many the provider has room for, as far as the run has found out, and how many the manifest or a person allows.
    public var slots = 0
    public var mostSlots = 0
    /// What was spent so far by the manifest's prices, over all sessions; `nil` where it gives none.
    public var cost: Double?

    /// - Parameters:
    ///   - activeTime: seconds in which something might be created.
    ///   - ended: items that ended in that time.
    ///   - isHalted: whether nothing may be created now.
    public init(activeTime: Double, ended: Int, isHalted: Bool) {
        self.activeTime = activeTime
        self.ended = ended
        self.isHalted = isHalted
    }

    package init(_ meter: PaceMeter) {
        self.init(activeTime: Double(meter.activeTime) / 1000, ended: meter.ended, isHalted: meter.isHalted)
    }

    init(_ machine: RunStateMachine) {
        self.init(machine.pace)
        (inFlight, slots, mostSlots) = machine.slots
        cost = machine.cost
    }
}

/// Something that a person should hear once while a run goes on.
public struct RunAnnouncement: Hashable, Sendable, CustomStringConvertible {
    /// One word for programs that need not know more: `low_credit`, `paused`, `resumed`, `unreachable`, `throttled`,
    /// `unknown_status`, `window`, `expired`, `clock`, `searching`, `internal_error`.
    public var kind: String
    /// What it is exactly, such as `creating_fails`; there may be more of them in later versions.
    public var code: String
    /// What there is to know of it, by stable names: `message`, `count`, `seconds`, …
    public var facts: [String: String]
    /// When what is told is over, in seconds since 1970, where that is known.
    public var until: Double?
    package let announcement: Announcement

    package init(_ announcement: Announcement) {
        kind = announcement.kind.rawValue
        code = announcement.code.rawValue
        facts = announcement.facts.mapValues { $0.stringValue ?? $0.jsonString() }
        until = announcement.until.map { Double($0.milliseconds) / 1000 }
        self.announcement = announcement
    }

    /// The code and the facts in one line, for logs.
    public var description: String { announcement.facts.line(after: code.replacing("_", with: " ")) }
}

/// What a person has told a run while it went on.
public struct RunOrders: Hashable, Sendable {
    /// Nothing new is created.
    public var isPaused: Bool
    /// Instead of the manifest's.
    public var concurrency: Int?
    /// Instead of the manifest's, such as `60/min`.
    public var rate: String?

    package init(_ orders: RunOverrides) {
        isPaused = orders.isPaused
        concurrency = orders.concurrency
        rate = orders.rate.map { RateText.format($0.limit(byProvider: nil)) }
    }
}

/// How the manifest's items compare with what the store knew.
public struct RunPlanCounts: Hashable, Sendable {
    public var items: Int
    public var new: Int
    public var changed: Int
    public var withdrawn: Int
    public var repeated: Int
    /// Succeeded before, and kept.
    public var done = 0
    /// Cannot be sent, and fail without being tried.
    public var invalid = 0

    public init(items: Int, new: Int, changed: Int, withdrawn: Int, repeated: Int) {
        self.items = items
        self.new = new
        self.changed = changed
        self.withdrawn = withdrawn
        self.repeated = repeated
    }

    init(_ report: SynchronizationReport) {
        self.init(
            items: report.items, new: report.new, changed: report.changed, withdrawn: report.withdrawn,
            repeated: report.repeated)
        done = report.done
        invalid = report.invalid
    }
}

/// One item's new state.
public struct ItemChange: Hashable, Sendable {
    public var key: String
    /// What its files are named after.
    public var name: String
    /// Where its row was read, such as `rows.csv:7`.
    public var origin: String
    /// The step that it belongs to; empty in a manifest without `steps`.
    public var step: String
    /// The state's word, as `items` shows it.
    public var state: String
    public var attempt: Int
    public var predictionID: String?
    /// Why an attempt failed, or why the item is held.
    public var reason: String?
    /// Its files, once it has succeeded.
    public var files: [ItemRecord.File] = []
    /// Seconds computed by the attempt that has ended now, and what it costs by the manifest's prices; `nil` where no attempt
    /// has ended, or nothing is known.
    public var predictTime: Double?
    public var cost: Double?
    /// The word of the state before.
    package var previous: String

    /// - Parameter settings: those of its step, for the step's name and prices.
    package init(_ transition: Transition, of settings: StepSettings? = nil) {
        key = transition.key
        (name, origin, step) = (transition.name, transition.origin, settings?.name ?? "")
        previous = transition.previous.rawValue
        if let spent = transition.spent {
            predictTime = spent.predictTime
            if let price = settings?.price, price != PriceSettings() {
                cost = price.cost(predictions: spent.predictions, predictTime: spent.predictTime)
            }
        }
        state = transition.change.state.rawValue
        attempt = transition.attempt
        switch transition.change {
        case .running(let predictionID, _), .found(_, let predictionID, _): self.predictionID = predictionID
        case .replaced(let failure, _, _, let predictionID, _):
            (self.predictionID, reason) = (predictionID, failure.message)
        case .fetching(let prediction, _): predictionID = prediction.id
        case .waiting(let failure, _, _), .failed(let failure, _), .unmet(let failure): reason = failure.message
        case .held(let text), .canceled(let text, _): reason = text
        case .sharing(let result, _):
            switch result.outcome {
            case .succeeded(let predictionID, _, _): self.predictionID = predictionID
            case .failed(_, let text), .held(let text): reason = text
            }
        case .succeeded(let outputs):
            files = outputs.map {
                ItemRecord.File(path: $0.path, size: $0.size, sha256: $0.sha256, mediaType: $0.mediaType)
            }
        case .submitting, .returned, .unknown, .unshared: break
        }
    }
}
