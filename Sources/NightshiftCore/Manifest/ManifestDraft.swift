package import LosslessJSON
package import ReplicateAPI

/// A first manifest for a model, with a comment for every input: what `init` writes.
///
/// It passes `plan` as it is: what must be given has an example that fits the model's schema.
package struct ManifestDraft: Sendable {
    /// A file of rows, by what its first row holds.
    package struct Table: Sendable {
        package var kind: InputSource.Table
        /// The key of the source, where it is not the format's name.
        package var sourceKey: String?
        /// Relative to the manifest's directory.
        package var path: String
        package var columns: [String]
        package var firstRow: [String: JSONValue]

        package init(kind: InputSource.Table, path: String, columns: [String], firstRow: [String: JSONValue]) {
            self.kind = kind
            self.path = path
            self.columns = columns
            self.firstRow = firstRow
        }
    }

    /// An example of a file that goes into an input; it must be written beside the manifest.
    package static let exampleFile = "example.png"

    package var job: String
    /// As the manifest names it; with its version, where it has one to pin.
    package var model: String
    package var provider: String?
    /// What the model does, in a sentence.
    package var summary: String?
    package var schema: ModelSchema
    /// An input that is known to work.
    package var example: JSONValue?
    package var table: Table?
    /// Where the manifest's JSON Schema is, seen from the manifest.
    package var schemaLocation: String?
    /// A sentence at the beginning, for who opens the file.
    package var hint: String?

    package init(
        job: String, model: String, provider: String? = nil, summary: String? = nil, schema: ModelSchema,
        example: JSONValue? = nil, table: Table? = nil, schemaLocation: String? = nil
    ) {
        self.job = job
        self.model = model
        self.provider = provider
        self.summary = summary
        self.schema = schema
        self.example = example
        self.table = table
        self.schemaLocation = schemaLocation
    }

    /// How an input is given.
    private enum Source {
        /// By a column of the rows.
        case column(String)
        /// By a value that the manifest itself writes.
        case value(JSONValue)
        /// Not at all: the model has a value of its own.
        case leftOut
    }

    /// The manifest, and whether ``exampleFile`` must lie beside it.
    package func manifest() -> (text: String, needsFile: Bool) {
        let checks = schema.inputChecks
        var rows: [(column: String, value: JSONValue)] = []
        var lines: [String] = []
        var needsFile = false
        let sources = sources
        for (field, source) in zip(schema.inputs, sources) {
            lines += comment(of: field)
            switch source {
            case .column(let column):
                if let table, table.column(for: field.name) != column {
                    lines.append("  # No column has this name; \(Self.oneLine(column)) is taken for it.")
                }
                let value = table?.firstRow[column] ?? exampleValue(of: field, checks[field.name])
                let isFile = (field.isFile || field.itemsAreFiles) && !Self.isAddress(value)
                if table == nil {
                    rows.append((column, isFile ? .string(Self.exampleFile) : value))
                    needsFile = needsFile || isFile
                }
                lines.append("  \(Self.key(field.name)): \(placeholder(column, field, isFile: isFile, value: value))")
            case .value(let value):
                lines.append("  \(Self.key(field.name)): \(Self.template(value))")
            case .leftOut:
                lines.append("  # \(Self.key(field.name)): \(leftOut(field))")
            }
            lines.append("")
        }
        if lines.isEmpty { lines = ["  # the model does not say what it takes", ""] }
        let isEmpty = !sources.contains { if case .leftOut = $0 { false } else { true } }
        let input = isEmpty ? ["input: {}"] + lines : ["input:"] + lines
        return (
            (head + rowLines(rows) + unusedColumns(sources) + input + foot).joined(separator: "\n") + "\n", needsFile
        )
    }

    /// The columns of the table that the manifest uses.
    package var usedColumns: [String] {
        sources.compactMap { if case .column(let name) = $0 { name } else { nil } }
    }

    // MARK: - What is given

    private var sources: [Source] {
        let checks = schema.inputChecks
        if let table {
            let columns = columns(of: table)
            return schema.inputs.map { field in
                if let column = columns[field.name] { return .column(column) }
                return field.isRequired ? .value(exampleValue(of: field, checks[field.name])) : .leftOut
            }
        }
        // A model that asks for nothing is given the first text that it takes, so that there is something to vary.
        let first = schema.inputs.contains(where: \.isRequired) ? nil : schema.inputs.first { $0.type == .string }?.name
        return schema.inputs.map { $0.isRequired || $0.name == first ? .column($0.name) : .leftOut }
    }

    /// The columns that are meant for inputs: by their names, else by names that are near, and then a column of text for the
    /// text that the model asks for, because rows whose texts nothing uses would all be the same item.
    private func columns(of table: Table) -> [String: String] {
        var columns: [String: String] = [:]
        for field in schema.inputs { columns[field.name] = table.column(for: field.name) }
        var left = table.columns.filter { !columns.values.contains($0) }
        for field in schema.inputs where columns[field.name] == nil {
            guard let near = table.columnNear(field.name, among: left) else { continue }
            columns[field.name] = near
            left.removeAll { $0 == near }
        }
        let texts = schema.inputs.filter { $0.type == .string && $0.choices == nil && !$0.isFile && !$0.isSecret }
        // Many models ask for nothing, and mean what is called a prompt.
        let field =
            texts.first(where: \.isRequired) ?? texts.first { ["prompt", "text"].contains($0.name.lowercased()) }
            ?? (columns.isEmpty ? texts.first : nil)
        guard let field, columns[field.name] == nil else { return columns }
        columns[field.name] = table.textColumn(among: left) ?? (columns.isEmpty ? left.first : nil)
        return columns
    }

    /// A value that the model takes: the example's, its own default, or the simplest one.
    private func exampleValue(of field: InputField, _ check: InputCheck?) -> JSONValue {
        let known = [example?[field.name], field.defaultValue, field.choices?.first]
        for case let value? in known where !value.isNull && check?.problems(of: value).isEmpty ?? true {
            if field.isFile || field.itemsAreFiles, !Self.isAddress(value) { continue }
            return value
        }
        switch field.type {
        case .integer, .number: return .number(Self.number(in: field))
        case .boolean: return false
        case .object: return [:]
        case .array:
            let element: JSONValue =
                switch field.itemType {
                case .integer, .number: 1
                case .boolean: false
                default: "an example"
                }
            return .array(Array(repeating: element, count: field.itemsAreFiles ? 1 : max(1, field.minItems ?? 1)))
        case .string, nil:
            var text = "an example"
            while text.unicodeScalars.count < field.minLength ?? 0 { text += ", and more" }
            return .string(String(text.unicodeScalars.prefix(field.maxLength ?? .max)))
        }
    }

    private static func number(in field: InputField) -> JSONNumber {
        if let minimum = field.minimum, minimum.doubleValue > 1 { return minimum }
        if let maximum = field.maximum, maximum.doubleValue < 1 { return maximum }
        return JSONNumber(1)
    }

    private static func isAddress(_ value: JSONValue) -> Bool {
        let text = value.stringValue ?? value[0]?.stringValue ?? ""
        return ["https://", "http://", "data:"].contains { text.hasPrefix($0) }
    }

    // MARK: - Lines

    private var head: [String] {
        var lines: [String] = []
        if let schemaLocation { lines.append(ManifestSchema.editorComment(schemaLocation)) }
        if let summary, !summary.isEmpty { lines += Self.wrapped(summary, indent: "") }
        if let hint { lines += Self.wrapped(hint, indent: "") }
        lines += ["job: \(job)", "model: \(model)"]
        if let provider { lines.append("provider: \(provider)") }
        return lines + [""]
    }

    private func rowLines(_ rows: [(column: String, value: JSONValue)]) -> [String] {
        if let table {
            return [
                "inputs: { \(table.sourceKey ?? table.kind.rawValue): \(JSONValue.string(table.path).jsonString()) }",
                "",
            ]
        }
        let comment = "# One item for each row; rows can also come from a file: { csv: rows.csv }."
        guard !rows.isEmpty else { return [comment, "inputs: { range: [1, 1] }", ""] }
        return [comment, "inputs:", "  list:"]
            + rows.enumerated().map { index, row in
                "    \(index == 0 ? "-" : " ") \(Self.key(row.column)): \(row.value.jsonString())"
            } + [""]
    }

    private func unusedColumns(_ sources: [Source]) -> [String] {
        guard let table else { return [] }
        let used = Set(sources.compactMap { if case .column(let name) = $0 { name } else { nil } })
        return table.columns.filter { !used.contains($0) }.map { column in
            let near = NearestName.suggestion(for: column, among: schema.inputs.map(\.name))
            return "# The column \(Self.oneLine(column)) is no input of the model"
                + (near.map { "; did you mean '\($0)'?" } ?? ".")
        }
    }

    private func comment(of field: InputField) -> [String] {
        var text = field.limits
        if field.isRequired { text += ", required" }
        if let value = field.defaultValue { text += "; \(Self.short(value)) if it is left out" }
        if field.isSecret { text += "; a secret, better kept out of files" }
        text += "."
        if let description = field.description ?? field.title { text += " \(description)" }
        return Self.wrapped(text, indent: "  ")
    }

    private func leftOut(_ field: InputField) -> String {
        if field.itemsAreFiles { return "[{ file: \"files/{{ file }}\" }]" }
        if field.isFile { return "{ file: \"files/{{ file }}\" }" }
        let value = example?[field.name] ?? field.defaultValue ?? exampleValue(of: field, nil)
        return Self.template(value)
    }

    private func placeholder(_ column: String, _ field: InputField, isFile: Bool, value: JSONValue) -> String {
        var name = column
        let isPlain =
            column.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_")
            } && !(column.first?.isNumber ?? true)
        if !isPlain {
            name = "['\(column.replacingExactly("\\", with: "\\\\").replacingExactly("'", with: "\\'"))']"
        }
        // Rows that know types may have a number where the model takes text.
        switch value {
        case .number where field.type == .string, .bool where field.type == .string: name += " | text"
        default: break
        }
        let quoted = JSONValue.string("{{ \(name) }}").jsonString()
        guard isFile else {
            // A text for a list is one element of it.
            return field.itemsAreFiles && value.stringValue != nil ? "[\(quoted)]" : quoted
        }
        return field.itemsAreFiles ? "[{ file: \(quoted) }]" : "{ file: \(quoted) }"
    }

    private var foot: [String] {
        [
            "outputs: { directory: \(JSONValue.string("out/\(job)").jsonString()) }", "",
            "# concurrency: 64", "# rate: 600/min", "# retry: { attempts: 5 }",
            "# budget: { predictions: 1000, failures: 5% }",
        ]
    }

    // MARK: - Text

    /// A value as JSON, which is YAML too, in which no text is taken for a template.
    private static func template(_ value: JSONValue) -> String {
        escaped(value).jsonString()
    }

    private static func escaped(_ value: JSONValue) -> JSONValue {
        switch value {
        case .string(let text): .string(text.replacingExactly("{{", with: "{{ '{{' }}"))
        case .array(let elements): .array(elements.map(escaped))
        case .object(let members): .object(members.mapValues(escaped))
        case .null, .bool, .number: value
        }
    }

    private static func key(_ name: String) -> String {
        let isPlain =
            name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_")
            } && !(name.first?.isNumber ?? true)
        return isPlain && !["true", "false", "null"].contains(name.lowercased())
            ? name : JSONValue.string(name).jsonString()
    }

    private static func short(_ value: JSONValue) -> String {
        let text = value.jsonString()
        return text.unicodeScalars.count > 60 ? String(text.unicodeScalars.prefix(57)) + "…" : text
    }

    private static func oneLine(_ text: String) -> String {
        JSONValue.string(text).jsonString()
    }

    /// A comment of as many lines as it needs, without anything that could end it.
    private static func wrapped(_ text: String, indent: String) -> [String] {
        let isBreak = { (scalar: Unicode.Scalar) in
            scalar.properties.isWhitespace || scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
        }
        var lines: [String] = []
        var line = ""
        for word in text.unicodeScalars.split(whereSeparator: isBreak).map({ String($0) }) {
            if !line.isEmpty, line.count + word.count > 90 {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? word : " " + word
        }
        if !line.isEmpty { lines.append(line) }
        return lines.map { "\(indent)# \($0)" }
    }
}

extension ManifestDraft.Table {
    /// The column that is meant for an input: by its name, or by its name but for case, spaces and signs.
    fileprivate func column(for input: String) -> String? {
        if columns.contains(input) { return input }
        let wanted = Self.folded(input)
        return columns.first { Self.folded($0) == wanted }
    }

    /// The column whose name has the input's in it, or nearly is it.
    fileprivate func columnNear(_ input: String, among columns: [String]) -> String? {
        let wanted = Self.folded(input)
        guard wanted.utf8.count >= 3 else { return nil }
        return columns.first { Self.words($0).contains(wanted) } ?? NearestName.suggestion(for: input, among: columns)
    }

    /// Names that people give to the texts that models are asked with, the likeliest first.
    private static let textNames = [
        "prompt", "text", "caption", "description", "question", "instruction", "query", "message", "content",
        "sentence",
        "title", "line", "input",
    ]

    /// The column that holds a text to ask with: by its name, or else the one whose first value is the longest text.
    fileprivate func textColumn(among columns: [String]) -> String? {
        let texts = columns.filter { column in
            guard let text = firstRow[column]?.stringValue else { return false }
            return Double(text) == nil && !text.isEmpty
        }
        for name in Self.textNames {
            if let column = texts.first(where: { Self.words($0).contains(name) }) { return column }
        }
        return texts.max { (firstRow[$0]?.stringValue?.utf8.count ?? 0) < (firstRow[$1]?.stringValue?.utf8.count ?? 0) }
    }

    private static func words(_ column: String) -> [String] {
        column.lowercased().unicodeScalars.split { !$0.properties.isAlphabetic }.map { String($0) }
    }

    private static func folded(_ name: String) -> String {
        String(
            name.lowercased().unicodeScalars.filter { $0.properties.isAlphabetic || $0.properties.numericType != nil })
    }
}
