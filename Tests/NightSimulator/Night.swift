import Foundation
import LosslessJSON
package import NightshiftCore

/// One simulated night: what is to be done and what goes wrong, all of it drawn from a seed.
package struct Night: Sendable {
    package var seed: UInt64
    package var items: Int
    /// How often each fault strikes that comes by chance.
    package var rates: [Fault: Double] = [:]
    package var windows: [FaultWindow] = []
    /// Faults that do not strike though the seed says so, by their labels: for shrinking.
    package var suppressed: Set<String> = []
    /// A crash at one place exactly.
    package var crash: CrashPlace?
    package var bug: PlantedBug?

    package var settings: RunSettings
    /// How long predictions take, in milliseconds.
    package var runTime: ClosedRange<Int64>
    /// How many items in a row have the same input.
    package var alike = 1
    /// Items that the provider refuses.
    package var badInputs: Set<Int> = []
    /// Items that a firewall before the provider refuses.
    package var blockedInputs: Set<Int> = []
    /// How long creates wait for the result.
    package var wait: Int64?
    /// The provider's clock minus ours at the beginning, in milliseconds.
    package var skew: Int64 = 0
    /// Whether the engine has read the provider's clock before it begins.
    package var knowsClock = true
    /// Whether items with the same input take the result of the first of them.
    package var sharesResults = false
    /// Whether a file goes into each input.
    package var hasFiles = false
    /// Whether another run uses the account at the same time.
    package var hasNeighbor = false
    /// Whether the rest is agreed to after the first items.
    package var agreesToRest = true

    static let replicate = ProviderTraits(
        remembersPredictions: true, survivesRestart: true, createIsIdempotent: false, answersWhenFinished: false)

    /// What the model takes besides what is sent.
    static let usualSize: JSONValue = 512

    private static var inputs: KnownInputs {
        var inputs = KnownInputs()
        inputs.names = ["n", "of", "size"]
        inputs.defaults = ["size": usualSize]
        return inputs
    }

    /// A night in which nothing goes wrong.
    package init(calm seed: UInt64, items: Int, concurrency: Int = 4) {
        self.seed = seed
        self.items = items
        settings = RunSettings(
            traits: Self.replicate, concurrency: concurrency, creates: RateLimit(count: 600, per: .seconds(60)),
            reads: RateLimit(count: 3000, per: .seconds(60)))
        settings.reconciling.settle = .seconds(2)
        settings.steps[0].inputs = Self.inputs
        runTime = 100...5_000
    }

    /// The night of a seed.
    /// - Parameter items: how many at most.
    package init(seed: UInt64, items most: Int = 8) {
        var random = SeededGenerator(seed: seed &* 0x9E37_79B9_7F4A_7C15 ^ 0x4E69_6768_7473)
        self.init(calm: seed, items: Int.random(in: Swift.min(2, most)...most, using: &random))
        drawJob(&random)
        drawFaults(&random)
        if Int.random(in: 0..<4, using: &random) == 0 { takeSteps(&random) }
        drawCompany(&random)
    }

    /// The same night with lost answers and people who do something about most of what fails or is held.
    package func withBusyPeople() -> Night {
        var night = self
        night.rates.merge([
            .retriedItems: 0.6, .adoptedItems: 0.6, .retriedFailures: 0.3, .redoneItems: 0.3, .lostAfter: 0.4,
        ]) { $1 }
        night.rates[.modelFails] = 0.1
        if !seed.isMultiple(of: 3) { night.settings.onUnknown = .hold }
        if !hasSteps, seed.isMultiple(of: 2) { night.alike = Swift.max(2, alike) }
        return night
    }

    /// What the night has besides its job and its faults: hours, first items, files, equal inputs, another run.
    private mutating func drawCompany(_ random: inout SeededGenerator) {
        func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }
        if oneIn(8) {
            let opens = Self.firstMinute + Int.random(in: -90...90, using: &random)
            let lasts = Int.random(in: 2...180, using: &random)
            settings.window = DailyWindow(
                start: (opens + 1440) % 1440, end: (opens + lasts + 1440) % 1440, timeZone: .gmt)
        }
        if oneIn(8) {
            settings.canary = Int.random(in: 1...2, using: &random)
            agreesToRest = !oneIn(4)
        }
        hasFiles = oneIn(6)
        if alike > 1, !hasSteps { sharesResults = Bool.random(using: &random) }
        settings.sharesResults = sharesResults
        if oneIn(6) {
            hasNeighbor = true
            settings.sharesAccount = true
            settings.creates = RateLimit(count: [6, 12, 30].randomElement(using: &random) ?? 12, per: .seconds(60))
        }
    }

    /// The minute of the day at which nights begin.
    private static var firstMinute: Int { Int(SimulatedAPI.epoch.milliseconds / 60_000 % 1440) }

    /// Whether the item takes the result of an earlier one.
    func isFollower(_ item: Int) -> Bool { sharesResults && item % alike != 0 }

    /// Lets every second item be made from the one before it, as a step of its own.
    private mutating func takeSteps(_ random: inout SeededGenerator) {
        alike = 1
        var second = settings.steps[0]
        (settings.steps[0].name, second.name) = ("a", "b")
        second.concurrency = [1, 2, 4].randomElement(using: &random) ?? 4
        settings.steps.append(second)
    }

    var hasSteps: Bool { settings.steps.count > 1 }

    /// The item that another one is made from.
    func need(of item: Int) -> Int? { hasSteps && item % 2 == 1 ? item - 1 : nil }

    private mutating func drawJob(_ random: inout SeededGenerator) {
        settings.steps[0].concurrency = [1, 2, 3, 4, 8].randomElement(using: &random) ?? 4
        settings.fetches = [1, 2, 32].randomElement(using: &random) ?? 32
        settings.steps[0].attempts = Int.random(in: 2...5, using: &random)
        runTime = [10...200, 100...5_000, 20_000...60_000, 5_000...300_000].randomElement(using: &random) ?? runTime
        if Int.random(in: 0..<3, using: &random) == 0 {
            let perMinute = [6, 30, 60, 120].randomElement(using: &random) ?? 60
            settings.creates = RateLimit(count: perMinute, per: .seconds(60))
        }
        if Int.random(in: 0..<3, using: &random) == 0 {
            settings.reads = RateLimit(count: [60, 300].randomElement(using: &random) ?? 60, per: .seconds(60))
        }
        if Int.random(in: 0..<3, using: &random) == 0 {
            settings.steps[0].startTimeout = .seconds([120, 1200].randomElement(using: &random) ?? 1200)
            settings.steps[0].runTimeout = .seconds([60, 600].randomElement(using: &random) ?? 600)
        }
        if Int.random(in: 0..<4, using: &random) == 0 { alike = Int.random(in: 2...3, using: &random) }
        if Int.random(in: 0..<4, using: &random) == 0 { wait = Int64.random(in: 1...20, using: &random) * 1000 }
        settings.isNotified = Int.random(in: 0..<4, using: &random) == 0
        settings.waitsWhenRefused = Int.random(in: 0..<5, using: &random) > 0
        if Int.random(in: 0..<12, using: &random) == 0 { settings.onUnknown = .hold }
        drawBudget(&random)
    }

    private mutating func drawBudget(_ random: inout SeededGenerator) {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: settings.limits.predictions = Int.random(in: 1...items, using: &random)
        case 1: settings.limits.predictTime = .seconds(Int.random(in: 1...120, using: &random))
        case 2:
            settings.steps[0].price.perSecond = 0.001
            settings.limits.cost = Double.random(in: 0.001...0.1, using: &random)
        case 3:
            settings.steps[0].price.perPrediction = 0.25
            settings.limits.cost = 0.25 * Double(Int.random(in: 1...items, using: &random))
        case 4: settings.limits.failures = Int.random(in: 0...2, using: &random)
        case 5: settings.limits.wallTime = .seconds(Int.random(in: 5...600, using: &random))
        default: break
        }
    }

    private mutating func drawFaults(_ random: inout SeededGenerator) {
        // Few faults at once tell more than all of them: most nights have some, one in eight has every kind that is drawn.
        let density = [0.1, 0.1, 0.2, 0.2, 0.35, 0.35, 0.5, 0.8].randomElement(using: &random) ?? 0.2
        for fault in Fault.allCases {
            let isDrawn = Double.random(in: 0..<1, using: &random) < density
            let rate = Double.random(in: fault.usualRates, using: &random)
            let starts = (0..<2).map { _ in Int64.random(in: 0...120_000, using: &random) }
            let lengths = (0..<2).map { _ in Int64.random(in: fault.usualLength, using: &random) }
            let skew = Int64.random(in: -100_000...100_000, using: &random)
            let knows = Bool.random(using: &random)
            guard isDrawn else { continue }
            if fault == .clockSkew {
                (self.skew, knowsClock) = (skew, knows)
            } else if fault == .invalidInput {
                badInputs = Set((0..<items).filter { _ in Double.random(in: 0..<1, using: &random) < rate })
            } else if fault == .blockedInput {
                blockedInputs = Set((0..<items).filter { _ in Double.random(in: 0..<1, using: &random) < rate })
                // Where nothing ever passes, the run waits for whoever refuses all of it, for ever.
                if blockedInputs.count == items { blockedInputs.remove(0) }
            } else if fault.isWindow {
                windows.append(FaultWindow(fault: fault, start: starts[0], length: lengths[0]))
                if rate > 0.25 {
                    windows.append(FaultWindow(fault: fault, start: starts[1] * 4, length: lengths[1]))
                }
            } else {
                rates[fault] = rate
            }
        }
    }

    /// What a gateway answers to everything while it has lost its way: not found in the API's own form or in another, or a
    /// refusal that is not the provider's.
    func gatewayError(at instant: Int64) -> ProviderError? {
        let window = windows.first {
            $0.fault == .gatewayOutage && $0.covers(instant) && !suppressed.contains($0.label)
        }
        return switch window.map({ $0.start % 3 }) {
        case nil: nil
        case 0: ProviderError(.notFound, "404 The requested resource could not be found.")
        case 1: ProviderError(.foreignRefusal, "404 page not found")
        default: ProviderError(.foreignRefusal, "403 Forbidden")
        }
    }

    /// Whether a fault that comes for a time is in force.
    func isInForce(_ fault: Fault, at instant: Int64) -> Bool { end(of: fault, at: instant) != nil }

    /// When a fault that is in force goes by itself.
    func end(of fault: Fault, at instant: Int64) -> Int64? {
        windows.filter { $0.fault == fault && $0.covers(instant) && !suppressed.contains($0.label) }
            .map { $0.start + $0.length }.max()
    }

    /// Whether a provider that stands still answers no reads either.
    var freezesReads: Bool { seed.isMultiple(of: 2) }

    /// The number that is the input of an item; those of ``alike`` neighbours are the same.
    func inputNumber(of item: Int) -> Int { item / alike }

    var groups: Int { (items + alike - 1) / alike }
}

/// Where a process may die.
package struct CrashPlace: Hashable, Sendable {
    /// Which decision of the first session, from 0.
    package var step: Int
    /// 0: before its commit. 1: after it. 2…: after so many of its actions have begun.
    package var place: Int

    package init(step: Int, place: Int) {
        (self.step, self.place) = (step, place)
    }
}
