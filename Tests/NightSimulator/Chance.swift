import NightshiftCore

/// The night's chance. Every draw is made from the seed, its topic, the item and how many such draws went before it, so
/// that leaving one fault out changes as little as possible of the rest: that is what lets a failing night be shrunk.
struct Chance {
    /// What is drawn besides faults.
    enum Topic: UInt64 {
        case latency = 1000
        case serverTime, runTime, startTime, commit, downtime, lag, size, part, retryAfter, order, session, shape
    }

    private struct Occasion: Hashable {
        var topic: UInt64
        var item: Int
    }

    private let seed: UInt64
    private let rates: [Fault: Double]
    private let suppressed: Set<String>
    private var counts: [Occasion: Int] = [:]
    /// The faults that have struck, each by its label.
    private(set) var fired: [String] = []

    init(seed: UInt64, rates: [Fault: Double], suppressed: Set<String>) {
        (self.seed, self.rates, self.suppressed) = (seed, rates, suppressed)
    }

    /// Whether the fault strikes on this occasion.
    mutating func strikes(_ fault: Fault, _ item: Int = 0) -> Bool {
        guard let rate = rates[fault], rate > 0 else { return false }
        let topic = Self.topic(of: fault)
        let ordinal = count(topic, item)
        var generator = generator(topic, item, ordinal)
        guard Double.random(in: 0..<1, using: &generator) < rate else { return false }
        let label = "\(fault.rawValue):\(item).\(ordinal)"
        guard !suppressed.contains(label) else { return false }
        fired.append(label)
        return true
    }

    /// How many milliseconds something takes.
    mutating func time(_ range: ClosedRange<Int64>, _ topic: Topic, _ item: Int = 0) -> Int64 {
        var generator = generator(topic.rawValue, item, count(topic.rawValue, item))
        return Int64.random(in: range, using: &generator)
    }

    mutating func number(below bound: Int, _ topic: Topic, _ item: Int = 0) -> Int {
        Int(time(0...Int64(bound - 1), topic, item))
    }

    private static func topic(of fault: Fault) -> UInt64 {
        // Names, not places in the list: a new fault must not change the nights of the others.
        fault.rawValue.utf8.reduce(7) { ($0 &* 1_099_511_628_211) ^ UInt64($1) }
    }

    private mutating func count(_ topic: UInt64, _ item: Int) -> Int {
        let occasion = Occasion(topic: topic, item: item)
        let ordinal = counts[occasion, default: 0]
        counts[occasion] = ordinal + 1
        return ordinal
    }

    private func generator(_ topic: UInt64, _ item: Int, _ ordinal: Int) -> SeededGenerator {
        var mixed = seed
        for part in [topic, UInt64(bitPattern: Int64(item)), UInt64(ordinal)] {
            var generator = SeededGenerator(seed: mixed ^ part &* 0x9E37_79B9_7F4A_7C15)
            mixed = generator.next()
        }
        return SeededGenerator(seed: mixed)
    }
}
