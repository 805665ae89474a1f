extension BadManifest {
    /// What people write who never wrote YAML: each is told in one sentence, with the line and a mark under the place.
    static let slips = [
        BadManifest(
            "aSpaceTooMany",
            """
            job: x
             model: a/b
            inputs: { list: [a] }
            input: {}
            """,
            """
            jobs/x.yaml:2:2: error: 'model' is indented further than 'job' above it, which has a value already
                |  model: a/b
                |  ^
                start 'model' in column 1, below 'job'
            """),
        BadManifest(
            "aSpaceTooFew",
            """
            job: x
            model: a/b
            inputs:
              csv: rows.csv
             limit: 3
            input: {}
            """,
            """
            jobs/x.yaml:5:2: error: 'limit' is indented by 1 space, which fits nothing above it
                |  limit: 3
                |  ^
                indent it by 2 spaces, as 'csv' is, or by 0 spaces, as 'inputs' is
            """),
        BadManifest(
            "anUnindentedKey",
            """
            job: x
            model: a/b
            inputs:
            csv: rows.csv
            input: {}
            """,
            """
            jobs/x.yaml:4:1: error: 'csv' belongs to 'inputs' above it and must be indented
                | csv: rows.csv
                | ^
                put two spaces before it
            """),
        BadManifest(
            "twoUnindentedKeys",
            """
            job: x
            model: a/b
            inputs:
            csv: rows.csv
            limit: 3
            input: {}
            """,
            """
            jobs/x.yaml:4:1: error: 'csv' belongs to 'inputs' above it and must be indented
                | csv: rows.csv
                | ^
                put two spaces before it
            jobs/x.yaml:5:1: error: 'limit' belongs to 'inputs' above it and must be indented
                | limit: 3
                | ^
                put two spaces before it
            """),
        BadManifest(
            "anUnindentedInput",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input:
            prompt: "{{ value }}"
            """,
            """
            jobs/x.yaml:5:1: error: 'prompt' belongs to 'input' above it and must be indented
                | prompt: "{{ value }}"
                | ^
                put two spaces before it
            """),
        BadManifest(
            "anIndentedFirstKey",
            """
              job: x
            model: a/b
            inputs: { list: [a] }
            input: {}
            """,
            """
            jobs/x.yaml:1:3: error: 'job' is indented by 2 spaces, but 'model' below it is not
                |   job: x
                |   ^
                start both in the same column
            """),
        BadManifest(
            "noSpaceInTheFirstLine",
            """
            job:greet
            model: a/b
            inputs: { list: [a] }
            input: {}
            """,
            """
            jobs/x.yaml:1:5: error: there is no space after 'job:'
                | job:greet
                |     ^
                write: job: greet
            """),
        BadManifest(
            "noSpaceInTheMiddle",
            """
            job: x
            model:a/b
            inputs: { list: [a] }
            input: {}
            """,
            """
            jobs/x.yaml:2:7: error: there is no space after 'model:'
                | model:a/b
                |       ^
                write: model: a/b
            """),
        BadManifest(
            "noSpaceInTheLastLine",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input:{}
            """,
            """
            jobs/x.yaml:4:7: error: there is no space after 'input:'
                | input:{}
                |       ^
                write: input: {}
            """),
        BadManifest(
            "noSpaceAlone",
            """
            job:greet
            """,
            """
            jobs/x.yaml:1:5: error: there is no space after 'job:'
                | job:greet
                |     ^
                write: job: greet
            """),
        BadManifest(
            "noSpaceInBraces",
            """
            job: x
            model: a/b
            inputs: { csv:rows.csv }
            input: {}
            """,
            """
            jobs/x.yaml:3:11: error: there is no space after 'csv:'
                | inputs: { csv:rows.csv }
                |           ^
                write: csv: rows.csv
            """),
        BadManifest(
            "noSpaceBeforeQuotes",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            key:"{{ value }}"
            input: {}
            """,
            """
            jobs/x.yaml:4:5: error: there is no space after 'key:'
                | key:"{{ value }}"
                |     ^
                write: key: "{{ value }}"
            """),
        BadManifest(
            "noSpaceNested",
            """
            job: x
            model: a/b
            inputs:
              csv:rows.csv
              limit: 3
            input: {}
            """,
            """
            jobs/x.yaml:4:7: error: there is no space after 'csv:'
                |   csv:rows.csv
                |       ^
                write: csv: rows.csv
            """),
        BadManifest(
            "aQuoteNeverClosed",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input:
              text: "{{ value }}
            """,
            """
            jobs/x.yaml:5:9: error: the quote that opens here is never closed
                |   text: "{{ value }}
                |         ^
                close it with " at the end of the text
            """),
        BadManifest(
            "aQuoteClosedByAnother",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input:
              text: "hello {{ value }}
              name: "b"
            """,
            """
            jobs/x.yaml:5:9: error: the quote that opens here is not closed in its line
                |   text: "hello {{ value }}
                |         ^
                close it with " at the end of the text
            """),
        BadManifest(
            "aSingleQuoteNeverClosed",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input:
              text: 'hello
            """,
            """
            jobs/x.yaml:5:9: error: the quote that opens here is never closed
                |   text: 'hello
                |         ^
                close it with ' at the end of the text
            """),
        BadManifest(
            "aQuoteInBracesNeverClosed",
            """
            job: x
            model: a/b
            inputs: { csv: "rows.csv }
            input: { text: "{{ value }}" }
            """,
            """
            jobs/x.yaml:3:16: error: the quote that opens here is not closed in its line
                | inputs: { csv: "rows.csv }
                |                ^
                close it with " at the end of the text
            """),
        BadManifest(
            "aCurlyClosingQuote",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input:
              text: "hello”
            """,
            """
            jobs/x.yaml:5:9: error: the quote that opens here is never closed
                |   text: "hello”
                |         ^
                close it with a straight quote ("), not with a curly one
            """),
        BadManifest(
            "anApostrophe",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input:
              text: 'it's a {{ value }}'
            """,
            """
            jobs/x.yaml:5:12: error: a text ends at this quote, and more follows it
                |   text: 'it's a {{ value }}'
                |            ^
                an apostrophe inside single quotes is written twice: ''
            """),
        BadManifest(
            "quotesInQuotes",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input:
              text: "say "hi" now"
            """,
            """
            jobs/x.yaml:5:14: error: a text ends at this quote, and more follows it
                |   text: "say "hi" now"
                |              ^
                a quote inside double quotes is written \\"
            """),
        BadManifest(
            "curlyQuotes",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input: { text: “a {{ value }}” }
            """,
            """
            jobs/x.yaml:4:16: error: the text begins with the curly quote '“', which is no quote of YAML and would be a part of it
                | input: { text: “a {{ value }}” }
                |                ^
                write straight quotes: "…"; if the curly ones are meant, put straight ones around them
            """),
        BadManifest(
            "curlyQuotesInABlock",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input:
              text: “plain words”
            """,
            """
            jobs/x.yaml:5:9: error: the text begins with the curly quote '“', which is no quote of YAML and would be a part of it
                |   text: “plain words”
                |         ^
                write straight quotes: "plain words"; if the curly ones are meant, put straight ones around them
            """),
        BadManifest(
            "curlySingleQuotes",
            """
            job: ‘x’
            model: a/b
            inputs: { list: [a] }
            input: {}
            """,
            """
            jobs/x.yaml:1:6: error: the text begins with the curly quote '‘', which is no quote of YAML and would be a part of it
                | job: ‘x’
                |      ^
                write straight quotes: "x"; if the curly ones are meant, put straight ones around them
            jobs/x.yaml:1:6: error: 'job' cannot be '‘x’'
                | job: ‘x’
                |      ^
                expected letters, digits, '-', '_' and '.', at most 100, starting with a letter or digit
            """),
        BadManifest(
            "germanQuotes",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input:
              text: „Wort“
            """,
            """
            jobs/x.yaml:5:9: error: the text begins with the curly quote '„', which is no quote of YAML and would be a part of it
                |   text: „Wort“
                |         ^
                write straight quotes: "Wort"; if the curly ones are meant, put straight ones around them
            """),
        BadManifest(
            "curlyQuotesInATemplate",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input: { text: "{{ value | default(‘x’) }}" }
            """,
            """
            jobs/x.yaml:4:28: error: the argument of 'default' is not closed
                | input: { text: "{{ value | default(‘x’) }}" }
                |                            ^
                write it as default('text'); curly quotes are none
            """),
        BadManifest(
            "aTabBeforeAKey",
            """
            job: x
            model: a/b
            inputs:
            \tcsv: rows.csv
            input: {}
            """,
            """
            jobs/x.yaml:4:1: error: a tab stands at the start of the line
                | →csv: rows.csv
                | ^
                indent with spaces; YAML takes no tabs there
            """),
        BadManifest(
            "aTabAfterSpaces",
            """
            job: x
            model: a/b
            input:
              text: a
            \tname: b
            inputs: { list: [a] }
            """,
            """
            jobs/x.yaml:5:1: error: a tab stands at the start of the line
                | →name: b
                | ^
                indent with spaces; YAML takes no tabs there
            """),
        BadManifest(
            "aNoBreakSpaceBeforeAKey",
            """
            job: x
            model: a/b
            inputs:
            \u{A0}\u{A0}csv: rows.csv
            input: {}
            """,
            """
            jobs/x.yaml:4:1: error: a no-break space (U+00A0) stands at the start of the line
                | ⍽⍽csv: rows.csv
                | ^
                indent with plain spaces
            """),
        BadManifest(
            "aNoBreakSpaceAfterAColon",
            """
            job: x
            model:\u{A0}a/b
            inputs: { list: [a] }
            input: {}
            """,
            """
            jobs/x.yaml:2:7: error: the space after 'model:' is a no-break space (U+00A0)
                | model:⍽a/b
                |       ^
                write: model: a/b
            """),
        BadManifest(
            "aStarWithoutQuotes",
            """
            job: x
            model: a/b
            inputs:
              csv: *.csv
            input: {}
            """,
            """
            jobs/x.yaml:4:8: error: a text that starts with '*' must be in quotes
                |   csv: *.csv
                |        ^
                write: "*.csv"
            """),
    ]
}
