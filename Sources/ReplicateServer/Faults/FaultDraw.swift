import DemoModels

/// Decides which requests go wrong, by the rates and the seed of ``Faults``.
struct FaultDraw: Sendable {
    /// What happens to one create.
    enum CreateFault: Hashable, Sendable {
        case good
        case lostBefore, lostAfter
        case errorBefore(ErrorAnswer), errorAfter(ErrorAnswer)
        case throttled(wait: Duration)
        case unpaid
        case revoked
    }

    /// What happens to the bytes of one download.
    enum DownloadFault: Hashable, Sendable {
        case good
        case error(ErrorAnswer)
        /// Cut after this share of the bytes.
        case truncated(after: Double)
        /// The byte at this share is wrong.
        case corrupted(at: Double)
    }

    /// What happens to one delivery of a webhook.
    enum WebhookFault: Hashable, Sendable {
        case good, lost, twice
        /// Delivered after the next one, if there is one.
        case late
    }

    /// The forms that an error of the platform or of what stands before it can have.
    enum ErrorAnswer: Hashable, Sendable, CaseIterable {
        case internalError, badGateway, unavailable, unknownOrigin
    }

    let faults: Faults
    private var random: SeededGenerator
    private var throttledUntil: ServerTime?
    private var unpaidUntil: ServerTime?
    private var revokedUntil: ServerTime?

    init(_ faults: Faults) {
        self.faults = faults
        random = SeededGenerator(seed: faults.seed)
    }

    mutating func create(at now: ServerTime) -> CreateFault {
        if random.happens(faults.throttle) { throttledUntil = now.advanced(by: faults.throttleTime) }
        if let throttledUntil, now < throttledUntil { return .throttled(wait: now.duration(to: throttledUntil)) }
        if random.happens(faults.unpaid) { unpaidUntil = now.advanced(by: faults.unpaidTime) }
        if let unpaidUntil, now < unpaidUntil { return .unpaid }
        if random.happens(faults.revoked) { revokedUntil = now.advanced(by: faults.revokedTime) }
        if isRevoked(at: now) { return .revoked }
        if random.happens(faults.lostBefore) { return .lostBefore }
        if random.happens(faults.errorBefore) { return .errorBefore(anyError()) }
        if random.happens(faults.lostAfter) { return .lostAfter }
        if random.happens(faults.errorAfter) { return .errorAfter(anyError()) }
        return .good
    }

    /// Whether no token is accepted for now.
    func isRevoked(at now: ServerTime) -> Bool {
        revokedUntil.map { now < $0 } ?? false
    }

    /// How a prediction ends that would have gone well, if it is hit.
    mutating func ending() -> RunEnding? {
        if random.happens(faults.interrupt) { return .failed(Faults.transientErrors[0]) }
        if random.happens(faults.fail) { return .failed(random.element(of: Faults.transientErrors)) }
        if random.happens(faults.abort) { return .aborted }
        return nil
    }

    mutating func read() -> ErrorAnswer? {
        random.happens(faults.errorOnRead) ? anyError() : nil
    }

    mutating func download() -> DownloadFault {
        if random.happens(faults.errorOnDownload) { return .error(anyError()) }
        if random.happens(faults.truncate) { return .truncated(after: random.unit()) }
        if random.happens(faults.corrupt) { return .corrupted(at: random.unit()) }
        return .good
    }

    /// After how many events a stream is cut, if it is hit.
    mutating func streamCut() -> Int? {
        random.happens(faults.streamCut) ? random.integer(in: 1...6) : nil
    }

    /// Whether a held create is answered before the success is written down.
    mutating func earlyOutput() -> Bool {
        random.happens(faults.earlyOutput)
    }

    mutating func webhook() -> WebhookFault {
        if random.happens(faults.webhookLost) { return .lost }
        if random.happens(faults.webhookTwice) { return .twice }
        if random.happens(faults.webhookLate) { return .late }
        return .good
    }

    /// How much later than usual the answer comes.
    mutating func delay() -> Duration? {
        random.happens(faults.slow) ? faults.slowTime : nil
    }

    private mutating func anyError() -> ErrorAnswer {
        random.element(of: ErrorAnswer.allCases)
    }
}
