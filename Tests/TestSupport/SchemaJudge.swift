package import LosslessJSON

/// Python's `jsonschema` as the judge of documents.
package enum SchemaJudge {
    /// Why there is no judge here; `nil` if there is one.
    package static var problem: String? { PythonPackage.jsonschema.problem }

    /// What the judge says of each document: `nil` if it fits, else why not. The schema itself is judged by its draft.
    package static func verdicts(_ documents: [JSONValue], schema: JSONValue) throws -> [String?] {
        let script = """
            import json, sys, jsonschema
            case = json.load(sys.stdin)
            judge = jsonschema.validators.validator_for(case["schema"])
            judge.check_schema(case["schema"])
            judge = judge(case["schema"])
            def verdict(document):
                error = jsonschema.exceptions.best_match(judge.iter_errors(document))
                return None if error is None else error.message
            print(json.dumps([verdict(document) for document in case["documents"]]))
            """
        let answers = try PythonPackage.jsonschema.answer(
            script, to: ["schema": schema, "documents": .array(documents)])
        guard let answers = answers.arrayValue, answers.count == documents.count else {
            throw PythonPackage.Failure(description: "the judge said \(answers.jsonString())")
        }
        return answers.map(\.stringValue)
    }
}
