extension BadManifest {
    /// The file as a whole, and who computes where.
    static let whole = [
        BadManifest(
            "anEmptyFile",
            "",
            """
            jobs/x.yaml: error: the manifest is empty
                start with: job: NAME
            """),
        BadManifest(
            "onlyAComment",
            """
            # nothing yet
            """,
            """
            jobs/x.yaml: error: the manifest is empty
                start with: job: NAME
            """),
        BadManifest(
            "aListInsteadOfAMapping",
            """
            - job: x
            """,
            """
            jobs/x.yaml:1:1: error: a manifest must be a mapping, found a list
                start with: job: NAME
            """),
        BadManifest(
            "everythingMissing",
            """
            concurrency: 4
            """,
            """
            jobs/x.yaml:1:1: error: missing key 'job'
                add: job: NAME
            jobs/x.yaml:1:1: error: missing key 'model'
                add: model: OWNER/NAME (only the provider cog can do without)
            jobs/x.yaml:1:1: error: missing key 'input'
                add what each item sends, such as: input: { prompt: "{{ value }}" }
            jobs/x.yaml:1:1: error: missing key 'inputs'
                add rows, such as: inputs: { csv: rows.csv }
            """),
        BadManifest(
            "anUnknownKey",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            concurency: 4
            """,
            """
            jobs/x.yaml:5:1: error: unknown key 'concurency'
                did you mean 'concurrency'?
            """),
        BadManifest(
            "aKeyOfAnotherTool",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            parallelism: 4
            """,
            """
            jobs/x.yaml:5:1: error: unknown key 'parallelism'
                expected one of: job, model, provider, inputs, matrix, exclude, include, input, steps, key, outputs, accept, concurrency, rate, retry, on_unknown, timeout, budget, price, wait, webhook, window, priority, repeat, reuse, export
            """),
        BadManifest(
            "anUnknownKeyInside",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            retry:
              attempts: 3
              backof: { initial: 1s }
            """,
            """
            jobs/x.yaml:7:3: error: unknown key 'backof'
                did you mean 'backoff'?
            """),
        BadManifest(
            "aRepeatedKey",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            model: me/lower
            """,
            """
            jobs/x.yaml:5:1: error: key 'model' is there already at line 2
                keep one of them
            """),
        BadManifest(
            "aRepeatedKeyInside",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input:
              text: "{{ value }}"
              text: other
            """,
            """
            jobs/x.yaml:6:3: error: key 'text' is there already at line 5
                keep one of them
            """),
        BadManifest(
            "aTabInTheIndentation",
            """
            job: x
            model: me/upper
            input:
            \ttext: a
            """,
            """
            jobs/x.yaml:4:1: error: a tab stands at the start of the line
                indent with spaces; YAML takes no tabs there
            """),
        BadManifest(
            "aColonInAText",
            """
            job: x
            model: me/upper
            input:
              text: note: this
            """,
            """
            jobs/x.yaml:4:13: error: ': ' stands in a text that is not in quotes
                put the text in quotes: text: "note: this"
            """),
        BadManifest(
            "anUnclosedQuote",
            """
            job: x
            model: me/upper
            input: { text: "a }
            """,
            """
            jobs/x.yaml:3:16: error: the quote that opens here is never closed
                close it with " at the end of the text
            """),
        BadManifest(
            "anUnclosedList",
            """
            job: x
            model: me/upper
            inputs: { list: [a, b }
            """,
            """
            jobs/x.yaml:3:17: error: the '[' that opens here is closed by '}'
                close it with ']' before
            """),
        BadManifest(
            "aSecondDocument",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            ---
            job: y
            """,
            """
            jobs/x.yaml:5:1: error: a second document starts here
                a manifest is one document
            """),
        BadManifest(
            "aTag",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            key: !!python/object:os.system {}
            """,
            """
            jobs/x.yaml:5:6: error: tags such as '!!python/object:os.system' are not supported
                leave the tag out; a text that starts with '!' must be in quotes
            """),
        BadManifest(
            "anUnknownAlias",
            """
            job: x
            model: *m
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            """,
            """
            jobs/x.yaml:2:8: error: unknown alias '*m'
                name a value before it with: &m; a text that starts with '*' must be in quotes: "*m"
            """),
        BadManifest(
            "aMergeKey",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input:
              <<: { a: 1 }
              text: "{{ value }}"
            """,
            """
            jobs/x.yaml:5:3: error: merge keys ('<<') are not supported
                repeat the keys that it would bring
            """),
        BadManifest(
            "aControlCharacter",
            """
            job: x
            model: me/upper
            input: { text: "\u{7}" }
            """,
            """
            jobs/x.yaml:3:17: error: found the control character 0x07
                write it as an escape in double quotes, such as "\\x07"
            """),
        BadManifest(
            "aKeyThatIsAList",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            ? [a, b]
            : c
            """,
            """
            jobs/x.yaml:5:3: error: a key must be text, found a list
            """),
        BadManifest(
            "aJobWithASlash",
            """
            job: a/b
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            """,
            """
            jobs/x.yaml:1:6: error: 'job' cannot be 'a/b'
                expected letters, digits, '-', '_' and '.', at most 100, starting with a letter or digit
            """),
        BadManifest(
            "aJobThatIsANumber",
            """
            job: 12
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            """,
            """
            jobs/x.yaml:1:6: error: 'job' must be a name, found 12
                put it in quotes: "12"
            """),
        BadManifest(
            "aModelWithoutAnOwner",
            """
            job: x
            model: upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            """,
            """
            jobs/x.yaml:2:8: error: 'model' must be owner/name or owner/name:version, found 'upper'
            """),
        BadManifest(
            "aDeploymentWithAVersion",
            """
            job: x
            model: { deployment: me/upper:1 }
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            """,
            """
            jobs/x.yaml:2:22: error: 'model.deployment' must be owner/name, found 'me/upper:1'
                a deployment has no version here
            """),
        BadManifest(
            "aModelMappingWithATypo",
            """
            job: x
            model: { deploiment: me/upper }
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            """,
            """
            jobs/x.yaml:2:10: error: unknown key 'deploiment'
                did you mean 'deployment'?
            """),
        BadManifest(
            "aProviderWithATypo",
            """
            job: x
            model: me/upper
            provider: replicat
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            """,
            """
            jobs/x.yaml:3:11: error: unknown provider 'replicat'
                did you mean 'replicate'?
            """),
        BadManifest(
            "cogWithoutServers",
            """
            job: x
            provider: cog
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            """,
            """
            jobs/x.yaml:2:11: error: the provider cog needs its servers
                write: provider: { cog: { servers: [http://localhost:5000] } }
            """),
        BadManifest(
            "aCogServerThatIsNoAddress",
            """
            job: x
            provider: { cog: { servers: [gpu-1:5000] } }
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            """,
            """
            jobs/x.yaml:2:30: error: 'gpu-1:5000' is not the address of a server
                expected http:// or https://, a host, and a port if it is not the usual one
            """),
        BadManifest(
            "twoProviders",
            """
            job: x
            model: me/upper
            provider: { local: , cog: { servers: [http://a:1] } }
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            """,
            """
            jobs/x.yaml:3:11: error: 'provider' names 'cog' and 'local'
                keep one of them
            """),
        BadManifest(
            "settingsForReplicate",
            """
            job: x
            model: me/upper
            provider: { replicate: { token: abc } }
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            """,
            """
            jobs/x.yaml:3:13: error: 'replicate' has no settings here
                write: provider: replicate
            """),
        BadManifest(
            "aCommandForNoModel",
            """
            job: x
            model: me/upper
            provider: { local: { models: { upper: cat } } }
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            """,
            """
            jobs/x.yaml:3:32: error: 'upper' does not name a model
                expected owner/name
            """),
    ]
}
