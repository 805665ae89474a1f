/// What goes wrong in a simulated night. Each night draws which of these it has, and how often.
package enum Fault: String, CaseIterable, Hashable, Sendable {
    // MARK: Creates

    /// The connection breaks before the provider has seen the create.
    case lostBefore
    /// The provider has accepted the create, and its answer is lost.
    case lostAfter
    /// As `lostAfter`, and nobody notices before the request times out a minute later.
    case timedOutAfter
    /// The connection is refused.
    case notSent
    /// A 429 out of the blue.
    case throttled
    /// The input does not fit the model; the item can only fail.
    case invalidInput

    // MARK: Predictions

    /// "Prediction interrupted; please retry (code: PA)".
    case interrupted
    /// E003: high demand.
    case highDemand
    /// The model raises; the item can only fail.
    case modelFails
    /// Never started, not billed.
    case aborted
    /// Somebody cancels it on the website.
    case canceled
    /// Minutes pass before an instance is there.
    case coldBoot
    /// Longer than `timeout.run` allows.
    case slowRun
    /// The model puts out nothing.
    case emptyOutput
    /// The result is not what the manifest accepts.
    case refusedResult

    // MARK: Reads

    /// A read or a page of the list answers 503.
    case brokenRead
    /// A read or a page of the list answers 429.
    case throttledRead
    /// A read finds nothing for some seconds after the create.
    case readLag
    /// The list shows a prediction only after some seconds.
    case listLag
    /// The list shows it later than any policy waits for.
    case deepListLag
    /// An answer is delivered twice, the second time late, so that it tells of the past.
    case repeatedAnswer
    /// An answer takes so long that newer ones overtake it.
    case slowAnswer
    /// The list takes no notice of `created_before`. For the whole night.
    case uncutList
    /// A page of the list lacks some rows.
    case holedList

    /// A webhook never comes.
    case lostWebhook
    /// A webhook comes again later.
    case repeatedWebhook

    // MARK: Downloads

    /// The body ends early, told by its length alone.
    case truncatedDownload
    /// The connection breaks in the middle of the body.
    case brokenDownload
    /// Bytes of the body are not those that its checksum is of.
    case corruptDownload
    /// 503.
    case refusedDownload
    /// Minutes pass.
    case slowDownload
    /// The address has expired; a read tells another one.
    case staleAddress

    // MARK: This machine

    /// The process dies, at any checkpoint and between any two effects.
    case crash
    /// As a crash leaves the machine: down for hours.
    case longDowntime
    /// A commit takes seconds.
    case slowCommit
    /// The disk of the checkpoints is full: a commit fails as a whole.
    case fullStore
    /// The disk of the outputs is full.
    case fullDisk
    /// Whether a result is accepted cannot be found out.
    case brokenCheck

    // MARK: For a time

    /// Every create is throttled.
    case storm
    /// Six creates a minute, one at a time.
    case lowCredit
    /// 402 for an hour.
    case noCredit
    /// 401 for everything.
    case revoked
    /// The network is gone.
    case outage
    /// All instances are taken away at once.
    case preemption
    /// The machine sleeps.
    case suspended
    /// The clock is set, while the process runs.
    case clockJump
    /// Ctrl-C: finish what runs.
    case drain
    /// Ctrl-C twice: leave what runs to the provider.
    case leave
    /// The provider's clock and ours differ, all night.
    case clockSkew
    /// A session begins with a clock that is off by minutes, hours or a day, and the next one with a right one.
    case wrongClock
    /// Sessions end after some seconds, one after the other. For the first part of the night.
    case shortSessions
    /// The provider stands still: it takes creates and works on them later.
    case frozen
    /// Rows of the list show neither input nor output. For the whole night.
    case bareList
    /// Inputs are shown with what the model takes by default, and with other forms of numbers. For the whole night.
    case filledInputs

    // MARK: Answers that mean less than they seem to

    /// A firewall before the provider refuses the input; the item can only fail.
    case blockedInput
    /// The data are removed as soon as the prediction has ended.
    case removedResult
    /// For a time, a gateway answers everything itself: 404 or 403.
    case gatewayOutage

    // MARK: People and files

    /// Somebody pauses the run from another terminal, and lets it go on later.
    case paused
    /// Somebody sets the concurrency to one, and takes it back later.
    case slowedDown
    /// Somebody cancels what is in flight, which ends the run.
    case canceledRun
    /// Somebody sees that an item has failed or is held and retries it from another terminal.
    case retriedItems
    /// Somebody looks for the prediction of such an item at the provider and has the item adopt it.
    case adoptedItems
    /// Somebody begins the next session with all that has failed.
    case retriedFailures
    /// Somebody looks at a result and wants it made again.
    case redoneItems
    /// A file cannot be uploaded for now.
    case uploadFails
    /// A page of the list that was to tell how predictions stand answers 503.
    case brokenPoll

    /// How often it strikes in a night that has it, of 1: at each of its occasions, or for ``isWindow`` how often a night
    /// with it has it more than once.
    var usualRates: ClosedRange<Double> {
        switch self {
        case .crash: 0.005...0.08
        case .invalidInput, .blockedInput, .modelFails, .emptyOutput, .refusedResult, .removedResult, .canceled,
            .slowRun:
            0.05...0.2
        case .corruptDownload: 0.1...0.25
        case .longDowntime: 0.05...0.3
        case .fullStore, .fullDisk, .brokenCheck: 0.01...0.05
        case .deepListLag: 0.05...0.3
        case .wrongClock, .retriedItems, .adoptedItems, .retriedFailures, .redoneItems: 0.3...0.8
        case .lostBefore, .lostAfter, .timedOutAfter, .listLag, .readLag, .coldBoot, .staleAddress: 0.1...0.7
        default: 0.05...0.4
        }
    }

    /// Whether it comes for a time and goes by itself.
    var isWindow: Bool {
        switch self {
        case .storm, .lowCredit, .noCredit, .revoked, .outage, .gatewayOutage, .preemption, .suspended, .clockJump,
            .drain, .leave, .frozen, .paused, .slowedDown, .canceledRun:
            true
        default: false
        }
    }

    /// How long it lasts, in milliseconds.
    var usualLength: ClosedRange<Int64> {
        switch self {
        case .storm: 5_000...900_000
        case .lowCredit: 60_000...1_800_000
        case .noCredit: 3_600_000...3_600_000
        case .revoked: 10_000...1_200_000
        case .outage: 1_000...5_400_000
        case .gatewayOutage: 1_000...1_800_000
        case .suspended: 10_000...7_200_000
        case .frozen: 20_000...240_000
        case .paused, .slowedDown: 5_000...1_800_000
        default: 0...0
        }
    }
}

/// A time in which a fault is in force.
package struct FaultWindow: Hashable, Sendable {
    package var fault: Fault
    /// Milliseconds after the night's beginning.
    package var start: Int64
    package var length: Int64

    package init(fault: Fault, start: Int64, length: Int64) {
        (self.fault, self.start, self.length) = (fault, start, length)
    }

    package var label: String { "\(fault.rawValue)@\(start)" }

    func covers(_ instant: Int64) -> Bool { instant >= start && instant < start + length }
}
