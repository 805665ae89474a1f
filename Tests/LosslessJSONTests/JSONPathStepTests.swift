import LosslessJSON
import Testing

@Suite struct JSONPathStepTests {
    private let value: JSONValue = ["images": [["file": "a"], ["file": "b"]], "n": 1]

    @Test func stepsLeadToAPlaceOrNowhere() {
        #expect(value.value(at: [.key("images"), .index(1), .key("file")]) == "b")
        #expect(value.value(at: []) == value)
        #expect(value.value(at: [.key("images"), .index(2)]) == nil)
        #expect(value.value(at: [.key("n"), .key("file")]) == nil)
    }

    @Test func onlyThePlaceIsReplaced() {
        let replaced = value.replacing(at: [.key("images"), .index(0), .key("file")], with: nil)
        #expect(replaced == ["images": [["file": nil], ["file": "b"]], "n": 1])
        #expect(value.replacing(at: [.key("images"), .index(7)], with: 1) == value)
    }
}
