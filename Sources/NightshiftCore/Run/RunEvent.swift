package import LosslessJSON
package import ReplicateAPI

/// The store's name for an item; it means nothing outside one store.
package struct ItemID: Hashable, Comparable, Sendable {
    package let rawValue: Int64

    package init(_ rawValue: Int64) {
        self.rawValue = rawValue
    }

    package static func < (left: ItemID, right: ItemID) -> Bool { left.rawValue < right.rawValue }
}

/// An item as the store hands it to the machine.
package struct LoadedItem: Sendable {
    /// Where the checkpoint says the item stands.
    package enum Checkpoint: Sendable {
        case pending
        /// An intent was recorded; whether anything was sent is not known.
        case submitting(CreateIntent)
        /// A create's answer was lost.
        case unknown(LostCreate)
        case running(predictionID: String, since: Timestamp)
        /// The prediction has succeeded; `nil` if its output was too large to be kept in the store.
        case fetching(predictionID: String, output: JSONValue?, since: Timestamp)
    }

    package var id: ItemID
    package var key: String
    /// The step that it belongs to; empty in a run without `steps`.
    package var step = ""
    /// Why it can never be sent: what it needs of other steps was not made.
    package var unmet: AttemptFailure?
    /// The output name.
    package var name: String
    /// Where its row was read, such as `rows.csv:7`.
    package var origin = ""
    package var input: JSONValue
    package var files: [ItemFile]
    /// The ordinal of the last attempt, 0 before the first.
    package var attempt: Int
    package var failures: FailureCounts
    package var checkpoint: Checkpoint
    /// The computing time of its prediction is in the totals already.
    package var isCounted = false
    /// Seconds computed by its prediction, once that has succeeded.
    package var predictTime: Double?
    /// How the last attempt failed.
    package var lastFailure: FailureClass?
    /// Why it failed.
    package var lastReason = ""
    /// The source row with its matrix values; only there once an attempt has failed.
    package var row: JSONValue?
    /// Members of the input that the attempt at hand was sent with otherwise than the manifest says.
    package var changes: JSONValue?
    /// The result of another item with the same input, if this one is to take it.
    package var shared: SharedResult?

    package init(
        id: ItemID, key: String, name: String, input: JSONValue, files: [ItemFile], attempt: Int,
        failures: FailureCounts = FailureCounts(), checkpoint: Checkpoint, lastFailure: FailureClass? = nil,
        row: JSONValue? = nil, shared: SharedResult? = nil
    ) {
        self.id = id
        self.key = key
        self.name = name
        self.input = input
        self.files = files
        self.attempt = attempt
        self.failures = failures
        self.checkpoint = checkpoint
        self.lastFailure = lastFailure
        self.row = row
        self.shared = shared
    }
}

/// What became of an item that others with the same input wait for.
package struct SharedResult: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        /// With what the store keeps of its prediction, and its files.
        case succeeded(predictionID: String, result: String, [StoredOutput])
        case failed(FailureClass, String)
        case held(String)
    }

    /// The key of the item that has the result.
    package var key: String
    /// The output name of that item.
    package var name: String
    package var outcome: Outcome
    /// The output directory of another job whose result it is; `nil` for the run's own.
    package var directory: String?

    package init(key: String, name: String, outcome: Outcome, directory: String? = nil) {
        self.key = key
        self.name = name
        self.outcome = outcome
        self.directory = directory
    }
}

/// One page of a step's pending items, and what the store knows of the rest.
package struct LoadedPage: Sendable {
    /// The place of the step among the run's.
    package var step = 0
    package var items: [LoadedItem]
    /// Whether pending items that never failed are left after these.
    package var hasMore: Bool
    /// When the next item that waits for a retry is due, if one waits.
    package var nextDue: Timestamp?

    package init(items: [LoadedItem], hasMore: Bool, nextDue: Timestamp?) {
        self.items = items
        self.hasMore = hasMore
        self.nextDue = nextDue
    }
}

/// Why an output could not be brought home.
package enum FetchFailure: Error, Hashable, Sendable {
    /// 404, 403 or 410: the file is not there any more.
    case expired
    /// The network or the host, and asking again may cure it.
    case unavailable(String)
    /// What came never matched its length or checksum.
    case corrupt(String)
    /// The address must not or cannot be fetched from, however often it is tried, or what comes from it is not the file
    /// that it is to be. Computing it again would not change that.
    case refused(String)
    /// There is no file, or one without any content, where the model's schema promises one.
    case empty(String)
    /// The result was stored, and is not what the manifest accepts; its files are kept under these paths.
    case notAccepted(String, kept: [String])
    /// Whether a result is accepted cannot be found out, and neither can that of any other.
    case check(String)
    /// This machine's disk: full, read-only, not permitted. Nothing else will succeed either.
    case disk(String)
}

/// A file or text of an item, whole and verified on disk.
package struct StoredOutput: Hashable, Sendable {
    /// The place of the output in the prediction, from 0.
    package var index: Int
    /// Relative to the output directory.
    package var path: String
    package var size: Int64
    package var sha256: String
    package var mediaType: String?

    package init(index: Int, path: String, size: Int64, sha256: String, mediaType: String?) {
        self.index = index
        self.path = path
        self.size = size
        self.sha256 = sha256
        self.mediaType = mediaType
    }
}

/// A fact that has come in. A late or repeated one changes nothing.
package enum RunEvent: Sendable {
    case resumed([LoadedItem], LoadedPage)
    case loaded(LoadedPage)
    /// The files of an item are in its input now.
    case prepared(ItemID, input: JSONValue, requestDigest: String)
    case prepareFailed(ItemID, ProviderError)
    /// With the provider's own count of creates, if the answer told it.
    case created(ItemID, attempt: Int, Prediction, left: RateReading? = nil)
    case createFailed(ItemID, attempt: Int, ProviderError)
    /// A page of a sweep, and where the next one is.
    case polled([Prediction], next: String? = nil)
    case pollFailed(ProviderError)
    /// Answers ``RunAction/checkProvider``.
    case providerChecked(ProviderCheck)
    /// Answers ``RunAction/checkAbsence(_:predictionID:witness:)``.
    case absenceChecked(ItemID, AbsenceCheck)
    case read(ItemID, Prediction)
    case readFailed(ItemID, ProviderError)
    /// A page of a look through the account's list for creates whose answer was lost.
    case listed(ListPage)
    case listFailed(ProviderError)
    /// A single read of a row that did not show its input; `nil` if it cannot be one that is looked for.
    case examined(predictionID: String, ReconcileCandidate?)
    case examineFailed(predictionID: String, ProviderError)
    case fetched(ItemID, attempt: Int, [StoredOutput])
    case fetchFailed(ItemID, attempt: Int, FetchFailure)
    /// A webhook told of a prediction, whoever made it.
    case notified(Prediction)
    /// The files of a shared result are in their places, or cannot be.
    case shared(ItemID, [StoredOutput]?)
    /// A person, or a rule, has said whether the run goes on after the canary.
    case canaryJudged(goesOn: Bool)
    case stopRequested(StopRequest)
    /// A person at another terminal wants something, or what they wanted was done.
    case control(ControlEvent)
    /// The wall clock of this machine was set, by so much; the session's own clock goes on as it was.
    case clockSet(by: Duration)
    /// What may be sent of the rate that all runs with this account share.
    case granted(AccountGrant)
    /// The time that a decision asked to be woken at has come.
    case woke
}

/// What the person at the keyboard, or the system, wants.
public enum StopRequest: Int, Comparable, Sendable {
    /// Create nothing more, finish what runs.
    case drain = 1
    /// Leave what runs to the provider and end; the next run adopts it.
    case detach = 2

    public static func < (left: StopRequest, right: StopRequest) -> Bool { left.rawValue < right.rawValue }
}
