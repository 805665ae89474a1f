import LosslessJSON

extension ManifestDecoder {
    // MARK: - Sources

    mutating func decodeInputs(_ node: YAMLNode) -> [InputSource] {
        if node.mapping != nil { return decodeSource(node, as: "inputs").map { [$0] } ?? [] }
        let expected = "a source such as { csv: rows.csv }, or a list of sources"
        guard let nodes = reader.sequence(node, as: "inputs", expected) else { return [] }
        return nodes.enumerated().compactMap { index, node in decodeSource(node, as: "inputs[\(index)]") }
    }

    private mutating func decodeSource(_ node: YAMLNode, as name: String) -> InputSource? {
        guard let members = reader.members(node, of: .inputs, as: name) else { return nil }
        let named = ManifestSection.sourceKeys.filter { members[$0] != nil }
        guard let key = named.first, let source = members[key] else {
            let unknown = node.mapping?.contains { !ManifestSection.inputs.keys.contains($0.key) } ?? false
            if !unknown {
                let help = "expected one of: \(ManifestSection.sourceKeys.joined(separator: ", "))"
                reader.report("'\(name)' names no source", at: node.location, help: help)
            }
            _ = decodeSelection(members, InputSource(.list([]), location: node.location), as: name)
            return nil
        }
        guard named.count == 1 else {
            let found = named.map { "'\($0)'" }.joined(separator: " and ")
            reader.report(
                "'\(name)' names \(found)", at: node.location, help: "make a list of sources to append one to the other"
            )
            return nil
        }
        let kind = decodeKind(key, source.value, as: "\(name).\(key)")
        let selected = decodeSelection(
            members, InputSource(kind ?? .list([]), location: source.keyLocation), as: name)
        return kind == nil ? nil : selected
    }

    private mutating func decodeSelection(
        _ members: [String: YAMLMember], _ source: InputSource, as name: String
    ) -> InputSource {
        var source = source
        source.dialect = decodeDialect(members, source.kind, as: name)
        if let member = members["sidecars"] { source.readsSidecars = decodeSidecars(member, source.kind, as: name) }
        if let member = members["encoding"] { source.encoding = decodeEncoding(member, source.kind, as: name) }
        if let node = members["links"]?.value {
            source.followsLinks = decodeWord(node, as: "\(name).links", among: ManifestDecoder.linkWords) == "follow"
        }
        if let node = members["where"]?.value { source.conditions = decodeConditions(node, as: "\(name).where") }
        if let node = members["unique"]?.value { source.unique = decodeUnique(node, as: "\(name).unique") }
        if let node = members["sample"]?.value { source.sample = decodeSample(node, as: "\(name).sample") }
        if let node = members["shuffle"]?.value { source.shuffle = decodeShuffle(node, as: "\(name).shuffle") }
        if let node = members["offset"]?.value {
            source.offset = reader.wholeNumber(node, as: "\(name).offset", in: 0...Int.max) ?? 0
        }
        if let node = members["limit"]?.value {
            source.limit = reader.wholeNumber(node, as: "\(name).limit", in: 1...Int.max)
        }
        return source
    }

    static let linkWords = ["follow", "inside"]

    mutating func decodeWord(_ node: YAMLNode, as name: String, among words: [String]) -> String? {
        guard let text = node.scalar?.text, words.contains(text) else {
            let near = node.scalar.flatMap { NearestName.suggestion(for: $0.text, among: words) }
            reader.mismatch(
                name, "one of: \(words.joined(separator: ", "))", node, help: near.map { "did you mean '\($0)'?" })
            return nil
        }
        return text
    }

    private mutating func decodeEncoding(
        _ member: YAMLMember, _ kind: InputSource.Kind, as name: String
    ) -> TextEncoding? {
        let words = TextEncoding.allCases.map(\.rawValue)
        let word = decodeWord(member.value, as: "\(name).encoding", among: words)
        guard kind.table != nil else {
            reader.report("'encoding' is for tables alone", at: member.keyLocation, help: "leave it out")
            return nil
        }
        return word.flatMap(TextEncoding.init)
    }

    private mutating func decodeSidecars(_ member: YAMLMember, _ kind: InputSource.Kind, as name: String) -> Bool {
        guard case .bool(let isOn)? = member.value.scalar?.value else {
            reader.mismatch("\(name).sidecars", "true or false", member.value)
            return false
        }
        guard case .files = kind else {
            reader.report("'sidecars' is for 'files' alone", at: member.keyLocation, help: "leave it out")
            return false
        }
        return isOn
    }

    private mutating func decodeKind(_ key: String, _ node: YAMLNode, as name: String) -> InputSource.Kind? {
        if let table = InputSource.Table(rawValue: key) {
            return decodePlaces(node, as: name).map { .table(table, $0) }
        }
        switch key {
        case "list": return decodeList(node, as: name).map { .list($0) }
        case "files": return decodePatterns(node, as: name).map { .files($0) }
        case "sqlite": return decodeSQLite(node, as: name)
        case "parquet": return decodePlaces(node, as: name).map { .parquet($0) }
        case "openai_batch": return decodePlaces(node, as: name).map { .openAIBatch($0) }
        case "duckdb": return decodeDuckDB(node, as: name)
        case "command": return decodeCommand(node, as: name)
        case "run": return reader.text(node, as: name, "a job's name, or the path of its manifest").map { .run($0) }
        case "stdin": return decodeStandardInput(node, as: name)
        default: return decodeRange(node, as: name).map { .range($0) }
        }
    }

    // MARK: - Tables

    private mutating func decodePlaces(_ node: YAMLNode, as name: String) -> [InputSource.TablePlace]? {
        let expected = "a path, a pattern of paths, an https address, or a list of these"
        if node.scalar != nil { return decodePlace(node, as: name, expected).map { [$0] } }
        guard let nodes = reader.sequence(node, as: name, expected) else { return nil }
        return nodes.compactMap { decodePlace($0, as: name, expected) }
    }

    private mutating func decodePlace(
        _ node: YAMLNode, as name: String, _ expected: String
    ) -> InputSource.TablePlace? {
        guard let text = reader.text(node, as: name, expected) else { return nil }
        if text.lowercased().hasPrefix(DatasetAddress.scheme) { return decodeDatasetAddress(text, node) }
        let isWeb = ["http://", "https://"].contains { text.lowercased().hasPrefix($0) }
        return isWeb ? .web(text) : .files(GlobPattern(text, location: node.location))
    }

    private mutating func decodeStandardInput(_ node: YAMLNode, as name: String) -> InputSource.Kind? {
        let known = InputSource.Table.allCases.map(\.rawValue)
        let expected = "the format of what is piped in, one of: \(known.joined(separator: ", "))"
        guard let text = reader.text(node, as: name, expected) else { return nil }
        guard let table = InputSource.Table(rawValue: text) else {
            reader.mismatch(name, expected, node)
            return nil
        }
        return .table(table, [.standardInput])
    }

    private mutating func decodeSQLite(_ node: YAMLNode, as name: String) -> InputSource.Kind? {
        guard let members = reader.members(node, of: .sqlite, as: name) else { return nil }
        guard let file = members["file"]?.value, let query = members["query"]?.value else {
            reader.report(
                "'\(name)' needs 'file' and 'query'", at: node.location,
                help: "such as { file: things.db, query: \"SELECT name FROM thing ORDER BY id\" }")
            return nil
        }
        guard let path = reader.text(file, as: "\(name).file", "a path"),
            let sql = reader.text(query, as: "\(name).query", "a query in SQL")
        else { return nil }
        return .sqlite(file: path, query: sql)
    }

    private mutating func decodeList(_ node: YAMLNode, as name: String) -> [JSONValue]? {
        guard let nodes = reader.sequence(node, as: name, "a list of rows") else { return nil }
        var rows: [JSONValue] = []
        for node in nodes {
            if node.sequence != nil {
                reader.report("a row cannot be a list", at: node.location, help: "expected a mapping or a single value")
            } else if let row = reader.json(node, as: name) {
                rows.append(row)
            }
        }
        return rows
    }

    private mutating func decodePatterns(_ node: YAMLNode, as name: String) -> [GlobPattern]? {
        let expected = "a path pattern such as scans/*.png, or a list of patterns"
        if node.scalar != nil {
            return reader.text(node, as: name, expected).map { [GlobPattern($0, location: node.location)] }
        }
        guard let nodes = reader.sequence(node, as: name, expected) else { return nil }
        return nodes.compactMap { node in
            reader.text(node, as: name, "a path pattern").map { GlobPattern($0, location: node.location) }
        }
    }

    private mutating func decodeRange(_ node: YAMLNode, as name: String) -> NumberRange? {
        let expected = "[FROM, TO] or { from: FROM, to: TO, step: STEP }"
        var ends: [YAMLNode] = []
        if let nodes = node.sequence {
            guard nodes.count == 2 else {
                reader.report("'\(name)' has \(nodes.count) numbers", at: node.location, help: "expected \(expected)")
                return nil
            }
            ends = nodes
        } else if node.mapping != nil {
            guard let members = reader.members(node, of: .range, as: name) else { return nil }
            guard let from = members["from"]?.value, let to = members["to"]?.value else {
                reader.report("'\(name)' needs 'from' and 'to'", at: node.location, help: "expected \(expected)")
                return nil
            }
            ends = [from, to] + (members["step"].map { [$0.value] } ?? [])
        } else {
            reader.mismatch(name, expected, node)
            return nil
        }
        var numbers: [JSONNumber] = []
        for end in ends {
            guard case .number(let number)? = end.scalar?.value else {
                reader.mismatch(name, "made of numbers", end)
                continue
            }
            numbers.append(number)
        }
        guard numbers.count == ends.count else { return nil }
        guard let range = NumberRange(from: numbers[0], to: numbers[1], step: numbers.count > 2 ? numbers[2] : nil)
        else {
            reader.report(
                "'\(name)' never gets from \(numbers[0]) to \(numbers[1])", at: node.location,
                help: "'step' leads towards 'to'; it is 1 if it is left out, and numbers have at most 9 decimals "
                    + "and 18 digits")
            return nil
        }
        return range
    }

    // MARK: - Matrix

    private static let largestMatrixColumn = 100_000

    mutating func decodeMatrix(_ node: YAMLNode) -> Matrix {
        guard let members = node.mapping else {
            reader.mismatch("matrix", "a mapping of names to lists of values", node)
            return Matrix()
        }
        if members.isEmpty {
            reader.report(
                "'matrix' is empty", at: node.location, help: "expected names with values, such as { seed: [1, 2] }")
        }
        return Matrix(
            columns: members.compactMap { member in
                decodeMatrixValues(member.value, as: "matrix.\(member.key)").map {
                    Matrix.Column(name: member.key, values: $0, location: member.keyLocation)
                }
            })
    }

    private mutating func decodeMatrixValues(_ node: YAMLNode, as name: String) -> [JSONValue]? {
        if node.mapping != nil {
            guard let members = reader.members(node, of: .matrixColumn, as: name) else { return nil }
            guard let range = members["range"]?.value else {
                if node.mapping?.isEmpty == true {
                    reader.report(
                        "'\(name)' is empty", at: node.location,
                        help: "expected a list of values or { range: [FROM, TO] }")
                }
                return nil
            }
            guard let numbers = decodeRange(range, as: "\(name).range") else { return nil }
            guard numbers.count <= ManifestDecoder.largestMatrixColumn else {
                reader.report(
                    "'\(name)' has \(numbers.count) values, more than \(ManifestDecoder.largestMatrixColumn)",
                    at: range.location, help: "use it as a source: inputs: { range: [FROM, TO] }")
                return nil
            }
            return (0..<numbers.count).map { .number(numbers.number(at: $0)) }
        }
        guard let nodes = reader.sequence(node, as: name, "a list of values or { range: [FROM, TO] }") else {
            return nil
        }
        var values: [JSONValue] = []
        // By bytes: texts that look alike can be two values.
        var known: Set<[UInt8]> = []
        for node in nodes {
            guard let value = reader.json(node, as: name) else { continue }
            if known.insert(value.canonicalBytes()).inserted {
                values.append(value)
            } else {
                reader.report(
                    "'\(name)' has the value \(node.found) twice", at: node.location, help: "keep one of them")
            }
        }
        return values
    }
}
