extension BadManifest {
    /// Templates, the input and the outputs.
    static let templates = [
        BadManifest(
            "aTemplateWithoutQuotes",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input:
              text: {{ value }}
            """,
            """
            jobs/x.yaml:5:9: error: '{{' starts a mapping here, because the template is not in quotes
                write it in quotes: "{{ name }}"
            """),
        BadManifest(
            "aTemplateWithoutQuotesInAText",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input:
              text: {{ value }}, please
            """,
            """
            jobs/x.yaml:5:9: error: '{{' starts a mapping here, because the template is not in quotes
                write it in quotes: "{{ name }}"
            """),
        BadManifest(
            "anUnknownName",
            """
            job: x
            model: me/upper
            inputs: { list: [{ prompt: a }] }
            input:
              text: "a {{ promt }}"
            """,
            """
            jobs/x.yaml:5:12: error: unknown name 'promt'
                did you mean 'prompt'?
            """),
        BadManifest(
            "anUnknownNameInABlock",
            """
            job: x
            model: me/upper
            inputs: { list: [{ prompt: a }] }
            input:
              text: |
                draw
                {{ promt }}
            """,
            """
            jobs/x.yaml:5:9: error: unknown name 'promt'
                did you mean 'prompt'?
            """),
        BadManifest(
            "anUnknownNameForOneOfTwoSources",
            """
            job: x
            model: me/upper
            inputs:
              - { list: [{ prompt: a }] }
              - { range: [1, 2] }
            input: { text: "{{ prompt }}" }
            """,
            """
            jobs/x.yaml:6:17: error: unknown name 'prompt' for the rows of range
                expected one of: value, index, job, repeat, random
            """),
        BadManifest(
            "anUnclosedTemplate",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value" }
            """,
            """
            jobs/x.yaml:4:17: error: '{{' is never closed
                close it with '}}'; two literal braces are written {{ '{{' }}
            """),
        BadManifest(
            "anEmptyTemplate",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ }}" }
            """,
            """
            jobs/x.yaml:4:17: error: '{{ }}' names nothing
                write a column's name, such as {{ name }}
            """),
        BadManifest(
            "aCalculation",
            """
            job: x
            model: me/upper
            inputs: { list: [1] }
            input: { n: "{{ value + 1 }}" }
            """,
            """
            jobs/x.yaml:4:23: error: unexpected '+' in a template
                a template is a column's name with filters, such as {{ name | trim | lower }}
            """),
        BadManifest(
            "anUnknownFilter",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value | uper }}" }
            """,
            """
            jobs/x.yaml:4:28: error: unknown filter 'uper'
                did you mean 'upper'?
            """),
        BadManifest(
            "aFilterWithoutItsArgument",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value | default }}" }
            """,
            """
            jobs/x.yaml:4:28: error: 'default' needs an argument
                write it as default('text')
            """),
        BadManifest(
            "aFilterWithAnArgumentTooMany",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value | upper('x') }}" }
            """,
            """
            jobs/x.yaml:4:28: error: 'upper' takes no argument
                write it as upper
            """),
        BadManifest(
            "aTemplateInAKey",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { "{{ value }}": 1 }
            """,
            """
            jobs/x.yaml:4:10: error: a key cannot be a template
                only values can
            """),
        BadManifest(
            "theKeyOfContentInItsContent",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }} {{ key }}" }
            """,
            """
            jobs/x.yaml:4:29: error: unknown name 'key'
                without a 'key' an item is known by its content, which cannot hold what it makes
            """),
        BadManifest(
            "filtersWithWrongArguments",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input:
              a: "{{ value | replace('a') }}"
              b: "{{ value | pad(0) }}"
              c: "{{ value | hash(100) }}"
              d: "{{ value | pad(3, 'ab') }}"
              e: "{{ random(5, 1) }}"
              f: "{{ value | trim('x') }}"
            """,
            """
            jobs/x.yaml:5:18: error: 'replace' needs 2 arguments
                write it as replace('old', 'new')
            jobs/x.yaml:6:18: error: 'pad' needs a width from 1 to 1000
                write it as pad(4) or pad(4, ' ')
            jobs/x.yaml:7:18: error: 'hash' makes 1 to 64 digits
                write it as hash or hash(8)
            jobs/x.yaml:8:18: error: 'pad' fills with one character
                write it as pad(4) or pad(4, ' ')
            jobs/x.yaml:9:7: error: 'random' needs two whole numbers, the smaller one first
                write it as random(1, 100)
            jobs/x.yaml:10:18: error: 'trim' takes no argument
                write it as trim
            """),
        BadManifest(
            "theKeyInItself",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            key: "{{ key }}"
            """,
            """
            jobs/x.yaml:5:7: error: unknown name 'key'
                expected one of: value, index, job, repeat
            """),
        BadManifest(
            "anInputThatIsText",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: "{{ value }}"
            """,
            """
            jobs/x.yaml:4:8: error: 'input' must be a mapping of the model's inputs, found '{{ value }}'
            """),
        BadManifest(
            "aNumberWithLeadingZeros",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { zip: 01234 }
            """,
            """
            jobs/x.yaml:4:15: error: 01234 cannot be sent as it is: a number cannot keep its leading zeros
                put it in quotes if it is text: "01234"
            """),
        BadManifest(
            "infinity",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { scale: .inf }
            """,
            """
            jobs/x.yaml:4:17: error: .inf cannot be sent as it is: JSON has no infinity and no NaN
                put it in quotes if it is text: ".inf"
            """),
        BadManifest(
            "anOutputNameThatClimbs",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            outputs: { name: "../{{ value }}" }
            """,
            """
            jobs/x.yaml:5:18: error: 'outputs.name' has the part '..'
                it must be a plain path inside 'outputs.directory'
            """),
        BadManifest(
            "anAbsoluteOutputName",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            outputs: { name: "/tmp/{{ value }}" }
            """,
            """
            jobs/x.yaml:5:18: error: 'outputs.name' is an absolute path
                it must be a plain path inside 'outputs.directory'
            """),
        BadManifest(
            "anUnknownOutputKey",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            outputs: { dir: out }
            """,
            """
            jobs/x.yaml:5:12: error: unknown key 'dir'
                expected one of: directory, name
            """),
        BadManifest(
            "aFileWithoutAPath",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { image: { file: [a] } }
            """,
            """
            jobs/x.yaml:4:25: error: 'input.image.file' must be text, found a list
            """),
    ]
}
