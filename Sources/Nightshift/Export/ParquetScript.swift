import LosslessJSON

/// The statements that have DuckDB make a Parquet file of JSON lines.
struct ParquetScript {
    let columns: ParquetColumns

    /// What DuckDB allows for a line if nothing is said.
    private static let usualLine = 16 * 1024 * 1024
    /// The least that DuckDB knows. A group of rows is held in memory, and pictures are large.
    private static let rowsWithMedia = 2048

    /// - Parameters:
    ///   - lines: the name of the file of lines; it and the target must need no quoting in patterns.
    ///   - longest: the length of the longest line.
    func text(from lines: String, to target: String, longest: Int) -> String {
        let size = max(Self.usualLine, longest + 1024)
        return """
            SET threads = 1;
            COPY (
                SELECT \(selection)
                FROM read_json(
                    \(Self.literal(lines)), format = 'newline_delimited', maximum_object_size = \(size), columns = {\(types)})
            ) TO \(Self.literal(target)) (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false\(options));

            """
    }

    /// What decides the content of the target besides the lines.
    var identity: String { "parquet 1\n\(selection)\n\(types)\n\(options)" }

    private var selection: String {
        columns.columns.enumerated().map { index, column in
            "\(Self.expression(ParquetColumns.label(index), column.kind)) AS \(Self.identifier(column.name))"
        }.joined(separator: ", ")
    }

    private var types: String {
        columns.columns.enumerated().map { index, column in
            "\(ParquetColumns.label(index)): \(Self.literal(Self.type(column.kind)))"
        }.joined(separator: ", ")
    }

    private var options: String {
        let media = columns.mediaColumns.map { columns.columns[$0] }
        guard !media.isEmpty else { return "" }
        // Hugging Face's `datasets` takes these columns for pictures, sounds and films by this.
        let features = media.map { column -> (String, JSONValue) in
            let feature: JSONValue = ["_type": .string(Self.feature(column.name))]
            return (column.name, column.kind == .mediaList ? [feature] : feature)
        }
        let metadata: JSONValue = ["info": ["features": .object(Dictionary(features) { first, _ in first })]]
        return ", ROW_GROUP_SIZE \(Self.rowsWithMedia), "
            + "KV_METADATA { huggingface: \(Self.literal(metadata.jsonString())) }"
    }

    private static func feature(_ column: String) -> String {
        column.hasPrefix("image") ? "Image" : column.hasPrefix("audio") ? "Audio" : "Video"
    }

    private static func type(_ kind: ParquetColumns.Kind) -> String {
        let media = #"STRUCT("bytes" VARCHAR, "path" VARCHAR)"#
        return switch kind {
        case .text, .json, .time: "VARCHAR"
        case .integer: "BIGINT"
        case .real: "DOUBLE"
        case .bool: "BOOLEAN"
        case .texts: "VARCHAR[]"
        case .files:
            #"STRUCT("path" VARCHAR, "media_type" VARCHAR, "bytes" BIGINT, "sha256" VARCHAR, "width" BIGINT, "height" BIGINT)[]"#
        case .media: media
        case .mediaList: "\(media)[]"
        }
    }

    private static func expression(_ label: String, _ kind: ParquetColumns.Kind) -> String {
        func content(_ value: String) -> String {
            #"struct_pack("bytes" := from_base64(\#(value)."bytes"), "path" := \#(value)."path")"#
        }
        return switch kind {
        case .time: "CAST(\(label) AS TIMESTAMP)"
        case .media: "CASE WHEN \(label) IS NULL THEN NULL ELSE \(content(label)) END"
        case .mediaList: "[\(content("x")) FOR x IN \(label)]"
        default: label
        }
    }

    private static func literal(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }

    private static func identifier(_ text: String) -> String { "\"\(text.replacing("\"", with: "\"\""))\"" }
}
