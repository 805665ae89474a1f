import Foundation
import NightshiftCore
import ReplicateAPI

/// Watches a night from outside, and tells what no night may do.
///
/// It knows what the provider knows and what was recorded; it does not look into the machine.
struct NightAudit {
    let night: Night
    private(set) var violations: [Violation] = []

    /// The prediction that each item has by what was recorded.
    private(set) var predictions: [Int: String] = [:]
    /// What was recorded of each prediction's computing time.
    private(set) var knownTimes: [String: Double] = [:]
    /// Where files are kept of predictions whose results were not accepted.
    private var refused: [String: [String]] = [:]
    /// Inputs of which a person has said which prediction is a held item's; it may be another one than was made for it.
    private var settledByHand: Set<Int> = []
    /// Items that have failed by what was recorded.
    private var failed: Set<Int> = []
    /// The last state that was recorded of each item.
    private var states: [Int: ItemState] = [:]
    /// What people have had done again.
    private var retries = RetriedItems()
    private var succeeded: Set<Int> = []
    private var creates: RateMeter
    private var reads: RateMeter
    /// Until when creating is closed, by the engine's clock.
    private var closedUntil = Timestamp.distantPast
    private var sessionStart = Timestamp.distantPast
    /// When the engine lived.
    private var lives: [Range<Int64>] = []
    private var bornAt: Int64 = 0
    /// What both runs with the account have created.
    private var sharedCreates: RateMeter
    /// Items that this session has created, until the rest is agreed to.
    private var tried: Set<Int>? = []
    /// A person has canceled what is in flight.
    private var isCanceled = false
    private var wasCanceled = false

    init(_ night: Night) {
        self.night = night
        // What is granted may be used a second later, by both.
        sharedCreates = RateMeter(limit: night.hasNeighbor ? night.settings.creates : nil, bursts: 3)
        creates = RateMeter(limit: night.settings.creates)
        reads = RateMeter(limit: night.settings.reads)
    }

    mutating func violate(_ rule: Rule, _ text: String) {
        violations.append(Violation(rule: rule, text: text))
    }

    // MARK: - Sessions

    mutating func begins(at now: Int64, ours: Timestamp) {
        bornAt = now
        sessionStart = ours
        closedUntil = .distantPast
        tried = night.settings.canary == nil ? nil : []
        // Who begins a new session wants it to go on.
        isCanceled = false
        creates.fill()
        reads.fill()
    }

    mutating func ends(at now: Int64) {
        lives.append(bornAt..<max(bornAt, now))
    }

    /// How long the engine could have acted between two instants.
    private func healthyTime(_ times: Range<Int64>) -> Int64 {
        let awake = lives.reduce(0) { $0 + Int64($1.clamped(to: times).count) }
        let ill = night.windows.filter { [.outage, .gatewayOutage, .revoked, .suspended].contains($0.fault) }
            .reduce(0) { $0 + Int64(($1.start..<($1.start + $1.length)).clamped(to: times).count) }
        return awake - ill
    }

    // MARK: - Creates and reads

    /// The machine has decided on a create.
    mutating func decidedCreate(of item: Int, at now: Int64, ours: Timestamp) {
        if let need = night.need(of: item), !succeeded.contains(need) {
            violate(.afterItsNeeds, "item \(item + 1) is sent before item \(need + 1) has succeeded")
        }
        if !creates.take(at: now) { violate(.withinTheRate, "creates go faster than the manifest's rate") }
        if !sharedCreates.take(at: now) {
            violate(.withinTheSharedRate, "two runs together create faster than the account's rate")
        }
        if let window = night.settings.window, !window.isOpen(at: ours) {
            violate(.withinTheWindow, "item \(item + 1) is created outside of the window \(window.text)")
        }
        if isCanceled { violate(.obeysThePerson, "item \(item + 1) is created after the run was canceled") }
        if night.windows.contains(where: { $0.fault == .paused && $0.start < now && $0.covers(now) && isHeard($0) }) {
            violate(.obeysThePerson, "item \(item + 1) is created while the run is paused")
        }
        if let limit = night.settings.canary, tried != nil {
            tried?.insert(item)
            let step = tried?.count { !night.hasSteps || $0 % 2 == item % 2 } ?? 0
            if step > limit { violate(.withinTheCanary, "\(step) items are tried; \(limit) were to be") }
        }
        if ours < closedUntil {
            violate(
                .withinTheRate,
                "a create is sent \(ours.duration(to: closedUntil)) before the throttle that was told is over")
        }
        let (limits, price) = (night.settings.limits, night.settings.steps[0].price)
        if let wallTime = limits.wallTime, ours >= sessionStart.advanced(by: wallTime) {
            violate(.withinTheBudget, "a create is sent after the wall time of the session")
        }
        let known = knownTimes.values.reduce(0, +)
        if let time = limits.predictTime, known >= time.inSeconds {
            violate(.withinTheBudget, "a create is sent though \(known) s of \(time) were computed")
        }
        if let limit = limits.failures, failed.count > limit {
            violate(.withinTheBudget, "a create is sent after \(failed.count) items have failed")
        }
        if let cost = limits.cost, price.cost(predictions: 0, predictTime: known) >= cost {
            violate(.withinTheBudget, "a create is sent after the money was spent")
        }
    }

    private func isHeard(_ window: FaultWindow) -> Bool { !night.suppressed.contains(window.label) }

    /// The other run with the account has created so many.
    mutating func neighborCreated(_ count: Int, at now: Int64) {
        for _ in 0..<count { _ = sharedCreates.take(at: now) }
    }

    mutating func decidedRead(at now: Int64) {
        if !reads.take(at: now) { violate(.readsWithinTheirBudget, "reads go faster than the manifest's rate") }
    }

    /// The machine has been told of a throttle.
    mutating func told(_ event: RunEvent, ours: Timestamp) {
        switch event {
        case .canaryJudged(goesOn: true): tried = nil
        case .control(.asked(.cancel, _)): (isCanceled, wasCanceled) = (true, true)
        default: break
        }
        guard case .createFailed(_, _, let error) = event, error.code == .throttled else { return }
        closedUntil = max(closedUntil, ours.advanced(by: error.retryAfter ?? .seconds(10)))
    }

    /// The provider has accepted a create.
    mutating func accepted(_ new: SimulatedAPI.Remote, among remotes: [SimulatedAPI.Remote], at now: Int64) {
        let group = night.inputNumber(of: new.item)
        let size =
            (0..<night.items).count { night.inputNumber(of: $0) == group && isOwn($0) } + retries.abandoned(in: group)
            + retries.wantedAgain[group, default: 0]
        let useful = remotes.filter { remote in
            guard night.inputNumber(of: remote.item) == group, !remote.isExcused, refused[remote.id] == nil else {
                return false
            }
            if remote.isHome || remote.endsAt > now { return true }
            return remote.outcome == .succeeded && !remote.outputs.isEmpty && remote.removedAt > now
        }
        if useful.count > size {
            let others = useful.filter { $0.id != new.id }.map { "\($0.id) of item \($0.item + 1)" }
            violate(
                .createdOnce,
                "item \(new.item + 1) is created again as \(new.id) while \(others.joined(separator: ", ")) can be had")
        }
        let counted = remotes.count { !$0.isExcused }
        let (limits, price) = (night.settings.limits, night.settings.steps[0].price)
        if let most = limits.predictions, counted > most {
            violate(.withinTheBudget, "\(counted) predictions were made; the budget allows \(most)")
        }
        if let most = limits.cost, Double(counted) * price.perPrediction > most * 1.000_001 {
            violate(.withinTheBudget, "\(counted) predictions cost more than the budget allows")
        }
    }

    // MARK: - Records

    /// Transitions are on disk now.
    /// - Returns: the predictions whose outputs are at home by them, and those that were given up by policy.
    mutating func recorded(_ transitions: [Transition]) -> (home: [String], givenUp: [String]) {
        var home: [String] = []
        var givenUp: [String] = []
        for transition in transitions {
            let item = transition.item.index
            let before = states.updateValue(transition.change.state, forKey: item)
            switch transition.change {
            case .submitting: retries.independent.insert(item)
            case .running(let id, _) where before == .failed || before == .held:
                retries.adopted(item, before: before, heldInPlaceOf: isOwn(item) ? nil : night.inputNumber(of: item))
                if before == .held { settledByHand.insert(night.inputNumber(of: item)) }
                failed.remove(item)
                predictions[item] = id
            case .running(let id, _), .found(_, let id, _): predictions[item] = id
            case .replaced(let failure, _, _, let id, _):
                ended(item, failure)
                predictions[item] = id
            case .fetching(let prediction, _):
                knownTimes[prediction.id] = prediction.predictTime ?? 0
            case .succeeded:
                succeeded.insert(item)
                if let id = predictions[item] { home.append(id) }
            case .waiting(let failure, _, _), .failed(let failure, _), .unmet(let failure):
                switch (failure.failureClass, predictions[item]) {
                case (.corruptOutput, let id?): givenUp.append(id)
                case (.notAccepted, let id?):
                    home.append(id)
                    refused[id] = failure.kept
                default: break
                }
                ended(item, failure)
                if transition.change.state == .failed { failed.insert(item) }
            case .returned, .unknown, .held, .sharing, .unshared, .canceled: break
            }
        }
        return (home, givenUp)
    }

    /// Whether the item has predictions of its own, or shall have.
    private func isOwn(_ item: Int) -> Bool { !night.isFollower(item) || retries.independent.contains(item) }

    /// A person has had items made pending again.
    mutating func retried(from before: NightBooks, to after: NightBooks) {
        for (old, new) in zip(before.items, after.items) where old.state != new.state {
            guard [.failed, .held, .canceled].contains(old.state), new.state == .pending else {
                violate(.obeysThePerson, "a retry makes item \(old.index + 1), which is \(old.state), \(new.state)")
                continue
            }
            states[old.index] = .pending
            failed.remove(old.index)
            retries.retried(old, new, group: isOwn(old.index) ? night.inputNumber(of: old.index) : nil)
        }
    }

    /// A person has had items made again.
    mutating func redone(from before: NightBooks, to after: NightBooks) {
        for (old, new) in zip(before.items, after.items) where old.state != new.state {
            guard old.state == .succeeded, new.state == .pending else {
                violate(.obeysThePerson, "a redo makes item \(old.index + 1), which is \(old.state), \(new.state)")
                continue
            }
            states[old.index] = .pending
            let prediction = isOwn(old.index) ? predictions.removeValue(forKey: old.index) : nil
            retries.redone(old, prediction: prediction, group: night.inputNumber(of: old.index))
        }
    }

    /// A run has ended because nothing was left to do, though items were retried while it went on.
    mutating func endedAfterRetries(_ books: NightBooks) {
        for item in books.items where item.state == .pending {
            if let need = night.need(of: item.index), books.items[need].state == .held { continue }
            violate(.obeysThePerson, "the run ends as if all were done, and item \(item.index + 1) is to be done again")
        }
    }

    private mutating func ended(_ item: Int, _ failure: AttemptFailure) {
        if let id = predictions.removeValue(forKey: item), let time = failure.predictTime { knownTimes[id] = time }
    }

    // MARK: - Files

    /// Looks at every file under its final name.
    mutating func look(at directory: String) {
        func names(_ folder: String) -> [String] {
            (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        }
        let aside = ["previous", "rejected"]
        let moved = aside.flatMap { folder in names("\(directory)/\(folder)").map { "\(folder)/\($0)" } }
        for name in names(directory) + moved where !name.hasSuffix(".nightshift.part") && !aside.contains(name) {
            let bytes = FileManager.default.contents(atPath: "\(directory)/\(name)").map([UInt8].init) ?? []
            if SimulatedFiles.contentClaimed(by: bytes) != bytes {
                violate(.wholeFiles, "'\(name)' has \(bytes.count) bytes and is not whole")
            }
        }
    }

    // MARK: - The end

    mutating func judge(
        _ books: NightBooks, _ remotes: [SimulatedAPI.Remote], end: RunEnd, directory: String
    ) {
        look(at: directory)
        // What was in flight was given up, so nothing needs to be there, and nothing to add up.
        if wasCanceled { return }
        let isComplete = end == .completed
        for item in books.items {
            switch item.state {
            case .succeeded:
                check(files: item.files, by: item.predictionID, of: item, remotes, directory)
                checkEarlierResults(of: item, remotes, directory)
            case .failed, .held:
                if item.failure?.isEmpty ?? true {
                    violate(.everyItemEnds, "item \(item.index + 1) is \(item.state.rawValue) without a reason")
                }
            case .pending where !isComplete: break
            // A person has to say what became of the item that it is made from.
            case .pending where night.need(of: item.index).map { books.items[$0].state == .held } ?? false: break
            default:
                violate(.everyItemEnds, "item \(item.index + 1) is still \(item.state.rawValue) at the end: \(end)")
            }
        }
        for (id, files) in refused.sorted(by: { $0.key < $1.key }) {
            let outputs = remotes.first { $0.id == id }?.outputs.count ?? 0
            let there = files.filter { FileManager.default.fileExists(atPath: "\(directory)/\($0)") }
            if Set(there).count != outputs {
                violate(
                    .keepsEarlierResults, "of \(outputs) files of \(id), which was refused, \(there.count) are kept")
            }
        }
        checkAccounts(books, remotes)
        checkNothingIsLost(books, remotes)
    }

    private mutating func checkEarlierResults(
        of item: NightBooks.Item, _ remotes: [SimulatedAPI.Remote], _ directory: String
    ) {
        for id in retries.former[item.index] ?? [] {
            guard let previous = item.previous.first(where: { $0.predictionID == id }) else {
                violate(.keepsEarlierResults, "what item \(item.index + 1) had by \(id) is forgotten")
                continue
            }
            check(files: previous.files, by: id, of: item, remotes, directory)
        }
    }

    private mutating func check(
        files: [String], by prediction: String?, of item: NightBooks.Item, _ remotes: [SimulatedAPI.Remote],
        _ directory: String
    ) {
        guard let remote = remotes.first(where: { $0.id == prediction }) else {
            violate(.accountsAddUp, "item \(item.index + 1) succeeded by a prediction that nobody made")
            return
        }
        if night.inputNumber(of: remote.item) != night.inputNumber(of: item.index) {
            violate(.accountsAddUp, "item \(item.index + 1) has the result of the input of item \(remote.item + 1)")
        }
        guard files.count == remote.outputs.count else {
            violate(.wholeFiles, "item \(item.index + 1) has \(files.count) of \(remote.outputs.count) files")
            return
        }
        for (path, name) in zip(files, remote.outputs) {
            let bytes = FileManager.default.contents(atPath: "\(directory)/\(path)").map([UInt8].init)
            if bytes != SimulatedFiles.content(of: name) {
                violate(
                    .wholeFiles,
                    "'\(path)' of item \(item.index + 1) \(bytes == nil ? "is not there" : "is not what \(name) is")")
            }
        }
    }

    private mutating func checkAccounts(_ books: NightBooks, _ remotes: [SimulatedAPI.Remote]) {
        var claims: [String: Set<Int>] = [:]
        let own = books.items.filter { isOwn($0.index) }
        for item in own {
            let former = retries.former[item.index] ?? []
            for id in item.attempts.compactMap(\.predictionID) + [item.predictionID].compactMap(\.self) + former {
                claims[id, default: []].insert(item.index)
            }
            let counted = item.failures + item.excused + retries.forgotten[item.index, default: 0]
            if item.attempts.count != counted {
                violate(
                    .accountsAddUp,
                    "item \(item.index + 1) has \(item.attempts.count) failed attempts on record and counts \(counted)")
            }
            let tries =
                item.attempts.count + (item.state == .succeeded || item.state == .held ? 1 : 0)
                + retries.unrecorded[item.index, default: 0]
            if item.state != .pending, item.attempt != tries {
                violate(
                    .accountsAddUp, "item \(item.index + 1) is at attempt \(item.attempt) and has \(tries) on record")
            }
        }
        for (id, items) in claims where items.count > 1 {
            violate(.accountsAddUp, "items \(items.map { $0 + 1 }.sorted()) both have \(id)")
        }
        let open = openGroups(books, remotes)
        for remote in remotes where claims[remote.id] == nil && !remote.isExcused {
            let input = night.inputNumber(of: remote.item)
            guard !open.contains(input), !settledByHand.contains(input), !isIndistinct(remote) else { continue }
            violate(.accountsAddUp, "nobody knows of \(remote.id), which was made for item \(remote.item + 1)")
        }
        // The prediction of one that was held because it could not be read is among the claims.
        let held = own.count { $0.state == .held && $0.predictionID == nil } + retries.abandoned.values.reduce(0, +)
        if books.predictions != claims.count + held {
            violate(
                .accountsAddUp,
                "the run counts \(books.predictions) predictions, its items have \(claims.count) and hold \(held)")
        }
        let computed = knownTimes.values.reduce(0, +)
        if abs(books.predictTime - computed) > 0.001 {
            violate(.accountsAddUp, "the run counts \(books.predictTime) s computed; it was told of \(computed)")
        }
        for remote in remotes {
            if let told = knownTimes[remote.id], abs(told - remote.predictTime) > 0.001 {
                violate(.accountsAddUp, "\(remote.id) took \(remote.predictTime) s, and \(told) were recorded")
            }
        }
    }

    /// Whether its data were removed before anybody could see whose it is, while another item has the same input: that one's
    /// prediction may stand for it.
    private func isIndistinct(_ remote: SimulatedAPI.Remote) -> Bool {
        let input = night.inputNumber(of: remote.item)
        guard remote.isRemovedAtOnce else { return false }
        return (0..<night.items).contains { $0 != remote.item && night.inputNumber(of: $0) == input }
    }

    /// The inputs of which nobody can tell which prediction belongs to whom: an item is held, or a prediction was shown
    /// later than any policy waits for and may stand for another.
    private func openGroups(_ books: NightBooks, _ remotes: [SimulatedAPI.Remote]) -> Set<Int> {
        let held = books.items.filter { $0.state == .held }.map { night.inputNumber(of: $0.index) }
        return Set(held).union(remotes.filter(\.isExcused).map { night.inputNumber(of: $0.item) })
            .union(retries.abandoned.keys)
    }

    private mutating func checkNothingIsLost(_ books: NightBooks, _ remotes: [SimulatedAPI.Remote]) {
        let open = openGroups(books, remotes)
        for remote in remotes where remote.outcome == .succeeded && !remote.outputs.isEmpty && !remote.isHome {
            guard !open.contains(night.inputNumber(of: remote.item)) else { continue }
            // Reads back off up to a minute and downloads as long; a quarter of an hour is time for all of that.
            let time = healthyTime(remote.endsAt..<remote.removedAt)
            if time > 900_000 {
                violate(
                    .nothingIsLost,
                    "\(remote.id) of item \(remote.item + 1) succeeded and was lost in \(time / 1000) s in which it could "
                        + "be had")
            }
        }
    }
}

/// Counts what is spent against a rate: a bucket that holds one second's worth, as the engine's own does.
private struct RateMeter {
    let limit: RateLimit?
    private var tokens = 0.0
    private var filledAt: Int64 = 0

    /// - Parameter bursts: how many seconds' worth may go at once.
    init(limit: RateLimit?, bursts: Double = 1) {
        self.limit = limit
        self.bursts = bursts
        fill()
    }

    private let bursts: Double
    private var burst: Double { limit.map { max(1, $0.perSecond) * bursts } ?? .infinity }

    mutating func fill() { tokens = burst }

    /// Whether the rate allows one more.
    mutating func take(at now: Int64) -> Bool {
        guard let limit else { return true }
        tokens = min(burst, tokens + Double(now - filledAt) / 1000 * limit.perSecond)
        filledAt = now
        tokens -= 1
        // Milliseconds are rounded on the other side.
        return tokens > -0.01
    }
}

extension ItemID {
    /// The place of the item in the night's input set, from 0.
    var index: Int { Int(rawValue) - 1 }
}
