package import LosslessJSON
import NightshiftCore

/// The JSON Schema of a line of `results.jsonl`, by draft 2020-12.
package enum ResultsSchema {
    package static var document: JSONValue {
        [
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A result of nightshift",
            "description": "One line of results.jsonl: an item of a job, what was sent for it, and what came of it.",
            "type": "object", "additionalProperties": false,
            "required": .array(members.map { .string($0.name) }),
            "properties": .object(Dictionary(members.map { ($0.name, $0.schema) }) { first, _ in first }),
            "$defs": ["file": file, "prediction": prediction],
        ]
    }

    private static func described(_ text: String, _ schema: JSONValue) -> JSONValue {
        var members = schema.objectValue ?? [:]
        members["description"] = .string(text)
        return .object(members)
    }

    private static let text: JSONValue = ["type": "string"]
    private static let textOrNull: JSONValue = ["type": ["string", "null"]]
    private static let count: JSONValue = ["type": "integer", "minimum": 0]
    private static let numberOrNull: JSONValue = ["type": ["number", "null"]]
    private static let timeOrNull: JSONValue = ["type": ["string", "null"], "format": "date-time"]
    private static let object: JSONValue = ["type": "object"]

    private static let members: [(name: String, schema: JSONValue)] = [
        ("key", described("What the item is known by in its job.", text)),
        ("index", described("Its place in the input order, from 0.", count)),
        ("name", described("The name of its outputs, without extension.", text)),
        ("origin", described("Where its row was read, such as prompts.csv:12.", text)),
        ("step", described("The step that it belongs to; null in a job without steps.", textOrNull)),
        ("state", described("How it stands.", ["enum": .array(ItemState.allCases.map { .string($0.rawValue) })])),
        ("row", described("The columns of its source row.", [:])),
        ("matrix", described("The values of the matrix.", object)),
        ("input", described("What was sent, with the paths of its files where these went.", [:])),
        (
            "output",
            described("What the model put out, as the provider told it; null where it was too large to be kept.", [:])
        ),
        (
            "files",
            described("Its files, in the order of the output.", ["type": "array", "items": ["$ref": "#/$defs/file"]])
        ),
        (
            "missing_files",
            described("Paths of files that are gone from the outputs.", ["type": "array", "items": text])
        ),
        ("prediction", ["anyOf": [["$ref": "#/$defs/prediction"], ["type": "null"]]]),
        ("attempts", described("How often it was tried.", count)),
        ("sent_at", described("When its newest create was sent.", timeOrNull)),
        ("started_at", described("When the model began, by the provider's clock.", timeOrNull)),
        ("completed_at", described("When the model was done, by the provider's clock.", timeOrNull)),
        ("fetched_at", described("When its files were all there.", timeOrNull)),
        ("predict_time", described("Seconds computed by all its attempts.", numberOrNull)),
        ("cost", described("What they cost by the manifest's prices.", numberOrNull)),
        ("rating", described("What people gave it.", ["type": ["integer", "null"], "minimum": 1, "maximum": 5])),
        ("tags", ["type": "array", "items": text]), ("note", textOrNull),
        ("metrics", described("What the provider measured.", object)),
        ("failure_class", described("In which way it failed, was canceled or is held.", textOrNull)),
        ("error", described("Why.", textOrNull)),
    ]

    private static let file: JSONValue = [
        "type": "object", "additionalProperties": false,
        "required": ["path", "media_type", "bytes", "sha256", "width", "height"],
        "properties": [
            "path": described("Relative to the list.", text), "media_type": textOrNull, "bytes": count,
            "sha256": ["type": "string", "pattern": "^[0-9a-f]{64}$"],
            "width": described("Of a picture, in pixels.", ["type": ["integer", "null"]]),
            "height": ["type": ["integer", "null"]],
        ],
    ]

    private static let prediction: JSONValue = [
        "type": "object", "additionalProperties": false, "required": ["id", "model", "version"],
        "properties": ["id": text, "model": textOrNull, "version": textOrNull],
    ]
}
