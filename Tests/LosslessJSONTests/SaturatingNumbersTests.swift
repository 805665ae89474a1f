import LosslessJSON
import Testing

/// Arithmetic with what others say must give a number, whatever they say.
@Suite(.timeLimit(.minutes(1)))
struct SaturatingNumbersTests {
    @Test(
        arguments: [
            (0, 0), (1.9, 1), (-1.9, -1), (1e300, .max), (-1e300, .min), (.infinity, .max), (-.infinity, .min),
            (.nan, 0),
            (9.3e18, .max), (9_007_199_254_740_992, 9_007_199_254_740_992), (1e-300, 0),
        ] as [(Double, Int)])
    func numbersBecomeTheNearestInteger(value: Double, integer: Int) {
        #expect(Int(saturating: value) == integer)
    }

    @Test func smallTypesHaveEndsToo() {
        #expect(UInt8(saturating: 300) == 255)
        #expect(UInt8(saturating: -1) == 0)
        #expect(Int8(saturating: -128.9) == -128)
    }

    @Test func sumsAndProductsEndAtTheRange() {
        #expect(Int64.max.addingSaturated(1) == .max)
        #expect(Int64.min.addingSaturated(-1) == .min)
        #expect(Int64.min.subtractingSaturated(1) == .min)
        #expect(Int64(0).subtractingSaturated(.min) == .max)
        #expect(Int64.max.multipliedSaturated(by: -2) == .min)
        #expect(Int64.min.multipliedSaturated(by: -1) == .max)
        #expect(Int64(6).multipliedSaturated(by: 7) == 42)
        #expect(Int64(6).addingSaturated(-7) == -1)
        #expect(Int64(6).subtractingSaturated(7) == -1)
    }

    @Test(arguments: [.nan, .infinity, -.infinity, 1e300, -1e300, 1.5, -1.5] as [Double])
    func durationsOfAnyNumberOfSecondsCanBeUsed(seconds: Double) {
        let duration = Duration(saturatingSeconds: seconds)
        #expect(abs(duration / .seconds(1)) <= 1e9)
        if abs(seconds) < 10 { #expect(duration == .seconds(seconds)) }
        #expect((duration + duration).bounded <= .longestUseful)
        #expect(Duration.seconds(Int64.max).bounded == .longestUseful)
        #expect((Duration.zero - .seconds(Int64.max)).bounded == .zero - .longestUseful)
    }
}
