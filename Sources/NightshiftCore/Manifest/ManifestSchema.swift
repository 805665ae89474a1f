package import LosslessJSON

/// The JSON Schema of the manifest, for editors: made of the sections that the decoder reads.
package enum ManifestSchema {
    /// The schema by draft 7, which every editor knows.
    package static var document: JSONValue {
        var schema = Shape.section(.manifest).objectValue ?? [:]
        schema["$schema"] = "http://json-schema.org/draft-07/schema#"
        schema["title"] = "A job of nightshift"
        schema["description"] = "A model, an input set, what each item sends, and the policies of the runs."
        schema["definitions"] = ["source": source, "step": Shape.section(.step), "value": value]
        schema["allOf"] = [
            // Rows come from sources or from the matrix.
            ["anyOf": [["required": ["inputs"]], ["required": ["matrix"]]]],
            // Each step has a model and an input of its own.
            [
                "if": ["required": ["steps"]],
                "then": [
                    "not": ["anyOf": [isCog, ["required": ["model"]], ["required": ["input"]]]]
                ],
                "else": ["required": ["input"], "if": isCog, "else": ["required": ["model"]]],
            ],
            // A budget of money needs to know what things cost.
            [
                "if": [
                    "required": ["budget"], "properties": ["budget": ["type": "object", "required": ["cost"]]],
                ],
                "then": [
                    "anyOf": [
                        ["required": ["price"]],
                        [
                            "required": ["steps"],
                            "properties": ["steps": ["additionalProperties": ["required": ["price"]]]],
                        ],
                    ]
                ],
            ],
        ]
        return .object(schema)
    }

    /// Cog servers are the model.
    private static var isCog: JSONValue {
        ["required": ["provider"], "properties": ["provider": ["type": "object", "required": ["cog"]]]]
    }

    /// A source of rows: exactly one of the keys that name one.
    private static var source: JSONValue {
        var schema = Shape.section(.inputs).objectValue ?? [:]
        schema["oneOf"] = .array(ManifestSection.sourceKeys.map { ["required": [.string($0)]] })
        return .object(schema)
    }

    /// A value inside of `input`, where a mapping with the one key `file` stands for the content of a file.
    private static var value: JSONValue {
        let file = ManifestSection.file.keys[0]
        return [
            "if": ["type": "object", "maxProperties": 1, "required": [.string(file)]],
            "then": Shape.section(.file),
            "else": [
                "propertyNames": Shape.noTemplate, "additionalProperties": Shape.reference("value"),
                "items": Shape.reference("value"),
            ],
        ]
    }

    /// The line that tells an editor where the schema of a manifest is.
    ///
    /// - Parameter location: a URL, or a path from the manifest's directory.
    package static func editorComment(_ location: String) -> String {
        "# yaml-language-server: $schema=\(location)"
    }
}
