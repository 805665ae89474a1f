import LosslessJSON
import NightshiftCore
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ChoosingTests {
    private let place = SourceLocation(file: "x.yaml")

    private func rows(_ range: Range<Int>) -> [Row] {
        range.map {
            Row(.object(["v": .number(JSONNumber($0)), "w": .string("w\($0 % 3)")]), origin: .row($0, of: "list"))
        }
    }

    private func source(_ text: String) throws -> InputSource {
        let manifest = "job: x\nmodel: a/b\ninputs: { csv: a.csv, \(text) }\ninput: {}\n"
        return try ManifestDecoder.decode(Array(manifest.utf8), file: "x.yaml").inputs[0]
    }

    private func taken(_ text: String, _ rows: [Row]) throws -> [Int] {
        let source = try source(text)
        var rule: SampleRule?
        if var draw = SampleDraw(source.sample) {
            var undrawn = source
            undrawn.sample = nil
            var candidates = Selection(undrawn)
            for row in rows where candidates.meets(row) { draw.add(row) }
            rule = draw.rule()
        }
        var selection = Selection(source, sample: rule)
        return rows.filter { selection.takes($0) }.compactMap { $0["v"]?.intValue }
    }

    @Test(
        arguments: [
            ("{ from: 2, to: 4 }", 2, false, true), ("{ from: 2, to: 4 }", 4.0, false, true),
            ("{ from: 2, to: 4 }", 4.5, false, false), ("{ from: 2 }", 1, false, false), ("{ to: 2 }", -7, false, true),
            ("{ from: 2, to: 4 }", "3", false, false), ("{ from: 2, to: 4 }", "3", true, true),
            ("{ from: 2, to: 4 }", "three", true, false), ("{ from: 2, to: 4 }", "", true, false),
            ("{ from: 2, to: 4 }", nil, false, false),
            ("{ from: '2026-01-01', to: '2026-12-31' }", "2026-11-26", true, true),
            ("{ from: '2026-01-01', to: '2026-12-31' }", "2027-01-01", true, false),
            ("{ from: 9007199254740993 }", 9007199254740992, false, false),
            ("{ matches: '^a' }", "abc", true, true), ("{ matches: '^1' }", 12, false, true),
            ("{ matches: '.*' }", nil, false, false), ("{ matches: 'true' }", true, false, false),
        ] as [(String, JSONValue, Bool, Bool)])
    func conditionsCompare(_ demand: String, _ value: JSONValue, _ isText: Bool, _ isMet: Bool) throws {
        let condition = try source("where: { v: \(demand) }").conditions[0]
        #expect(condition.isMet(by: value, isText: isText) == isMet)
    }

    @Test func uniqueTakesTheFirstOfEachKind() throws {
        #expect(try taken("unique: w", rows(0..<9)) == [0, 1, 2])
        #expect(try taken("unique: [w, v]", rows(0..<4) + rows(2..<5)) == [0, 1, 2, 3, 4])
        #expect(try taken("unique: w, offset: 1", rows(0..<9)) == [1, 2])
    }

    @Test(arguments: [
        "offset: 9223372036854775807, limit: 9223372036854775807", "offset: 9223372036854775807",
    ])
    func numbersThatNoSetReachesLeaveNothing(text: String) throws {
        #expect(try taken(text, rows(0..<9)).isEmpty)
    }

    @Test(arguments: ["9223372036854775807", "4611686018427387904"])
    func aSampleThatIsLargerThanAnySetIsAllOfIt(count: String) throws {
        #expect(try taken("sample: \(count)", rows(0..<9)).count == 9)
        #expect(try taken("limit: \(count)", rows(0..<9)).count == 9)
    }

    @Test func aSampleStaysWhenRowsAreReorderedOrAppended() throws {
        let before = try taken("sample: 100", rows(0..<1000))
        #expect(before.count == 100)
        #expect(before == before.sorted())
        #expect(try Set(taken("sample: 100", rows(0..<1000).reversed())) == Set(before))
        let after = try taken("sample: 100", rows(0..<1010))
        #expect(after.count == 100)
        // Each of the ten new rows takes the place of at most one.
        #expect(Set(after).intersection(before).count >= 90)
        #expect(try taken("sample: { count: 100, seed: 1 }", rows(0..<1000)) != before)
        #expect(try taken("sample: 5", rows(0..<3)) == [0, 1, 2])
    }

    @Test func aShareOfRowsOnlyGrows() throws {
        let before = try taken("sample: 10%", rows(0..<5000))
        #expect((400...600).contains(before.count))
        #expect(try taken("sample: 10%", rows(0..<6000)).starts(with: before))
        #expect(try Set(taken("sample: 20%", rows(0..<5000))).isSuperset(of: before))
        #expect(try taken("sample: 100%", rows(0..<50)).count == 50)
    }

    @Test func equalRowsAreDrawnInTheirOrder() throws {
        let equal = (0..<10).map { Row(.object(["v": 1]), origin: .row($0, of: "list")) }
        #expect(try taken("sample: 3", equal).count == 3)
    }

    @Test func aSampleIsDrawnFromWhatMeetsTheConditions() throws {
        let found = try taken("where: { v: { from: 500 } }, sample: 50, limit: 20", rows(0..<1000))
        #expect(found.count == 20)
        #expect(found.allSatisfy { $0 >= 500 })
    }

    @Test func includeExtendsAndAddsCombinations() throws {
        let text = """
            job: x
            model: a/b
            matrix: { style: [oil, ink], seed: [1, 2] }
            include:
              - { style: oil, varnish: high }
              - { hue: blue }
              - { style: oil, seed: 2, varnish: low }
              - { style: chalk, seed: 9 }
            input: { s: "{{ style }}", v: "{{ varnish | default('none') }}", h: "{{ hue | default('-') }}" }
            """
        let matrix = try ManifestDecoder.decode(Array(text.utf8), file: "x.yaml").matrix
        #expect(matrix.names == ["style", "seed", "varnish", "hue"])
        #expect(matrix.combinationCount == 5)
        let all = (0..<5).map { matrix.combination($0).map { "\($0.name)=\($0.value)" }.joined(separator: " ") }
        #expect(
            all == [
                "style=\"oil\" seed=1 varnish=\"high\" hue=\"blue\"",
                "style=\"oil\" seed=2 varnish=\"low\" hue=\"blue\"",
                "style=\"ink\" seed=1 hue=\"blue\"", "style=\"ink\" seed=2 hue=\"blue\"", "style=\"chalk\" seed=9",
            ])
    }
}
