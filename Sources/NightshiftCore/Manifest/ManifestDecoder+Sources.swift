import LosslessJSON

/// Sources that another program reads, and how the text of tables is cut.
extension ManifestDecoder {
    // MARK: - Tables

    mutating func decodeDialect(_ members: [String: YAMLMember], _ kind: InputSource.Kind, as name: String)
        -> CSVDialect
    {
        var dialect = CSVDialect()
        if let member = members["delimiter"] {
            dialect.delimiter = decodeDelimiter(member, as: "\(name).delimiter")
            check(member, isFor: [.csv], kind)
        }
        if let member = members["quote"] {
            dialect.quote = decodeQuote(member, as: "\(name).quote") ?? dialect.quote
            check(member, isFor: [.csv, .tsv], kind)
            if let quote = dialect.quote, quote == dialect.delimiter {
                reader.report(
                    "'\(name).quote' is the delimiter", at: member.value.location,
                    help: "values cannot be separated by what they stand in; write quote: none if they stand in nothing"
                )
            }
        }
        if let member = members["header"] {
            dialect.header = decodeHeader(member.value, as: "\(name).header")
            check(member, isFor: [.csv, .tsv], kind)
        }
        if let member = members["skip_lines"] {
            dialect.skippedLines = reader.wholeNumber(member.value, as: "\(name).skip_lines", in: 0...1_000_000) ?? 0
            check(member, isFor: [.csv, .tsv], kind)
        }
        return dialect
    }

    /// Says of a key that it has no meaning beside this source.
    private mutating func check(_ member: YAMLMember, isFor tables: [InputSource.Table], _ kind: InputSource.Kind) {
        // A source that could not be read is a mistake already.
        if case .list(let rows) = kind, rows.isEmpty { return }
        if let table = kind.table, tables.contains(table) { return }
        let names = tables.map { "'\($0.rawValue)'" }.joined(separator: " and ")
        reader.report("'\(member.key)' is for \(names) alone", at: member.keyLocation, help: "leave it out")
    }

    private mutating func decodeDelimiter(_ member: YAMLMember, as name: String) -> UInt8? {
        let expected = "one character, or tab"
        guard let text = reader.text(member.value, as: name, expected) else { return nil }
        guard let delimiter = CSVDelimiter.parse(text) else {
            reader.mismatch(name, expected, member.value, help: "such as delimiter: ';'")
            return nil
        }
        return delimiter
    }

    private mutating func decodeQuote(_ member: YAMLMember, as name: String) -> UInt8?? {
        let expected = "one character, or none"
        guard let text = reader.text(member.value, as: name, expected) else { return nil }
        guard let quote = CSVDialect.parseQuote(text) else {
            reader.mismatch(name, expected, member.value, help: "such as quote: \"'\", or quote: none")
            return nil
        }
        return quote
    }

    private mutating func decodeHeader(_ node: YAMLNode, as name: String) -> [String]? {
        let expected = "a list of the columns' names, in their order"
        guard let nodes = reader.sequence(node, as: name, expected) else { return nil }
        var names: [String] = []
        for node in nodes {
            guard let text = reader.text(node, as: name, "made of names") else { continue }
            if names.contains(where: { $0.isExactly(text) }) {
                reader.report("'\(name)' has the name \(node.found) twice", at: node.location, help: "keep one of them")
            }
            names.append(text)
        }
        return names.count == nodes.count ? names : nil
    }

    // MARK: - Addresses

    /// An address of a dataset as its hub writes it, checked before anything is fetched.
    mutating func decodeDatasetAddress(_ text: String, _ node: YAMLNode) -> InputSource.TablePlace? {
        do throws(DatasetAddress.Mistake) {
            _ = try DatasetAddress(text)
            return .web(text)
        } catch {
            reader.report("'\(text)' cannot be fetched: \(error.reason)", at: node.location, help: error.help)
            return nil
        }
    }

    // MARK: - Other programs

    mutating func decodeDuckDB(_ node: YAMLNode, as name: String) -> InputSource.Kind? {
        guard let members = reader.members(node, of: .duckdb, as: name) else { return nil }
        guard let query = members["query"]?.value else {
            reader.report(
                "'\(name)' needs 'query'", at: node.location,
                help: "such as { query: \"SELECT prompt FROM 'rows.parquet' ORDER BY id\" }")
            return nil
        }
        let file = members["file"].map { reader.text($0.value, as: "\(name).file", "a path") }
        guard let sql = reader.text(query, as: "\(name).query", "a query in SQL") else { return nil }
        if let file, file == nil { return nil }
        return .duckdb(file: file ?? nil, query: sql)
    }

    /// What a command may print.
    static let commandFormats: [InputSource.Table] = [.jsonl, .csv, .tsv, .lines]

    mutating func decodeCommand(_ node: YAMLNode, as name: String) -> InputSource.Kind? {
        if node.mapping == nil {
            let expected = "a command, or a mapping with 'run' and 'format'"
            return reader.text(node, as: name, expected).map { .command($0, .jsonl) }
        }
        guard let members = reader.members(node, of: .command, as: name) else { return nil }
        guard let run = members["run"]?.value else {
            reader.report(
                "'\(name)' needs 'run'", at: node.location, help: "such as { run: python3 rows.py, format: csv }")
            return nil
        }
        let command = reader.text(run, as: "\(name).run", "a command")
        var format = InputSource.Table.jsonl
        if let node = members["format"]?.value {
            let words = ManifestDecoder.commandFormats.map(\.rawValue)
            guard let word = decodeWord(node, as: "\(name).format", among: words),
                let table = InputSource.Table(rawValue: word)
            else { return nil }
            format = table
        }
        return command.map { .command($0, format) }
    }
}
