import LosslessJSON
import NightshiftCore
import Testing

@Suite(.timeLimit(.minutes(1)))
struct TemplateTests {
    private let place = SourceLocation(file: "x.yaml", line: 3, column: 9)

    private var scope: RenderScope {
        let row = Row(
            .object([
                "name": "Ada", "count": 3,
                "big": .number(JSONNumber(literal: "12345678901234567890.10") ?? JSONNumber(0)),
                "yes": true, "nothing": nil, "empty": "", "tags": ["a", "b"],
                "meta": ["deep": ["x": 1.5], "first name": "Grace"], "text": "42", "first name": "Alan",
            ]), origin: .line(file: "rows.jsonl", line: 7))
        return RenderScope(row: row, matrix: [("seed", 4)], index: 12, job: "portraits")
    }

    private func parse(_ text: String) -> (Template, [String]) {
        var mistakes: [Diagnostic] = []
        let template = TemplateParser.parse(text, at: place, column: 10, into: &mistakes)
        return (template, mistakes.map(\.description))
    }

    private func render(_ text: String) throws -> JSONValue {
        let (template, mistakes) = parse(text)
        #expect(mistakes.isEmpty)
        return try template.value(in: scope)
    }

    @Test(
        arguments: [
            ("{{ name }}", "Ada"), ("{{name}}", "Ada"), ("{{ count }}", 3), ("{{ yes }}", true), ("{{ nothing }}", nil),
            ("{{ tags }}", ["a", "b"]), ("{{ tags[1] }}", "b"), ("{{ meta.deep.x }}", 1.5),
            ("{{ meta['first name'] }}", "Grace"), ("{{ ['first name'] }}", "Alan"), ("{{ seed }}", 4),
            ("{{ index }}", 12), ("{{ job }}", "portraits"), ("{{ empty }}", ""),
        ] as [(String, JSONValue)])
    func aLonePlaceholderKeepsItsType(_ text: String, _ value: JSONValue) throws {
        #expect(try render(text) == value)
    }

    @Test(arguments: [
        ("a portrait of {{ name }}, {{ seed }}", "a portrait of Ada, 4"), ("{{ name }}{{ count }}", "Ada3"),
        (" {{ count }}", " 3"), ("{{ yes }}!", "true!"), ("n={{ big }}", "n=12345678901234567890.10"),
        ("plain", "plain"),
        ("", ""), ("}} {", "}} {"), ("{{ '{{' }} x }}", "{{ x }}"), ("{{ \"}}\" }}", "}}"),
        ("{ {{ count }} }", "{ 3 }"),
        ("{{ tags | json }} ", "[\"a\",\"b\"] "),
    ])
    func anythingElseBecomesText(_ text: String, _ result: String) throws {
        #expect(try render(text) == .string(result))
    }

    @Test(
        arguments: [
            ("{{ text | int }}", 42), ("{{ '007' | int }}", 7), ("{{ '-12' | int }}", -12), ("{{ '+1' | int }}", 1),
            (
                "{{ '123456789012345678901234567890' | int }}",
                .number(JSONNumber(literal: "123456789012345678901234567890")!)
            ),
            ("{{ ' 3.50 ' | float }}", 3.5), ("{{ '1e3' | float }}", 1000), ("{{ '.5' | float }}", 0.5),
            ("{{ 'Yes' | bool }}", true), ("{{ 'off' | bool }}", false), ("{{ yes | bool }}", true),
            ("{{ '[1, {\"a\": null}]' | json }}", [1, ["a": nil]]), ("{{ tags | json }}", "[\"a\",\"b\"]"),
            ("{{ name | lower }}", "ada"), ("{{ name | upper }}", "ADA"), ("{{ '  x ' | trim }}", "x"),
            ("{{ 'Über den Wolken!' | slug }}", "über-den-wolken"), ("{{ 'a/b/c.tar.gz' | stem }}", "c.tar"),
            ("{{ 'a/b/c.png' | basename }}", "c.png"), ("{{ '.hidden' | stem }}", ".hidden"),
            ("{{ missing | default('none') }}", "none"), ("{{ nothing | default('none') }}", "none"),
            ("{{ empty | default('none') }}", ""), ("{{ missing | default(0) | int }}", 0),
            ("{{ meta.absent | default('x') }}", "x"), ("{{ tags[9] | default('x') }}", "x"),
            ("{{ name | lower | upper }}", "ADA"), ("{{ nothing | int }}", nil),
            ("{{ missing | default(30) }}", 30), ("{{ missing | default(true) }}", true),
            ("{{ missing | default('30') }}", "30"), ("{{ missing | default(plain) }}", "plain"),
            ("{{ 'a/b/c.tar.gz' | ext }}", "gz"), ("{{ 'a.b/c' | ext }}", ""),
            ("{{ name | replace('a', 'o') | replace('A', '') }}", "do"), ("{{ name | replace('.', '') }}", "Ada"),
            ("{{ count | pad(4) }}", "0003"), ("{{ name | pad(5, '.') }}", "..Ada"), ("{{ name | pad(2) }}", "Ada"),
            ("{{ name | hash }}", "99a563ab2f6e21e9"), ("{{ name | hash(4) }}", "99a5"), ("{{ nothing | hash }}", nil),
            ("{{ tags | hash(8) }}", .string(String(ContentDigest.sha256("[\"a\",\"b\"]".utf8).prefix(8)))),
            ("{{ empty | nonempty | default('en') }}", "en"), ("{{ name | nonempty }}", "Ada"),
            ("{{ 12 }}", 12), ("{{ -3 }}", -3), ("{{ true }}", true), ("{{ null }}", nil), ("{{ 7 | pad(3) }}", "007"),
        ] as [(String, JSONValue)])
    func filtersChangeValues(_ text: String, _ value: JSONValue) throws {
        #expect(try render(text) == value)
    }

    @Test(arguments: [
        ("{{ nam }}", "no 'nam' here"),
        ("x {{ nothing }}", "'nothing' is null"),
        ("x {{ tags }}", "'tags' is a list or mapping, which has no text"),
        ("{{ meta.absent }}", "'meta' has no 'absent'"),
        ("{{ meta.deep.y }}", "'meta.deep' has no 'y'"),
        ("{{ tags[2] }}", "'tags' has no element 2"),
        ("{{ name.first }}", "'name' has no 'first'"),
        ("{{ name | int }}", "'name | int': expected a whole number, found 'Ada'"),
        ("{{ '3.5' | int }}", "''3.5' | int': expected a whole number, found '3.5'"),
        ("{{ name | float }}", "'name | float': expected a number, found 'Ada'"),
        ("{{ name | bool }}", "'name | bool': expected true or false, found 'Ada'"),
        ("{{ name | json }}", "'name | json': expected JSON, found 'Ada'"),
        ("{{ tags | upper }}", "'tags | upper': expected text, found a list"),
    ])
    func rowsWithoutAValueAreTold(_ text: String, _ message: String) {
        #expect {
            try render(text)
        } throws: { error in
            (error as? RenderError)?.message == message
        }
    }

    @Test func aMissingNameIsToldWithTheOneThatIsNear() throws {
        do {
            _ = try render("a {{ nmae }}")
            Issue.record("rendered")
        } catch let error as RenderError {
            #expect(error.location == SourceLocation(file: "x.yaml", line: 3, column: 12))
            #expect(error.help == "did you mean 'name'?")
        }
    }

    @Test func placesPointAtThePlaceholder() {
        let (_, mistakes) = parse("one {{ a }} two {{ b | nope }} three {{ }}")
        #expect(mistakes.count == 2)
        #expect(mistakes[0].hasPrefix("x.yaml:3:33: error: unknown filter 'nope'"))
        #expect(mistakes[1].hasPrefix("x.yaml:3:47: error: '{{ }}' names nothing"))
    }

    @Test(arguments: [
        "{{ a", "{{ a }", "{{ a | }}", "{{ a || b }}", "{{ a.b. }}", "{{ a[ }}", "{{ a[x] }}", "{{ a['x }}",
        "{{ {{ a }} }}",
        "{{ a() }}", "{{ system('rm') }}", "{{ a.b() }}", "{{ 1 + 1 }}", "{{ [0] }}", "{{ a[99999999999999999999] }}",
        "{{ 'a }}", "{{ a | default('x' }}", "{{ | upper }}", "{{ a b }}",
    ])
    func anythingElseIsAMistake(_ text: String) {
        #expect(parse(text).1.count == 1)
    }

    @Test func whatIsRandomComesFromTheKeyOrElseFromTheRow() throws {
        func random(_ text: String, _ values: [String: JSONValue], key: String?, index: Int = 1) throws -> Int? {
            let row = Row(.object(values), origin: .row(index, of: "list"))
            var scope = RenderScope(row: row, index: index)
            scope.explicitKey = key
            return try parse(text).0.value(in: scope).intValue
        }
        let first = try #require(try random("{{ random }}", ["a": 1], key: "k"))
        #expect((0..<1 << 31).contains(first))
        #expect(try random("{{ random }}", ["a": 2], key: "k", index: 9) == first)
        #expect(try random("{{ random }}", ["a": 1], key: "other") != first)
        let ofRow = try random("{{ random }}", ["a": 1], key: nil)
        #expect(try random("{{ random }}", ["a": 1], key: nil, index: 7) == ofRow)
        #expect(try random("{{ random }}", ["a": 2], key: nil) != ofRow)
        let drawn = try (0..<200).map { try random("{{ random(-1, 2) }}", ["a": 1], key: "\($0)") ?? 99 }
        #expect(Set(drawn) == [-1, 0, 1, 2])
        // A change here changes every item that holds something random.
        #expect(first == 690_508_022)
    }

    @Test func aColumnHidesALiteral() throws {
        let row = Row(.object(["2024": "mine", "true": "too"]), origin: .row(1, of: "list"))
        #expect(try parse("{{ 2024 }} {{ true }} {{ 2025 }}").0.text(in: RenderScope(row: row)) == "mine too 2025")
    }

    @Test func aColumnHidesABuiltIn() throws {
        let row = Row(.object(["index": "mine"]), origin: .row(1, of: "list"))
        let template = parse("{{ index }}").0
        #expect(try template.value(in: RenderScope(row: row, index: 5)) == "mine")
    }

    @Test func aValueIsNeverReadAsATemplate() throws {
        let row = Row(.object(["a": "{{ b }}", "b": "secret"]), origin: .row(1, of: "list"))
        #expect(try parse("{{ a }}!").0.value(in: RenderScope(row: row)) == "{{ b }}!")
    }
}
