import NightshiftCore
import Testing

struct DescriptorBudgetTests {
    private func divided(_ limit: Int, wanted: Int = 2064, servesItself: Bool = false) -> DescriptorBudget? {
        DescriptorBudget(limit: limit, open: 20, loops: 2, wanted: wanted, servesItself: servesItself)
    }

    @Test(arguments: [96, 128, 256, 1024, 20_000], [false, true])
    func allTogetherNeverExceedTheLimit(limit: Int, servesItself: Bool) throws {
        let budget = try #require(divided(limit, servesItself: servesItself))
        let ends = servesItself ? 2 : 1
        let used = 20 + budget.connections * ends + budget.fetches * (ends + 2)
        #expect(used <= limit - 40)
        #expect(budget.fetches >= 1 && budget.connections >= 2)
        #expect(budget.writes >= 1 && budget.reads >= 1)
    }

    @Test func withEnoughOfThemNothingIsHeldBack() throws {
        let budget = try #require(divided(20_000))
        #expect(budget.connections == 2064)
        #expect(budget.fetches == 32)
    }

    @Test func tooFewAreToldAndTheLeastIsEnough() throws {
        for servesItself in [false, true] {
            #expect(divided(40, servesItself: servesItself) == nil)
            #expect(divided(64, servesItself: servesItself) == nil)
            let least = DescriptorBudget.least(open: 20, loops: 2, servesItself: servesItself)
            #expect(divided(least, servesItself: servesItself) != nil)
        }
    }
}
