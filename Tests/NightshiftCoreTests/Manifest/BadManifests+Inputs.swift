extension BadManifest {
    /// Sources, selections and the matrix.
    static let inputs = [
        BadManifest(
            "noSource",
            """
            job: x
            model: me/upper
            inputs: {}
            input: {}
            """,
            """
            jobs/x.yaml:3:9: error: 'inputs' names no source
                expected one of: csv, tsv, jsonl, json, lines, list, files, range, sqlite, parquet, duckdb, command, openai_batch, run, stdin
            """),
        BadManifest(
            "anUnknownSource",
            """
            job: x
            model: me/upper
            inputs: { cvs: rows.csv }
            input: { text: "{{ prompt }}" }
            """,
            """
            jobs/x.yaml:3:11: error: unknown key 'cvs'
                did you mean 'csv'?
            """),
        BadManifest(
            "aQueryOfDuckDBThatIsNone",
            """
            job: x
            model: me/upper
            inputs: [{ duckdb: { file: x.db } }, { duckdb: SELECT 1 }, { duckdb: { query: "" } }]
            input: {}
            """,
            """
            jobs/x.yaml:3:20: error: 'inputs[0].duckdb' needs 'query'
                such as { query: "SELECT prompt FROM 'rows.parquet' ORDER BY id" }
            jobs/x.yaml:3:48: error: 'inputs[1].duckdb' must be a mapping, found 'SELECT 1'
                with the keys: file, query
            jobs/x.yaml:3:79: error: 'inputs[2].duckdb.query' must be a query in SQL, found ''
            """),
        BadManifest(
            "aCommandThatIsNone",
            """
            job: x
            model: me/upper
            inputs: [{ command: { format: csv } }, { command: { run: ls, format: json } }, { command: 5 }]
            input: {}
            """,
            """
            jobs/x.yaml:3:21: error: 'inputs[0].command' needs 'run'
                such as { run: python3 rows.py, format: csv }
            jobs/x.yaml:3:70: error: 'inputs[1].command.format' must be one of: jsonl, csv, tsv, lines, found 'json'
                did you mean 'jsonl'?
            jobs/x.yaml:3:91: error: 'inputs[2].command' must be a command, or a mapping with 'run' and 'format', found 5
                put it in quotes: "5"
            """),
        BadManifest(
            "aTextCutByKeysOfOtherTables",
            """
            job: x
            model: me/upper
            inputs:
              - { jsonl: a.jsonl, delimiter: ";", quote: none, header: [a], skip_lines: 1 }
              - { csv: a.csv, sidecars: true }
              - { csv: a.csv, delimiter: "^", quote: "^" }
            input: {}
            """,
            """
            jobs/x.yaml:4:23: error: 'delimiter' is for 'csv' alone
                leave it out
            jobs/x.yaml:4:39: error: 'quote' is for 'csv' and 'tsv' alone
                leave it out
            jobs/x.yaml:4:52: error: 'header' is for 'csv' and 'tsv' alone
                leave it out
            jobs/x.yaml:4:65: error: 'skip_lines' is for 'csv' and 'tsv' alone
                leave it out
            jobs/x.yaml:5:19: error: 'sidecars' is for 'files' alone
                leave it out
            jobs/x.yaml:6:42: error: 'inputs[2].quote' is the delimiter
                values cannot be separated by what they stand in; write quote: none if they stand in nothing
            """),
        BadManifest(
            "aHeaderThatIsNone",
            """
            job: x
            model: me/upper
            inputs: [{ csv: a.csv, header: a }, { csv: a.csv, header: [a, a] }, { csv: a.csv, header: [a, 5] }]
            input: {}
            """,
            """
            jobs/x.yaml:3:32: error: 'inputs[0].header' must be a list of the columns' names, in their order, found 'a'
            jobs/x.yaml:3:63: error: 'inputs[1].header' has the name 'a' twice
                keep one of them
            jobs/x.yaml:3:95: error: 'inputs[2].header' must be made of names, found 5
                put it in quotes: "5"
            """),
        BadManifest(
            "anAddressOfNoDataset",
            """
            job: x
            model: me/upper
            inputs: [{ csv: "hf://me/set/a.csv" }, { parquet: "hf://datasets/me/set/data/*.parquet" }]
            input: {}
            """,
            """
            jobs/x.yaml:3:17: error: 'hf://me/set/a.csv' cannot be fetched: it is no file of a dataset
                expected hf://datasets/OWNER/NAME/PATH, or with a revision: hf://datasets/OWNER/NAME/PATH@REVISION
            jobs/x.yaml:3:51: error: 'hf://datasets/me/set/data/*.parquet' cannot be fetched: a pattern has no address
                name the files in a list, or download the folder and name it
            """),
        BadManifest(
            "itsOwnResultsAsRows",
            """
            job: x
            model: me/upper
            inputs: { run: x }
            input: {}
            """,
            """
            jobs/x.yaml:3:11: error: 'run' names this job itself
                name the job whose results are the rows
            """),
        BadManifest(
            "aQueryWithoutAFile",
            """
            job: x
            model: me/upper
            inputs: { sqlite: { query: SELECT 1 } }
            input: {}
            """,
            """
            jobs/x.yaml:3:19: error: 'inputs.sqlite' needs 'file' and 'query'
                such as { file: things.db, query: "SELECT name FROM thing ORDER BY id" }
            """),
        BadManifest(
            "aFormatThatCannotBePiped",
            """
            job: x
            model: me/upper
            inputs: { stdin: xml }
            input: {}
            """,
            """
            jobs/x.yaml:3:18: error: 'inputs.stdin' must be the format of what is piped in, one of: csv, tsv, jsonl, json, lines, found 'xml'
            """),
        BadManifest(
            "selectionsThatMeanNothing",
            """
            job: x
            model: me/upper
            inputs:
              csv: a.csv
              where: { a: { from: 1, to: z }, b: { matches: '(' }, c: { matches: '(a)\\1' }, d: {}, e: { matches: x, to: 1 } }
              unique: { a: b }
              sample: 120%
              shuffle: loud
            input: {}
            """,
            """
            jobs/x.yaml:5:15: error: 'inputs.where.a' goes from a number to a text
                expected two of one kind
            jobs/x.yaml:5:49: error: 'inputs.where.b.matches' is no pattern: '(' is never closed
                write '\\(' for the character itself
            jobs/x.yaml:5:70: error: 'inputs.where.c.matches' is no pattern: references to groups, such as '\\1', are not supported
            jobs/x.yaml:5:84: error: 'inputs.where.d' is empty
                expected { from: FROM, to: TO }, or { matches: PATTERN }
            jobs/x.yaml:5:91: error: 'inputs.where.e' has 'matches' and more
                expected { from: FROM, to: TO }, or { matches: PATTERN }
            jobs/x.yaml:6:11: error: 'inputs.unique' must be a column's name, or a list of names, found a mapping
            jobs/x.yaml:7:11: error: 'inputs.sample' must be a number of rows, or a share such as 5%, found '120%'
            jobs/x.yaml:8:12: error: 'inputs.shuffle' must be true, or a whole number as its seed, found 'loud'
            """),
        BadManifest(
            "aSampleOfTwoSizes",
            """
            job: x
            model: me/upper
            inputs: { csv: a.csv, sample: { count: 5, share: 5% } }
            input: {}
            """,
            """
            jobs/x.yaml:3:31: error: 'inputs.sample' needs 'count' or 'share'
                such as { count: 100, seed: 7 } or { share: 5%, seed: 7 }
            """),
        BadManifest(
            "anInclusionThatHidesAColumn",
            """
            job: x
            model: me/upper
            inputs: { list: [{ name: Ada }] }
            matrix: { style: [oil] }
            include: [{ style: oil, name: Grace }]
            input: { text: "{{ name }}" }
            """,
            """
            jobs/x.yaml:5:25: error: 'name' is a column of list too
                give 'include' another name for it
            """),
        BadManifest(
            "twoSourcesInOne",
            """
            job: x
            model: me/upper
            inputs: { csv: a.csv, jsonl: b.jsonl }
            input: {}
            """,
            """
            jobs/x.yaml:3:9: error: 'inputs' names 'csv' and 'jsonl'
                make a list of sources to append one to the other
            """),
        BadManifest(
            "aMappingForAPath",
            """
            job: x
            model: me/upper
            inputs: { csv: { a: b } }
            input: {}
            """,
            """
            jobs/x.yaml:3:16: error: 'inputs.csv' must be a path, a pattern of paths, an https address, or a list of these, found a mapping
            """),
        BadManifest(
            "anEmptyList",
            """
            job: x
            model: me/upper
            inputs: { list: [] }
            input: {}
            """,
            """
            jobs/x.yaml:3:17: error: 'inputs.list' is empty
                expected a list of rows
            """),
        BadManifest(
            "aListOfLists",
            """
            job: x
            model: me/upper
            inputs:
              list:
                - [a, b]
            input: {}
            """,
            """
            jobs/x.yaml:5:7: error: a row cannot be a list
                expected a mapping or a single value
            """),
        BadManifest(
            "aRangeThatNeverEnds",
            """
            job: x
            model: me/upper
            inputs: { range: { from: 1, to: 9, step: -1 } }
            input: {}
            """,
            """
            jobs/x.yaml:3:18: error: 'inputs.range' never gets from 1 to 9
                'step' leads towards 'to'; it is 1 if it is left out, and numbers have at most 9 decimals and 18 digits
            """),
        BadManifest(
            "aRangeOfAllNumbers",
            """
            job: x
            model: me/upper
            inputs: { range: [-9223372036854775808, 9223372036854775807], limit: 2 }
            input: {}
            """,
            """
            jobs/x.yaml:3:18: error: 'inputs.range' never gets from -9223372036854775808 to 9223372036854775807
                'step' leads towards 'to'; it is 1 if it is left out, and numbers have at most 9 decimals and 18 digits
            """),
        BadManifest(
            "aRangeWithoutAnEnd",
            """
            job: x
            model: me/upper
            inputs: { range: { from: 1 } }
            input: {}
            """,
            """
            jobs/x.yaml:3:18: error: 'inputs.range' needs 'from' and 'to'
                expected [FROM, TO] or { from: FROM, to: TO, step: STEP }
            """),
        BadManifest(
            "aRangeOfThree",
            """
            job: x
            model: me/upper
            inputs: { range: [1, 5, 2] }
            input: {}
            """,
            """
            jobs/x.yaml:3:18: error: 'inputs.range' has 3 numbers
                expected [FROM, TO] or { from: FROM, to: TO, step: STEP }
            """),
        BadManifest(
            "aRangeOfText",
            """
            job: x
            model: me/upper
            inputs: { range: [a, z] }
            input: {}
            """,
            """
            jobs/x.yaml:3:19: error: 'inputs.range' must be made of numbers, found 'a'
            jobs/x.yaml:3:22: error: 'inputs.range' must be made of numbers, found 'z'
            """),
        BadManifest(
            "aLimitOfNothing",
            """
            job: x
            model: me/upper
            inputs: { list: [a], limit: 0 }
            input: {}
            """,
            """
            jobs/x.yaml:3:29: error: 'inputs.limit' must be a whole number, at least 1, found 0
            """),
        BadManifest(
            "anOffsetInWords",
            """
            job: x
            model: me/upper
            inputs: { list: [a], offset: ten }
            input: {}
            """,
            """
            jobs/x.yaml:3:30: error: 'inputs.offset' must be a whole number, at least 0, found 'ten'
            """),
        BadManifest(
            "aConditionOnAnUnknownColumn",
            """
            job: x
            model: me/upper
            inputs:
              list: [{ lang: en }]
              where: { lnag: en }
            input: {}
            """,
            """
            jobs/x.yaml:5:12: error: unknown column 'lnag'
                did you mean 'lang'?
            """),
        BadManifest(
            "aConditionOnAMapping",
            """
            job: x
            model: me/upper
            inputs: { csv: a.csv, where: { lang: { not: en } } }
            input: {}
            """,
            """
            jobs/x.yaml:3:40: error: unknown key 'not'
                expected one of: from, to, matches
            """),
        BadManifest(
            "sourcesThatAreText",
            """
            job: x
            model: me/upper
            inputs: rows.csv
            input: {}
            """,
            """
            jobs/x.yaml:3:9: error: 'inputs' must be a source such as { csv: rows.csv }, or a list of sources, found 'rows.csv'
            """),
        BadManifest(
            "aMatrixThatIsAList",
            """
            job: x
            model: me/upper
            matrix: [1, 2]
            input: {}
            """,
            """
            jobs/x.yaml:3:9: error: 'matrix' must be a mapping of names to lists of values, found a list
            """),
        BadManifest(
            "aMatrixColumnWithoutAList",
            """
            job: x
            model: me/upper
            matrix: { seed: 4 }
            input: {}
            """,
            """
            jobs/x.yaml:3:17: error: 'matrix.seed' must be a list of values or { range: [FROM, TO] }, found 4
            """),
        BadManifest(
            "aMatrixValueTwice",
            """
            job: x
            model: me/upper
            matrix: { seed: [1, 2, 1] }
            input: {}
            """,
            """
            jobs/x.yaml:3:24: error: 'matrix.seed' has the value 1 twice
                keep one of them
            """),
        BadManifest(
            "aMatrixTooLarge",
            """
            job: x
            model: me/upper
            matrix: { a: { range: [1, 5000] }, b: { range: [1, 5000] } }
            input: {}
            """,
            """
            jobs/x.yaml:3:11: error: the matrix has more than 10000000 combinations
                use a source for the longest column, such as inputs: { range: [FROM, TO] }
            """),
        BadManifest(
            "aMatrixColumnTooLong",
            """
            job: x
            model: me/upper
            matrix: { a: { range: [1, 500000] } }
            input: {}
            """,
            """
            jobs/x.yaml:3:23: error: 'matrix.a' has 500000 values, more than 100000
                use it as a source: inputs: { range: [FROM, TO] }
            """),
        BadManifest(
            "aMatrixNameOfAColumn",
            """
            job: x
            model: me/upper
            inputs: { list: [{ style: oil }] }
            matrix: { style: [ink] }
            input: {}
            """,
            """
            jobs/x.yaml:4:11: error: 'style' is a column of list too
                give the matrix another name for it
            """),
        BadManifest(
            "anExclusionThatNeverApplies",
            """
            job: x
            model: me/upper
            matrix: { style: [oil, ink] }
            exclude: [{ style: inc }]
            input: {}
            """,
            """
            jobs/x.yaml:4:13: error: 'style' is never 'inc'
                its values are: 'oil', 'ink'
            """),
        BadManifest(
            "anExclusionOfAnUnknownColumn",
            """
            job: x
            model: me/upper
            matrix: { style: [oil, ink] }
            exclude: [{ stile: ink }]
            input: {}
            """,
            """
            jobs/x.yaml:4:13: error: unknown column 'stile'
                did you mean 'style'?
            """),
        BadManifest(
            "anExclusionThatIsAMapping",
            """
            job: x
            model: me/upper
            matrix: { style: [oil, ink] }
            exclude: { style: ink }
            input: {}
            """,
            """
            jobs/x.yaml:4:10: error: 'exclude' must be a list of mappings such as [{ style: ink, seed: 4 }], found a mapping
            """),
    ]
}
