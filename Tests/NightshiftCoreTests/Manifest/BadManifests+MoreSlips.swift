extension BadManifest {
    /// What people write who never wrote YAML: each is told in one sentence, with the line and a mark under the place.
    static let moreSlips = [
        BadManifest(
            "aStarInBraces",
            """
            job: x
            model: a/b
            inputs: { files: *.png }
            input: {}
            """,
            """
            jobs/x.yaml:3:18: error: a text that starts with '*' must be in quotes
                | inputs: { files: *.png }
                |                  ^
                write: "*.png"
            """),
        BadManifest(
            "aStarAsAnAlias",
            """
            job: x
            model: a/b
            inputs: { files: *photos }
            input: {}
            """,
            """
            jobs/x.yaml:3:18: error: unknown alias '*photos'
                | inputs: { files: *photos }
                |                  ^
                name a value before it with: &photos; a text that starts with '*' must be in quotes: "*photos"
            """),
        BadManifest(
            "doubleStars",
            """
            job: x
            model: a/b
            inputs: { files: **/*.png }
            input: {}
            """,
            """
            jobs/x.yaml:3:18: error: a text that starts with '*' must be in quotes
                | inputs: { files: **/*.png }
                |                  ^
                write: "**/*.png"
            """),
        BadManifest(
            "oneBrace",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input: { text: { value } }
            """,
            """
            jobs/x.yaml:4:16: error: '{ value }' is a mapping and no template
                | input: { text: { value } }
                |                ^
                a template has two braces and stands in quotes: "{{ value }}"
            """),
        BadManifest(
            "oneBraceInABlock",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input:
              text: { Prompt Text }
            """,
            """
            jobs/x.yaml:5:9: error: '{ Prompt Text }' is a mapping and no template
                |   text: { Prompt Text }
                |         ^
                a template has two braces and stands in quotes: "{{ ['Prompt Text'] }}"
            """),
        BadManifest(
            "oneBraceAsAKey",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            key: { value }
            input: {}
            """,
            """
            jobs/x.yaml:4:6: error: 'key' must be text, found a mapping
                | key: { value }
                |      ^
                a template has two braces and stands in quotes: "{{ value }}"
            """),
        BadManifest(
            "twoBracesWithoutQuotes",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input:
              text: {{ value }}
            """,
            """
            jobs/x.yaml:5:9: error: '{{' starts a mapping here, because the template is not in quotes
                |   text: {{ value }}
                |         ^
                write it in quotes: "{{ name }}"
            """),
        BadManifest(
            "aNameWithSpaces",
            """
            job: x
            model: a/b
            inputs: { csv: rows.csv }
            input: { text: "{{ Prompt Text }}" }
            """,
            """
            jobs/x.yaml:4:17: error: the name 'Prompt Text' has more than letters and digits in it
                | input: { text: "{{ Prompt Text }}" }
                |                 ^
                write it in brackets and quotes: {{ ['Prompt Text'] }}
            """),
        BadManifest(
            "aNameWithBrackets",
            """
            job: x
            model: a/b
            inputs: { csv: rows.csv }
            input: { text: "{{ Prompt Text (EN) }}" }
            """,
            """
            jobs/x.yaml:4:17: error: the name 'Prompt Text (EN)' has more than letters and digits in it
                | input: { text: "{{ Prompt Text (EN) }}" }
                |                 ^
                write it in brackets and quotes: {{ ['Prompt Text (EN)'] }}
            """),
        BadManifest(
            "aNameWithSpacesAndAFilter",
            """
            job: x
            model: a/b
            inputs: { csv: rows.csv }
            input: { text: "{{ Prompt Text | trim }}" }
            """,
            """
            jobs/x.yaml:4:17: error: the name 'Prompt Text' has more than letters and digits in it
                | input: { text: "{{ Prompt Text | trim }}" }
                |                 ^
                write it in brackets and quotes: {{ ['Prompt Text'] }}
            """),
        BadManifest(
            "aColonInAText",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input:
              text: Note: this
            """,
            """
            jobs/x.yaml:5:13: error: ': ' stands in a text that is not in quotes
                |   text: Note: this
                |             ^
                put the text in quotes: text: "Note: this"
            """),
        BadManifest(
            "anAtSign",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input:
              text: @ada
            """,
            """
            jobs/x.yaml:5:9: error: a text that starts with '@' must be in quotes
                |   text: @ada
                |         ^
                write: "@ada"
            """),
        BadManifest(
            "aPercentSign",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input:
              text: %d items
            """,
            """
            jobs/x.yaml:5:9: error: a text that starts with '%' must be in quotes
                |   text: %d items
                |         ^
                write: "%d items"
            """),
        BadManifest(
            "aBacktick",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input:
              text: `code`
            """,
            """
            jobs/x.yaml:5:9: error: a text that starts with '`' must be in quotes
                |   text: `code`
                |         ^
                write: "`code`"
            """),
        BadManifest(
            "anExclamationMark",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input:
              text: !important
            """,
            """
            jobs/x.yaml:5:9: error: tags such as '!important' are not supported
                |   text: !important
                |         ^
                leave the tag out; a text that starts with '!' must be in quotes
            """),
        BadManifest(
            "aListWithoutSpaces",
            """
            job: x
            model: a/b
            inputs:
              list:
                -a
                -b
            input: {}
            """,
            """
            jobs/x.yaml:5:5: error: there is no space after '-'
                |     -a
                |     ^
                write: - a
            """),
        BadManifest(
            "oneElementWithoutASpace",
            """
            job: x
            model: a/b
            inputs:
              list:
                - a
                -b
            input: {}
            """,
            """
            jobs/x.yaml:6:6: error: there is no space after '-'
                |     -b
                |      ^
                write: - b
            """),
        BadManifest(
            "anEqualsSign",
            """
            job = x
            model = a/b
            """,
            """
            jobs/x.yaml:1:5: error: '=' stands between 'job' and its value
                | job = x
                |     ^
                write: job: x
            """),
        BadManifest(
            "anEqualsSignInTheMiddle",
            """
            job: x
            model = a/b
            inputs: { list: [a] }
            input: {}
            """,
            """
            jobs/x.yaml:2:7: error: '=' stands between 'model' and its value
                | model = a/b
                |       ^
                write: model: a/b
            """),
        BadManifest(
            "aFullWidthColon",
            """
            job: x
            model：a/b
            inputs: { list: [a] }
            input: {}
            """,
            """
            jobs/x.yaml:2:6: error: '：' after 'model' is not the colon of YAML
                | model：a/b
                |      ^
                write: model: a/b
            """),
        BadManifest(
            "aKeyOfInputs",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            limit: 5
            """,
            """
            jobs/x.yaml:5:1: error: unknown key 'limit'
                | limit: 5
                | ^
                it is a key of 'inputs', and must be indented as the others there are
            """),
        BadManifest(
            "aKeyOfRetry",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            attempts: 5
            """,
            """
            jobs/x.yaml:5:1: error: unknown key 'attempts'
                | attempts: 5
                | ^
                it is a key of 'retry', and must be indented as the others there are
            """),
        BadManifest(
            "aKeyOfTheManifest",
            """
            job: x
            model: a/b
            inputs:
              list: [a]
              input: {}
            """,
            """
            jobs/x.yaml:1:1: error: missing key 'input'
                | job: x
                | ^
                add what each item sends, such as: input: { prompt: "{{ value }}" }
            jobs/x.yaml:5:3: error: unknown key 'input'
                |   input: {}
                |   ^
                it is a key of the manifest itself, and must be indented as the others there are
            """),
        BadManifest(
            "aNearKey",
            """
            job: x
            model: a/b
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            concurency: 5
            """,
            """
            jobs/x.yaml:5:1: error: unknown key 'concurency'
                | concurency: 5
                | ^
                did you mean 'concurrency'?
            """),
        BadManifest(
            "aBracketNeverClosed",
            """
            job: x
            model: a/b
            inputs: { list: [a }
            input: {}
            """,
            """
            jobs/x.yaml:3:17: error: the '[' that opens here is closed by '}'
                | inputs: { list: [a }
                |                 ^
                close it with ']' before
            """),
        BadManifest(
            "aDelimiterOfTwo",
            """
            job: x
            model: a/b
            inputs: { csv: a.csv, delimiter: ";;" }
            input: {}
            """,
            """
            jobs/x.yaml:3:34: error: 'inputs.delimiter' must be one character, or tab, found ';;'
                | inputs: { csv: a.csv, delimiter: ";;" }
                |                                  ^
                such as delimiter: ';'
            """),
        BadManifest(
            "aDelimiterForJSON",
            """
            job: x
            model: a/b
            inputs: { jsonl: a.jsonl, delimiter: ";" }
            input: {}
            """,
            """
            jobs/x.yaml:3:27: error: 'delimiter' is for 'csv' alone
                | inputs: { jsonl: a.jsonl, delimiter: ";" }
                |                           ^
                leave it out
            """),
        BadManifest(
            "anUnknownEncoding",
            """
            job: x
            model: a/b
            inputs: { csv: a.csv, encoding: utf8 }
            input: {}
            """,
            """
            jobs/x.yaml:3:33: error: 'inputs.encoding' must be one of: utf-8, windows-1252, latin-1, utf-16, found 'utf8'
                | inputs: { csv: a.csv, encoding: utf8 }
                |                                 ^
                did you mean 'utf-8'?
            """),
        BadManifest(
            "anEncodingOfAList",
            """
            job: x
            model: a/b
            inputs: { list: [a], encoding: utf-8 }
            input: {}
            """,
            """
            jobs/x.yaml:3:22: error: 'encoding' is for tables alone
                | inputs: { list: [a], encoding: utf-8 }
                |                      ^
                leave it out
            """),
        BadManifest(
            "unknownLinks",
            """
            job: x
            model: a/b
            inputs: { files: "*.png", links: yes }
            input: {}
            """,
            """
            jobs/x.yaml:3:34: error: 'inputs.links' must be one of: follow, inside, found 'yes'
                | inputs: { files: "*.png", links: yes }
                |                                  ^
            """),
    ]
}
