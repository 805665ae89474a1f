import LosslessJSON
import NightshiftCore

/// How an item's files are written in the store.
enum ItemFileRecord {
    static func encode(_ files: [ItemFile]) -> String? {
        guard !files.isEmpty else { return nil }
        let elements = files.map { file -> JSONValue in
            [
                "path": .string(file.path), "pointer": JSONPathStep.json(file.pointer),
                "sha256": .string(file.sha256), "size": .number(JSONNumber(file.size)),
            ]
        }
        return JSONValue.array(elements).jsonString()
    }

    static func decode(_ text: String?) throws -> [ItemFile] {
        guard let text, let elements = try JSONValue(parsing: text).arrayValue else { return [] }
        return elements.map { element in
            ItemFile(
                pointer: element["pointer"].flatMap(JSONPathStep.pointer(from:)) ?? [],
                path: element["path"]?.stringValue ?? "", sha256: element["sha256"]?.stringValue ?? "",
                size: element["size"]?.intValue ?? 0
            )
        }
    }
}
