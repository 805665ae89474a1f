import Foundation
import LosslessJSON
import Testing

struct JSONValueDecoderTests {
    private struct Shot: Decodable, Equatable {
        struct Size: Decodable, Equatable { var width: Int, height: UInt8? }
        enum Kind: String, Decodable { case day, night }

        var name: String
        var size: Size
        var kinds: [Kind]
        var extra: [String: Double]
        var isGood: Bool
        var note: String?
        var raw: JSONValue
    }

    private let shot: JSONValue = [
        "name": "a", "size": ["width": 1024.0, "height": nil], "kinds": ["day", "night"], "extra": ["some_key": 0.1],
        "isGood": true, "raw": [1, ["x": nil]],
    ]

    @Test func readsAValueAsItsType() throws {
        let expected = Shot(
            name: "a", size: .init(width: 1024, height: nil), kinds: [.day, .night], extra: ["some_key": 0.1],
            isGood: true, note: nil, raw: [1, ["x": nil]])
        #expect(try JSONValueDecoder().decode(Shot.self, from: shot) == expected)
        #expect(try JSONValueDecoder().decode([Shot].self, from: [shot, shot]) == [expected, expected])
        #expect(try JSONValueDecoder().decode(from: "x") == "x")
        #expect(try JSONValueDecoder().decode(Int?.self, from: nil) == nil)
        #expect(try JSONValueDecoder().decode([Int?].self, from: [1, nil, 3]) == [1, nil, 3])
    }

    /// What Foundation's decoder makes of the same JSON, for types of every sort.
    @Test func agreesWithTheDecoderOfFoundation() throws {
        struct Many: Codable, Equatable {
            var a: Int, b: Int8, c: Int16, d: Int32, e: Int64, f: UInt, g: UInt8, h: UInt16, i: UInt32, j: UInt64
            var k: Double, l: Float, m: Bool, n: String, o: Decimal, p: [[Int]], q: [String: [String: Int]], r: URL,
                s: Data
            var t: Int?, u: [Int: String]
        }
        let many = Many(
            a: .min, b: .min, c: .max, d: .min, e: .max, f: .max, g: .max, h: .max, i: .max, j: .max, k: 0.1, l: 0.1,
            m: false,
            n: "é\n\"", o: Decimal(string: "0.1000000000000000000000001")!, p: [[], [1]], q: ["x_y": ["a": 1]],
            r: URL(string: "https://a.b/c?d")!, s: Data([0, 255]), t: nil, u: [7: "seven"])
        let bytes = try JSONEncoder().encode(many)
        #expect(try JSONDecoder().decode(Many.self, from: bytes) == many)
        #expect(try JSONValueDecoder().decode(Many.self, from: try JSONValue(parsing: bytes)) == many)
    }

    @Test func everyWidthOfListsIsRead() throws {
        func check<Value: Decodable & Equatable>(_ type: Value.Type, _ json: JSONValue, _ values: [Value]) throws {
            #expect(try JSONValueDecoder().decode([Value].self, from: json) == values)
            #expect(try JSONValueDecoder().decode(Value.self, from: json[0]!) == values[0])
        }
        let numbers: JSONValue = [1, 2]
        try check(Int.self, numbers, [1, 2])
        try check(Int8.self, numbers, [1, 2])
        try check(Int16.self, numbers, [1, 2])
        try check(Int32.self, numbers, [1, 2])
        try check(Int64.self, numbers, [1, 2])
        try check(UInt.self, numbers, [1, 2])
        try check(UInt8.self, numbers, [1, 2])
        try check(UInt16.self, numbers, [1, 2])
        try check(UInt32.self, numbers, [1, 2])
        try check(UInt64.self, numbers, [1, 2])
        try check(Float.self, numbers, [1, 2])
        try check(Double.self, numbers, [1, 2])
        try check(Bool.self, [true, false], [true, false])
        try check(String.self, ["a", "b"], ["a", "b"])
    }

    @Test(arguments: [
        ("1e3", Int?.some(1000)), ("-0", 0), ("1.0", 1), ("9223372036854775807", .max), ("1e400", nil), ("0.5", nil),
        ("9223372036854775808", nil), ("-1e-400", nil), ("1e1000000000", nil),
    ])
    func aNumberThatDoesNotFitIsAnError(literal: String, expected: Int?) throws {
        let json: JSONValue = ["sizes": [.number(try #require(JSONNumber(literal: literal)))]]
        if let expected {
            #expect(try JSONValueDecoder().decode([String: [Int]].self, from: json) == ["sizes": [expected]])
        } else {
            let error = try #require(throws: DecodingError.self) {
                try JSONValueDecoder().decode([String: [Int]].self, from: json)
            }
            guard case .dataCorrupted(let context) = error else { throw error }
            #expect(context.codingPath.map(\.stringValue) == ["sizes", "0"])
            #expect(context.debugDescription.contains(literal))
        }
    }

    @Test func narrowTypesTellTheirRange() throws {
        let error = try #require(throws: DecodingError.self) { try JSONValueDecoder().decode(UInt8.self, from: 300) }
        #expect("\(error)".contains("the number 300 does not fit UInt8: it takes 0 to 255"))
        #expect(throws: DecodingError.self) { try JSONValueDecoder().decode(UInt.self, from: -1) }
        #expect(throws: DecodingError.self) {
            try JSONValueDecoder().decode(Float.self, from: .number(JSONNumber(literal: "1e39")!))
        }
        #expect(throws: DecodingError.self) {
            try JSONValueDecoder().decode(Double.self, from: .number(JSONNumber(literal: "1e309")!))
        }
        #expect(
            try JSONValueDecoder().decode(UInt64.self, from: .number(JSONNumber(literal: "18446744073709551615e0")!))
                == .max)
    }

    @Test(
        arguments: [
            (["name": 5], "it is of type integer; expected a text", ["name"]),
            (["name": nil], "it is null; expected a text", ["name"]),
            (["name": "a", "size": [1]], "it is of type array; expected an object", ["size"]),
            (["name": "a"], "there is no 'size'", []),
            (["name": "a", "size": ["width": "x"]], "expected a whole number", ["size", "width"]),
            ([1], "it is of type array; expected an object", []),
        ] as [(JSONValue, String, [String])])
    func whatDoesNotFitIsToldWithItsPlace(json: JSONValue, reason: String, path: [String]) throws {
        let error = try #require(throws: DecodingError.self) { try JSONValueDecoder().decode(Shot.self, from: json) }
        let context: DecodingError.Context
        switch error {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .keyNotFound(_, let found),
            .dataCorrupted(let found):
            context = found
        @unknown default: throw error
        }
        #expect(context.debugDescription.contains(reason))
        #expect(context.codingPath.map(\.stringValue) == path)
    }

    @Test func aListThatIsTooShortIsAnError() throws {
        struct Pair: Decodable {
            init(from decoder: any Decoder) throws {
                var list = try decoder.unkeyedContainer()
                _ = try (list.decode(Int.self), list.decode(Int.self))
            }
        }
        _ = try JSONValueDecoder().decode(Pair.self, from: [1, 2])
        let error = try #require(throws: DecodingError.self) { try JSONValueDecoder().decode(Pair.self, from: [1]) }
        #expect("\(error)".contains("the list has only 1 elements"))
    }

    @Test func keysCanBeWrittenOtherwise() throws {
        struct Named: Decodable, Equatable {
            enum CodingKeys: String, CodingKey { case numOutputs, hidden = "_top2Bottom_" }
            var numOutputs: Int, hidden: [String: Int]
        }
        var decoder = JSONValueDecoder()
        decoder.keys = .fromSnakeCase
        let json: JSONValue = ["num_outputs": 3, "_top2_bottom_": ["as_it_is": 1]]
        #expect(try decoder.decode(Named.self, from: json) == Named(numOutputs: 3, hidden: ["as_it_is": 1]))
        // What is written as the property counts.
        #expect(
            try decoder.decode(Named.self, from: ["num_outputs": 3, "numOutputs": 4, "_top2Bottom_": [:]]).numOutputs
                == 4)
        decoder.keys = .custom { $0.lowercased() }
        #expect(try decoder.decode([[String: Int]].self, from: [["A": 1]]) == [["A": 1]])
        struct Low: Decodable { var a: Int }
        #expect(try decoder.decode(Low.self, from: ["A": 1]).a == 1)
    }

    @Test func datesAreReadAsTheyAreWritten() throws {
        let time = Date(timeIntervalSince1970: 1_700_000_000.125)
        var decoder = JSONValueDecoder()
        #expect(try decoder.decode(Date.self, from: "2023-11-14T22:13:20.125Z") == time)
        #expect(try decoder.decode(Date.self, from: "2023-11-14T22:13:20.125000000Z") == time)
        #expect(try decoder.decode(Date.self, from: "2023-11-14T23:13:20.125+01:00") == time)
        #expect(
            try decoder.decode(Date.self, from: "2023-11-14T22:13:20Z") == Date(timeIntervalSince1970: 1_700_000_000))
        for text in ["", "soon", "2023-11-14", "2023-11-14T22:13:20.Z"] {
            #expect(throws: DecodingError.self) { try decoder.decode(Date.self, from: .string(text)) }
        }
        decoder.dates = .secondsSince1970
        #expect(try decoder.decode(Date.self, from: 1_700_000_000.125) == time)
        decoder.dates = .millisecondsSince1970
        #expect(try decoder.decode(Date.self, from: 1_700_000_000_125) == time)
        decoder.dates = .custom { json in Date(timeIntervalSince1970: json["t"]?.doubleValue ?? 0) }
        #expect(try decoder.decode([Date].self, from: [["t": 1_700_000_000.125]]) == [time])
    }

    @Test func bytesMayStandInADataURI() throws {
        #expect(try JSONValueDecoder().decode(Data.self, from: "AQI=") == Data([1, 2]))
        #expect(try JSONValueDecoder().decode(Data.self, from: "data:image/png;base64,AQI=") == Data([1, 2]))
        #expect(throws: DecodingError.self) { try JSONValueDecoder().decode(Data.self, from: "!") }
        #expect(throws: DecodingError.self) { try JSONValueDecoder().decode(URL.self, from: "") }
    }

    @Test func containersByHandAndOfClassesAreRead() throws {
        class Base: Decodable { var a = 0 }
        final class Derived: Base {
            var b = ""
            private enum Key: CodingKey { case b, list, object }
            private enum Inner: CodingKey { case c }
            required init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: Key.self)
                #expect(container.allKeys.map(\.stringValue) == ["b", "list", "object"])
                #expect(container.contains(.list))
                b = try container.decode(String.self, forKey: .b)
                var list = try container.nestedUnkeyedContainer(forKey: .list)
                #expect(list.count == 3)
                var nested = try list.nestedUnkeyedContainer()
                b += "\(try nested.decode(Int.self))"
                b += try list.nestedContainer(keyedBy: Inner.self).decode(String.self, forKey: .c)
                b += try String(from: list.superDecoder())
                #expect(list.isAtEnd)
                let object = try container.nestedContainer(keyedBy: Inner.self, forKey: .object)
                b += try object.decodeNil(forKey: .c) ? "-" : "+"
                try super.init(from: container.superDecoder())
            }
        }
        let derived = try JSONValueDecoder().decode(
            Derived.self, from: ["b": "x", "list": [[5], ["c": "y"], "z"], "object": ["c": nil], "super": ["a": 7]])
        #expect(derived.b == "x5yz-")
        #expect(derived.a == 7)
    }

    @Test func typesFindWhatTheyAreGiven() throws {
        struct Reader: Decodable {
            var word: String
            init(from decoder: any Decoder) throws {
                word = decoder.userInfo[CodingUserInfoKey(rawValue: "word")!] as? String ?? ""
            }
        }
        var decoder = JSONValueDecoder()
        decoder.userInfo[CodingUserInfoKey(rawValue: "word")!] = "given"
        #expect(try decoder.decode([Reader].self, from: [1]).first?.word == "given")
    }
}
