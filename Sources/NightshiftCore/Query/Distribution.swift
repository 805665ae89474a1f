import Foundation

/// How long something took, over many items.
public struct Distribution: Hashable, Sendable {
    /// So many took at least `from` and less than `to` seconds.
    public struct Bucket: Hashable, Sendable {
        public var from: Double
        public var to: Double
        public var count: Int
    }

    public var count: Int
    /// Half of them, and 19 of 20, took at most so many seconds.
    public var median: Double
    public var percentile95: Double
    public var longest: Double
    /// Without gaps, each wider than the one before by the same factor.
    public var buckets: [Bucket]

    /// - Parameter seconds: in any order.
    /// - Returns: `nil` if there are none.
    package init?(_ seconds: [Double], buckets wanted: Int = 24) {
        let sorted = seconds.filter { $0.isFinite && $0 >= 0 }.sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        count = sorted.count
        median = Self.percentile(0.5, of: sorted)
        percentile95 = Self.percentile(0.95, of: sorted)
        longest = last
        buckets = Self.buckets(sorted, from: max(first, 0.001), to: max(last, 0.001), wanted)
    }

    /// The smallest value that so large a share of the values does not exceed.
    private static func percentile(_ share: Double, of sorted: [Double]) -> Double {
        sorted[max(0, Int((share * Double(sorted.count)).rounded(.up)) - 1)]
    }

    private static func buckets(_ sorted: [Double], from low: Double, to high: Double, _ wanted: Int) -> [Bucket] {
        guard high > low * 1.001 else { return [Bucket(from: sorted[0], to: high, count: sorted.count)] }
        let factor = pow(high / low, 1 / Double(wanted))
        var buckets = (0..<wanted).map { index in
            Bucket(from: low * pow(factor, Double(index)), to: low * pow(factor, Double(index + 1)), count: 0)
        }
        for value in sorted {
            let place = log(max(value, low) / low) / log(factor)
            buckets[min(wanted - 1, max(0, Int(place)))].count += 1
        }
        buckets[0].from = min(buckets[0].from, sorted[0])
        return buckets
    }
}
