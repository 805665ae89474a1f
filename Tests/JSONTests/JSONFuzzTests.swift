import JSON
import Testing

@Suite(.timeLimit(.minutes(1)))
struct JSONFuzzTests {
    private static let seeds = [
        #"{"id":"gm3q","input":{"seed":9223372036854775807,"scale":0.10},"output":["a","b"],"logs":"x\n","error":null}"#,
        #"[[[[]]],{"a":{"b":{"c":[1,2,3]}}},"\u00e9\uD83D\uDE00\\\"",-1.5e-10,true,false,null]"#,
        #"{"model":"a/b","model":"c/d","é":"中文","":0}"#,
        #""\ud800\udc00\ud800""#,
        "  [ 1e400 , -0 , 0.0 ]\r\n\t ",
    ]

    /// Whatever comes in, it is either refused with a place inside the text or understood for good.
    @Test
    func neitherCrashesNorForgetsOnMutatedInput() throws {
        var generator = SplitMix64(state: 20_261_123)
        var accepted = 0
        for _ in 0..<20_000 {
            let bytes = mutated(using: &generator)
            do {
                let value = try JSONValue(parsing: bytes)
                accepted += 1
                try #require(try JSONValue(parsing: value.jsonBytes()) == value)
                let canonical = value.canonicalBytes()
                try #require(try JSONValue(parsing: canonical).canonicalBytes() == canonical, "\(value)")
                try #require(try JSONValue(parsing: value.jsonString(indented: true)) == value)
            } catch let error as JSONParsingError {
                try #require((0...bytes.count).contains(error.offset))
                try #require(error.line >= 1 && error.column >= 1)
            }
        }
        #expect(accepted > 500)
    }

    private func mutated(using generator: inout SplitMix64) -> [UInt8] {
        var bytes = Array(Self.seeds.randomElement(using: &generator)!.utf8)
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            guard !bytes.isEmpty else { break }
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<7, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 2: bytes.remove(at: place)
            case 3: bytes.insert(Array("\"\\{}[],:0-.eEu tfn".utf8).randomElement(using: &generator)!, at: place)
            case 4: bytes.removeSubrange(place...)
            case 5:
                let end = Int.random(in: place..<bytes.count, using: &generator)
                bytes.insert(contentsOf: bytes[place...end], at: place)
            default:
                let other = Array(Self.seeds.randomElement(using: &generator)!.utf8)
                bytes.replaceSubrange(place..., with: other.suffix(Int.random(in: 0...other.count, using: &generator)))
            }
        }
        return bytes
    }
}

/// A small generator whose numbers are the same on every run.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
