import LosslessJSON

/// What the value of each key looks like, as JSON Schema says it: what editors complete and check.
///
/// The keys themselves, and every list of words, are the decoder's own; what a JSON Schema cannot say, such as what
/// templates mean, is left to the decoder.
extension ManifestSection {
    /// The shapes of the section's keys, each with a sentence for people. A key without one may hold anything.
    var shapes: [String: JSONValue] {
        switch self {
        case .manifest: manifestShapes
        case .step:
            [
                "needs": Shape.anyOf(
                    [Shape.text(), Shape.list(of: Shape.text(), unique: true)],
                    "the steps whose results it is made from, each as {{ STEP.output }} or { file: \"{{ STEP.file }}\" }"
                )
            ].merging(manifestShapes.filter { keys.contains($0.key) }) { own, _ in own }
        case .model: ["deployment": Shape.pattern(Shape.modelName, "owner/name of a deployment")]
        case .provider: ["local": Shape.anyOf([["type": "null"], Shape.section(.local)]), "cog": Shape.section(.cog)]
        case .local: ["models": Shape.mapping(to: Shape.text("a command"), keys: Shape.modelName, least: 0)]
        case .cog:
            ["servers": Shape.list(of: Shape.pattern("^[Hh][Tt][Tt][Pp][Ss]?://[^@?#]+$", "an address"), unique: true)]
        case .inputs: sourceShapes
        case .range: ["from": Shape.number(), "to": Shape.number(), "step": Shape.number()]
        case .sqlite:
            ["file": Shape.text("the path of a database"), "query": Shape.text("a SELECT; its columns are the row's")]
        case .duckdb:
            [
                "file": Shape.text("the path of a database, which is only read; left out where the query names files"),
                "query": Shape.text("a SELECT; its columns are the row's"),
            ]
        case .command:
            [
                "run": Shape.text("a command of the shell, run in the manifest's folder; what it prints is the rows"),
                "format": Shape.choice(ManifestDecoder.commandFormats.map(\.rawValue), "what it prints; jsonl"),
            ]
        case .condition:
            [
                "from": Shape.bound("the least"), "to": Shape.bound("the most"),
                "matches": Shape.text("a regular expression"),
            ]
        case .sample:
            [
                "count": Shape.integer(1...Int.max, "how many rows"), "share": Shape.share,
                "seed": Shape.integer(0...Int.max, "another seed, another sample"),
            ]
        case .outputs:
            [
                "directory": Shape.text("where results go; by default out/ and the job's name"),
                "name": Shape.text("a template for the names of an item's files, without extension"),
            ]
        case .rate:
            ["creates": Shape.rate("requests that create"), "reads": Shape.rate("requests that look after them")]
        case .retry:
            [
                "attempts": Shape.integer(1...100, "how often an item is tried, the first time included; 5"),
                "billed": Shape.integer(
                    1...100, "how many predictions of an item may be paid for without a result that is kept; 3"),
                "backoff": Shape.section(.backoff),
                "on": Shape.section(.retryOn),
                "set": Shape.values("inputs that further attempts send otherwise"),
            ]
        case .retryOn:
            Dictionary(uniqueKeysWithValues: keys.map { ($0, Shape.integer(0...100, "how many further attempts")) })
        case .accept: acceptShapes
        case .bounds: ["min": Shape.byteSize, "max": Shape.byteSize]
        case .acceptText:
            [
                "min_length": Shape.integer(0...1_000_000_000, "characters, without blanks at both ends"),
                "max_length": Shape.integer(0...1_000_000_000, "characters, without blanks at both ends"),
                "matches": Shape.texts("a regular expression that must be found"),
                "not_matches": Shape.texts("a regular expression that must not be found"),
            ]
        case .acceptCommand:
            [
                "run": Shape.text("a command of the shell"),
                "timeout": Shape.duration("how long it may take, from 1s to 1h; 60s"),
            ]
        case .webhook:
            [
                "listen": Shape.pattern(#"^[^\s/]+:[0-9]{1,5}$"#, "where to listen, such as 127.0.0.1:8787"),
                "url": Shape.pattern(
                    #"^(https://[!-~]+|http://(127(\.[0-9]{1,3}){3}|localhost\.?|\[[0-9a-fA-F:.]+\])([:/?][!-~]*)?)$"#,
                    "the address at which the provider reaches this machine"),
            ]
        case .backoff:
            [
                "initial": Shape.duration("the wait after the first failure; 1s"),
                "factor": Shape.number(1...100, "by what the wait grows; 2"),
                "max": Shape.duration("the longest wait; 5m"),
                "jitter": Shape.choice(Backoff.Jitter.allCases.map(\.rawValue), "full: anything up to the wait"),
            ]
        case .timeout:
            [
                "start": Shape.duration("how long a prediction may wait for its start"),
                "run": Shape.duration("how long it may run"),
            ]
        case .budget: budgetShapes
        case .price:
            [
                "per_second": Shape.number(0...1e9, "for each second of computing"),
                "per_prediction": Shape.number(0...1e9, "for each prediction"),
            ]
        case .matrixColumn: ["range": Shape.range]
        case .file: ["file": Shape.text("the path of a file, a template")]
        case .export: exportShapes
        }
    }

    /// The keys of which one must be there.
    var required: [String] {
        switch self {
        case .manifest: ["job"]
        case .step: ["model", "input"]
        case .model: ["deployment"]
        case .cog: ["servers"]
        case .range: ["from", "to"]
        case .matrixColumn: ["range"]
        case .file: ["file"]
        case .sqlite: ["file", "query"]
        case .duckdb: ["query"]
        case .command: ["run"]
        case .webhook: ["listen", "url"]
        case .acceptCommand: ["run"]
        default: []
        }
    }

    private var manifestShapes: [String: JSONValue] {
        [
            "job": Shape.pattern("^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$", "the name of the job"),
            "model": Shape.anyOf(
                [Shape.pattern(Shape.modelReference), Shape.section(.model)],
                "owner/name, owner/name:version, or { deployment: owner/name }"),
            "provider": Shape.anyOf(
                [Shape.choice(ManifestSection.provider.keys.filter { $0 != "cog" })]
                    + ["local", "cog"].map { key in
                        Shape.object(
                            ["\(key)": ManifestSection.provider.shapes[key] ?? true], required: [key])
                    },
                "where predictions are made: replicate (default), local, or { cog: { servers: [ADDRESS] } }"),
            "inputs": Shape.anyOf(
                [Shape.reference("source"), Shape.list(of: Shape.reference("source"))], "the rows: one source or a list"
            ),
            "matrix": Shape.mapping(
                to: Shape.anyOf([Shape.list(of: true, unique: true), Shape.section(.matrixColumn)]),
                "every row is multiplied by every combination"),
            "exclude": Shape.list(of: Shape.conditions, "combinations to leave out"),
            "include": Shape.list(of: Shape.mapping(to: true), "combinations to add to, or to add"),
            "input": Shape.values("what each item sends, with templates in the places of texts"),
            "steps": Shape.mapping(
                to: Shape.reference("step"), keys: "^[A-Za-z][A-Za-z0-9_-]{0,49}$",
                "what is made of each row, in several steps; each item flows on as soon as its step is done"),
            "key": Shape.text("a template that names each item; by default the digest of its content"),
            "outputs": Shape.section(.outputs),
            "concurrency": Shape.integer(1...10_000, "how many predictions are in flight at a time"),
            "rate": Shape.anyOf([Shape.rate("how many are created in a time"), Shape.section(.rate)]),
            "retry": Shape.section(.retry),
            "timeout": Shape.section(.timeout),
            "budget": Shape.section(.budget),
            "price": Shape.section(.price),
            "accept": Shape.filled(.accept),
            "wait": Shape.duration("how long a create's answer is held for the result, from 1s to 60s"),
            "on_unknown": Shape.choice(
                OnUnknown.allCases.map(\.rawValue), "what becomes of an item whose create had no answer"),
            "webhook": Shape.section(.webhook),
            "window": Shape.pattern(
                "^([01]?[0-9]|2[0-3]):[0-5]?[0-9]-([01]?[0-9]|2[0-3]):[0-5]?[0-9]$",
                "the hours in which predictions may be created: 22:00-07:00"),
            "priority": Shape.anyOf([Shape.number(), Shape.text()], "a number or a template; higher goes first"),
            "repeat": Shape.integer(1...1_000_000, "how often each item is sent"),
            "reuse": ["type": "boolean", "description": "whether results of earlier runs are taken"],
            "export": Shape.anyOf(
                [Shape.section(.export), Shape.list(of: Shape.section(.export))],
                "what is exported at the end of each session: one export or a list"),
        ]
    }

    private var acceptShapes: [String: JSONValue] {
        func bounds(_ value: JSONValue, _ text: String) -> JSONValue {
            var ends: [String: JSONValue] = [:]
            for key in ManifestSection.bounds.keys { ends[key] = value }
            let mapping = Shape.object(ends, required: []).objectValue ?? [:]
            return Shape.anyOf([value, .object(mapping.merging(["minProperties": 1]) { own, _ in own })], text)
        }
        return [
            "bytes": bounds(Shape.byteSize, "the size of each file, such as { min: 20KB }"),
            "media": Shape.oneOrMore(
                Shape.pattern(#"^[!#$&^_.+A-Za-z0-9-]+/([!#$&^_.+A-Za-z0-9-]+|\*)$"#),
                "the media type of each file, such as image/png or image/*"),
            "width": bounds(Shape.integer(1...1_000_000_000), "pixels of each picture"),
            "height": bounds(Shape.integer(1...1_000_000_000), "pixels of each picture"),
            "duration": bounds(Shape.duration("a duration"), "how long each file plays, such as { min: 2s, max: 1m }"),
            "text": Shape.filled(.acceptText),
            "json": Shape.anyOf(
                [["type": "object"], Shape.text(), Shape.constant(true)],
                "a JSON Schema that the text must meet as JSON, the path of a file with one, or true for any JSON"),
            "not_equal_to_input": Shape.anyOf(
                [["type": "boolean"], Shape.text(), Shape.list(of: Shape.text())],
                "true, or inputs that the result must differ from"),
            "command": Shape.anyOf(
                [Shape.text(), Shape.section(.acceptCommand)],
                "a command that gets the files as arguments and the item as JSON: it ends with 0 for yes and 1 for no"),
        ]
    }

    private var sourceShapes: [String: JSONValue] {
        var shapes: [String: JSONValue] = [
            "list": Shape.list(of: ["not": ["type": "array"]], "rows written here: mappings or single values"),
            "files": Shape.anyOf(
                [Shape.text("a path pattern such as scans/*.png"), Shape.list(of: Shape.text("a path pattern"))]),
            "range": Shape.range,
            "delimiter": Shape.pattern(
                "^(tab|\\t|[ !#-~])$", "what separates the values of a csv: one character, or tab"),
            "quote": Shape.pattern(
                #"^(none|[!-+\--:<-{}~])$"#, "what values of a csv or tsv stand in; by default double quotes"),
            "header": Shape.list(
                of: Shape.text(), "the columns of a csv or tsv whose first line is a row", unique: true),
            "skip_lines": Shape.integer(0...1_000_000, "how many lines stand before the header of a csv or tsv"),
            "sidecars": [
                "type": "boolean",
                "description": "whether NAME.txt and NAME.json beside a file of `files` become columns",
            ],
            "duckdb": Shape.section(.duckdb),
            "command": Shape.anyOf([Shape.text("a command that prints a JSON object a line"), Shape.section(.command)]),
            "encoding": Shape.choice(TextEncoding.allCases.map(\.rawValue), "how the bytes of tables are text; utf-8"),
            "links": Shape.choice(
                ManifestDecoder.linkWords, "whether linked folders are entered, and links may lead out of theirs"),
            "where": Shape.conditions,
            "sqlite": Shape.section(.sqlite),
            "run": Shape.text("another job whose results are the rows: its name, or the path of its manifest"),
            "stdin": Shape.choice(InputSource.Table.allCases.map(\.rawValue), "the format of what is piped in"),
            "unique": Shape.anyOf(
                [Shape.text(), Shape.list(of: Shape.text())], "columns whose values may be there once"),
            "sample": Shape.anyOf(
                [Shape.integer(1...Int.max), Shape.share, Shape.section(.sample)], "some of the rows, drawn by chance"),
            "shuffle": Shape.anyOf(
                [["type": "boolean"], Shape.integer(0...Int.max)], "true, or a seed: the rows in an order by chance"),
            "offset": Shape.integer(0...Int.max, "how many rows are left out at the start"),
            "limit": Shape.integer(1...Int.max, "how many rows are taken at most"),
        ]
        for key in InputSource.Table.allCases.map(\.rawValue) + ["parquet", "openai_batch"] {
            shapes[key] = Shape.anyOf(
                [Shape.text(), Shape.list(of: Shape.text())],
                "a path, a pattern of paths, an https address, or a list of these")
        }
        return shapes
    }

    private var budgetShapes: [String: JSONValue] {
        [
            "predictions": Shape.integer(1...Int.max, "how many may be created"),
            "predict_time": Shape.duration("how long they may compute, all together"),
            "wall_time": Shape.duration("how long a session may create predictions"),
            "cost": Shape.number(0...1e12, "what the run may cost by the price"),
            "failures": Shape.anyOf(
                [
                    Shape.integer(0...Int.max),
                    Shape.pattern(#"^(100(\.0+)?|(0|[1-9][0-9]?)(\.[0-9]+)?)([eE][+-]?[0-9]+)?%$"#),
                ], "how many items may fail: a number, or a share such as 5%"),
            "same_failures": Shape.anyOf(
                [Shape.integer(1...Int.max), Shape.choice(["off"])],
                "how many items may fail in the same way before the first succeeds; 10"),
        ]
    }
}

/// The pieces that shapes are made of.
enum Shape {
    static let modelName = #"^[^\s/:]+/[^\s/:]+$"#
    static let modelReference = #"^[^\s/]+/[^\s/:]+(:[^\s]+)?$"#
    static let noTemplate: JSONValue = ["not": ["pattern": #"\{\{"#]]

    static func described(_ shape: [String: JSONValue], _ text: String?) -> JSONValue {
        .object(text.map { shape.merging(["description": .string($0)]) { own, _ in own } } ?? shape)
    }

    static func text(_ description: String? = nil) -> JSONValue {
        described(["type": "string", "minLength": 1], description)
    }

    /// One text or a list of them.
    static func texts(_ description: String) -> JSONValue { oneOrMore(text(), description) }

    static func oneOrMore(_ value: JSONValue, _ description: String) -> JSONValue {
        anyOf([value, list(of: value)], description)
    }

    /// A number of bytes, or a text such as `20KB`.
    static let byteSize = anyOf([number(0...1e15), byteSizeText])

    static let byteSizeText = pattern(#"^(?=.*[1-9])[0-9]{1,12}(\.[0-9]+)? ?([KMGTkmgt]?[Bb])?$"#)

    static func constant(_ value: JSONValue) -> JSONValue { ["const": value] }

    static func pattern(_ pattern: String, _ description: String? = nil) -> JSONValue {
        described(["type": "string", "pattern": .string(pattern)], description)
    }

    static func choice(_ words: [String], _ description: String? = nil) -> JSONValue {
        described(["enum": .array(words.map(JSONValue.string))], description)
    }

    /// - Parameter range: to `Int.max` for no upper limit.
    static func integer(_ range: ClosedRange<Int>, _ description: String? = nil) -> JSONValue {
        var shape: [String: JSONValue] = [
            "type": "integer", "minimum": .number(JSONNumber(range.lowerBound)),
        ]
        if range.upperBound < .max { shape["maximum"] = .number(JSONNumber(range.upperBound)) }
        return described(shape, description)
    }

    static func number(_ range: ClosedRange<Double>? = nil, _ description: String? = nil) -> JSONValue {
        var shape: [String: JSONValue] = ["type": "number"]
        if let range {
            shape["minimum"] = JSONNumber(range.lowerBound).map(JSONValue.number)
            shape["maximum"] = JSONNumber(range.upperBound).map(JSONValue.number)
        }
        return described(shape, description)
    }

    /// The form alone: how long is too long is no matter of a pattern.
    static func duration(_ description: String) -> JSONValue {
        pattern(#"^(?=[0-9])([0-9]{1,9}h)?([0-9]{1,9}m)?([0-9]{1,9}s)?([0-9]{1,9}ms)?$"#, description)
    }

    static func rate(_ description: String) -> JSONValue {
        pattern(
            "^(unlimited|0*([1-9][0-9]{0,5}|1000000)/(s|min|h))$", "\(description): 600/min, 10/s, 1000/h or unlimited")
    }

    static let range = anyOf(
        [
            ["type": "array", "items": number(), "minItems": 2, "maxItems": 2], section(.range),
        ], "[FROM, TO] or { from: FROM, to: TO, step: STEP }")

    /// A share of all rows.
    static let share = pattern(#"^[0-9]*\.?[0-9]+([eE][+-]?[0-9]+)?%$"#, "a share such as 5%")

    static func bound(_ description: String) -> JSONValue {
        described(["type": ["number", "string"]], description)
    }

    static func list(of element: JSONValue, _ description: String? = nil, unique: Bool = false) -> JSONValue {
        var shape: [String: JSONValue] = ["type": "array", "minItems": 1, "items": element]
        if unique { shape["uniqueItems"] = true }
        return described(shape, description)
    }

    static func mapping(
        to value: JSONValue, keys: String? = nil, least: Int = 1, _ description: String? = nil
    ) -> JSONValue {
        var shape: [String: JSONValue] = [
            "type": "object", "minProperties": .number(JSONNumber(least)), "additionalProperties": value,
        ]
        if let keys { shape["propertyNames"] = ["pattern": .string(keys)] }
        return described(shape, description)
    }

    /// Values to send, with templates in the places of texts.
    static func values(_ description: String) -> JSONValue {
        [
            "type": "object", "description": .string(description), "propertyNames": noTemplate,
            "additionalProperties": reference("value"),
        ]
    }

    /// `where` and the entries of `exclude`.
    static let conditions: JSONValue = {
        let scalar: JSONValue = ["type": ["string", "number", "boolean", "null"]]
        return mapping(
            to: anyOf([scalar, list(of: scalar), section(.condition)]),
            "columns with the value, the values, the range or the expression that they must have")
    }()

    static func anyOf(_ shapes: [JSONValue], _ description: String? = nil) -> JSONValue {
        described(["anyOf": .array(shapes)], description)
    }

    static func reference(_ name: String) -> JSONValue {
        ["$ref": .string("#/definitions/\(name)")]
    }

    static func section(_ section: ManifestSection) -> JSONValue {
        var members: [String: JSONValue] = [:]
        let shapes = section.shapes
        for key in section.keys { members[key] = shapes[key] ?? true }
        return object(members, required: section.required)
    }

    /// A section that says something.
    static func filled(_ section: ManifestSection) -> JSONValue {
        .object((Shape.section(section).objectValue ?? [:]).merging(["minProperties": 1]) { own, _ in own })
    }

    static func object(_ members: [String: JSONValue], required: [String]) -> JSONValue {
        var shape: [String: JSONValue] = [
            "type": "object", "properties": .object(members), "additionalProperties": false,
        ]
        if !required.isEmpty { shape["required"] = .array(required.map(JSONValue.string)) }
        return .object(shape)
    }
}
