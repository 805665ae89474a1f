import LosslessJSON
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
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
    func neitherCrashesNorForgetsOnMutatedInput() async throws {
        var mutation = Mutation(of: Self.seeds, alphabet: "\"\\{}[],:0-.eEu tfn", seed: 20_261_123)
        var accepted = 0
        for round in 0..<100_000 {
            await Mutation.pause(round)
            let bytes = mutation.next()
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
        #expect(accepted > 2500)
    }
}
