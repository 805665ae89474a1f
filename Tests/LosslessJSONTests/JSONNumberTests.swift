import LosslessJSON
import Testing

@Suite(.timeLimit(.minutes(1)))
struct JSONNumberTests {
    @Test(arguments: ["0", "-0", "12", "-0.50", "1e400", "1E+2", "9007199254740993", "0.1e-7"])
    func keepsTheDigitsItWasWrittenWith(literal: String) throws {
        #expect(try JSONValue(parsing: literal).jsonString() == literal)
        #expect(JSONNumber(literal: literal)?.literal == literal)
    }

    @Test(arguments: ["", "-", "+1", "01", "1.", ".5", "1e", "1e+", "0x10", "NaN", "Infinity", "1_000", " 1", "--1"])
    func refusesWhatIsNoNumber(text: String) {
        #expect(JSONNumber(literal: text) == nil)
        if !text.hasPrefix(" ") {
            #expect(throws: JSONParsingError.self) { try JSONValue(parsing: text) }
        }
    }

    @Test(
        arguments: [
            ("1.0", 1), ("1e3", 1000), ("1.50e1", 15), ("-0.0", 0), ("0e5", 0), ("1e18", 1_000_000_000_000_000_000),
            ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min), ("9223372036854775807.0", Int.max),
        ] as [(String, Int)]
    )
    func knowsIntegersByValue(literal: String, value: Int) throws {
        let number = try #require(JSONNumber(literal: literal))
        #expect(number.isInteger)
        #expect(number.intValue == value)
    }

    @Test(arguments: ["0.5", "1e-1", "9223372036854775808", "1e19", "1e400", "-9223372036854775809"])
    func hasNoIntegerWhereNoneFits(literal: String) throws {
        #expect(try #require(JSONNumber(literal: literal)).intValue == nil)
    }

    @Test(
        arguments: [
            ("1", "1.0"), ("100", "1e2"), ("0", "-0.000"), ("0.5", "5e-1"), ("1000000000000000000", "1e18"),
            ("9223372036854775807", "9223372036854775807.0"),
            ("123456789012345678901234567890", "1.2345678901234567890123456789e29"),
            ("-12.50", "-1.25E1"), ("1e-400", "0.1e-399"),
            ("120e99999999999999999999", "12e99999999999999999999"), ("0.1e-99999999999", "1e-99999999999"),
        ]
    )
    func isEqualByValueAndThenHasOneCanonicalForm(left: String, right: String) throws {
        let left = try JSONValue(parsing: left)
        let right = try JSONValue(parsing: right)
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(left.canonicalBytes() == right.canonicalBytes())
        #expect(try JSONValue(parsing: left.canonicalBytes()) == left)
    }

    @Test(
        arguments: [
            ("9007199254740993", "9007199254740992"), ("0.1", "0.10000000000000001"), ("1e400", "1e401"), ("1", "-1"),
        ]
    )
    func tellsApartWhatBinaryNumbersWouldNot(left: String, right: String) throws {
        #expect(try JSONValue(parsing: left) != JSONValue(parsing: right))
        #expect(try JSONValue(parsing: left).canonicalBytes() != JSONValue(parsing: right).canonicalBytes())
    }

    @Test(
        arguments: [
            (3.0, "3"), (-0.0, "0"), (0.1, "0.1"), (1e16, "1e+16"), (.leastNonzeroMagnitude, "5e-324"),
            (1.5e300, "1.5e+300"),
        ] as [(Double, String)]
    )
    func writesBinaryNumbersShortest(value: Double, literal: String) throws {
        let number = try #require(JSONNumber(value))
        #expect(number.literal == literal)
        #expect(number.doubleValue == value)
        #expect(try JSONValue(parsing: number.literal) == .number(number))
    }

    @Test
    func cannotBeMadeFromWhatJSONCannotWrite() {
        #expect(JSONNumber(Double.infinity) == nil)
        #expect(JSONNumber(Double.nan) == nil)
        #expect(JSONValue(floatLiteral: .infinity) == .null)
    }

    @Test
    func givesInfinityOnlyWhenAskedForABinaryNumber() throws {
        #expect(try JSONValue(parsing: "1e400").doubleValue == .infinity)
        #expect(try JSONValue(parsing: "-1e400").doubleValue == -.infinity)
    }
}
