import NightshiftCore
import Testing

struct DistributionTests {
    @Test func tellsPercentilesOfWhatItIsGiven() throws {
        let distribution = try #require(Distribution((1...100).map(Double.init).shuffled()))
        #expect(distribution.count == 100)
        #expect(distribution.median == 50)
        #expect(distribution.percentile95 == 95)
        #expect(distribution.longest == 100)
    }

    @Test(arguments: [[0.0, 0, 5, 1000], [3], [2, 2, 2], [0], [0.0001, 0.5], Array(repeating: 1, count: 9) + [9]])
    func eachValueIsInOneBucket(values: [Double]) throws {
        let distribution = try #require(Distribution(values))
        #expect(distribution.buckets.reduce(0) { $0 + $1.count } == values.count)
        for (bucket, next) in zip(distribution.buckets, distribution.buckets.dropFirst()) {
            #expect(abs(bucket.to - next.from) < 1e-9)
        }
        let smallest = values.min() ?? 0
        #expect(distribution.buckets.contains { $0.count > 0 && $0.from <= smallest && smallest <= $0.to + 1e-9 })
    }

    @Test func leavesOutWhatIsNoTime() {
        #expect(Distribution([]) == nil)
        #expect(Distribution([.nan, -1, .infinity]) == nil)
        #expect(Distribution([.nan, 4])?.count == 1)
    }
}
