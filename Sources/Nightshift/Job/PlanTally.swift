import NightshiftCore

/// Counts while the input set is expanded.
struct PlanTally {
    var report: PlanReport
    var known = 0
    var summary = InputSet.Summary()
    var content = PlanContent()
    /// The largest file that goes into an input; `nil` where all do.
    private let longestInline: Int?
    private let samples: Int
    private let selection: ItemSelection
    /// Keys that the selection names and no item has had so far.
    private(set) var missing: Set<ExactText>
    /// The first half of each digest, which is enough to tell a million files apart and half as much to hold.
    private var seenFiles: Set<UInt64> = []

    init(report: PlanReport, samples: Int, selection: ItemSelection, longestInline: Int?) {
        self.report = report
        self.longestInline = longestInline
        self.samples = samples
        self.selection = selection
        missing = Set(selection.keys.map(ExactText.init))
        if selection.isLimited { self.report.chosen = 0 }
    }

    /// Whether a run would do the item; without a selection all count as chosen.
    private mutating func isChosen(_ item: Item, known state: KnownState?) -> Bool {
        guard let chosen = report.chosen else { return true }
        let isNamed = missing.remove(ExactText(item.key)) != nil || selection.keys.isEmpty
        let (isFailed, isDone) =
            switch state {
            case .same(.failed), .same(.canceled), .same(.held): (true, false)
            case .same(.succeeded): (false, true)
            case nil, .changed, .same: (false, false)
            }
        let choice = selection.choice(retryFailed: false)
        guard isNamed, choice.takes(isFailed: isFailed, isLeft: !isFailed && !isDone),
            chosen < selection.limit ?? .max
        else { return false }
        report.chosen = chosen + 1
        return true
    }

    /// - Parameters:
    ///   - items: new ones of the set.
    ///   - known: the job's store and run, if there are any.
    mutating func count(_ items: [Item], in known: Store?, _ run: RunRecord?) async throws {
        guard let known, let run else {
            for item in items { count(item, known: nil) }
            return
        }
        for (item, state) in zip(items, try await known.reports.knownStates(of: items, in: run)) {
            count(item, known: state)
        }
    }

    private mutating func count(_ item: Item, known state: KnownState?) {
        report.items += 1
        content.add(item)
        if state != nil { known += 1 }
        guard item.problem == nil || state == .same(.succeeded) else { return }
        var isToDo = true
        switch state {
        case nil: report.new += 1
        case .changed: report.changed += 1
        case .same(.succeeded):
            report.done += 1
            isToDo = false
        case .same(.failed), .same(.canceled), .same(.held):
            report.failed += 1
            isToDo = false
        case .same: report.unfinished += 1
        }
        guard isChosen(item, known: state) else { return }
        if isToDo, !item.step.isEmpty { report.steps[item.step, default: 0] += 1 }
        for file in item.files {
            let isUploaded = longestInline.map { file.size > $0 } ?? false
            if isToDo, !isUploaded { report.uploadBytes += Int64(file.size) }
            guard seenFiles.insert(UInt64(file.sha256.prefix(16), radix: 16) ?? 0).inserted else { continue }
            report.files += 1
            report.fileBytes += Int64(file.size)
            guard isToDo, isUploaded else { continue }
            report.uploads += 1
            report.uploadBytes += Int64(file.size)
        }
        guard report.firstItems.count < samples else { return }
        var input = item.input
        for file in item.files { input = input.replacing(at: file.pointer, with: .string(file.path)) }
        for value in item.deferred { input = input.replacing(at: value.pointer, with: .string(value.template)) }
        report.firstItems.append(
            PlanReport.Sample(key: item.key, name: item.name, origin: item.origin.description, input: input))
    }
}
