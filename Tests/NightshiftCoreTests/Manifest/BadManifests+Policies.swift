extension BadManifest {
    /// Policies, and several mistakes at once.
    static let policies = [
        BadManifest(
            "tooMuchConcurrency",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            concurrency: 100000
            """,
            """
            jobs/x.yaml:5:14: error: 'concurrency' must be a whole number from 1 to 10000, found 100000
            """),
        BadManifest(
            "concurrencyInWords",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            concurrency: many
            """,
            """
            jobs/x.yaml:5:14: error: 'concurrency' must be a whole number from 1 to 10000, found 'many'
            """),
        BadManifest(
            "aFractionOfConcurrency",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            concurrency: 2.5
            """,
            """
            jobs/x.yaml:5:14: error: 'concurrency' must be a whole number from 1 to 10000, found 2.5
            """),
        BadManifest(
            "aRateWithoutAUnit",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            rate: 600
            """,
            """
            jobs/x.yaml:5:7: error: 'rate' must be a rate such as 600/min, 10/s or 1000/h, or unlimited, found 600
            """),
        BadManifest(
            "aRateWithAnotherUnit",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            rate: 600/minute
            """,
            """
            jobs/x.yaml:5:7: error: 'rate' must be a rate such as 600/min, 10/s or 1000/h, or unlimited, found '600/minute'
                after '/' comes one of: s, min, h
            """),
        BadManifest(
            "aRateForAnUnknownKind",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            rate: { writes: 10/s }
            """,
            """
            jobs/x.yaml:5:9: error: unknown key 'writes'
                expected one of: creates, reads
            """),
        BadManifest(
            "noAttempts",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            retry: { attempts: 0 }
            """,
            """
            jobs/x.yaml:5:20: error: 'retry.attempts' must be a whole number from 1 to 100, found 0
            """),
        BadManifest(
            "aDurationWithoutAUnit",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            timeout: { run: 30 }
            """,
            """
            jobs/x.yaml:5:17: error: 'timeout.run' must be a duration from 1s to 168h, such as 30s or 1h30m, found 30
                add a unit: ms, s, m or h
            """),
        BadManifest(
            "aDurationInWords",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            timeout: { start: ten minutes }
            """,
            """
            jobs/x.yaml:5:19: error: 'timeout.start' must be a duration from 1s to 168h, such as 30s or 1h30m, found 'ten minutes'
            """),
        BadManifest(
            "aDurationTooLong",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            timeout: { run: 1000h }
            """,
            """
            jobs/x.yaml:5:17: error: 'timeout.run' must be a duration from 1s to 168h, such as 30s or 1h30m, found '1000h'
            """),
        BadManifest(
            "aBackoffThatShrinks",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            retry: { backoff: { initial: 10m, max: 1m } }
            """,
            """
            jobs/x.yaml:5:40: error: 'retry.backoff.max' is 1m, less than 'initial', which is 10m
            """),
        BadManifest(
            "aFactorBelowOne",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            retry: { backoff: { factor: 0.5 } }
            """,
            """
            jobs/x.yaml:5:29: error: 'retry.backoff.factor' must be a number from 1 to 100, found 0.5
            """),
        BadManifest(
            "anUnknownJitter",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            retry: { backoff: { jitter: some } }
            """,
            """
            jobs/x.yaml:5:29: error: 'retry.backoff.jitter' must be full or none, found 'some'
            """),
        BadManifest(
            "moreFailuresThanItems",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            budget: { failures: 120% }
            """,
            """
            jobs/x.yaml:5:21: error: 'budget.failures' must be a number of items or a share from 0% to 100%, found '120%'
            """),
        BadManifest(
            "noSameFailures",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            budget: { same_failures: 0 }
            """,
            """
            jobs/x.yaml:5:26: error: 'budget.same_failures' must be a number of items, at least 1, or off, found 0
            """),
        BadManifest(
            "aCostWithoutAPrice",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            budget: { cost: 5 }
            """,
            """
            jobs/x.yaml:5:9: error: 'budget.cost' needs a 'price'
                add what the model costs, such as: price: { per_second: 0.000975 }
            """),
        BadManifest(
            "aBudgetOfNothing",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            budget: { predictions: 0 }
            """,
            """
            jobs/x.yaml:5:24: error: 'budget.predictions' must be a whole number, at least 1, found 0
            """),
        BadManifest(
            "aWaitTooLong",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            wait: 2m
            """,
            """
            jobs/x.yaml:5:7: error: 'wait' must be a duration from 1s to 1m, such as 30s or 1h30m, found '2m'
            """),
        BadManifest(
            "aWaitOfHalfASecond",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            wait: 1500ms
            """,
            """
            jobs/x.yaml:5:7: error: 'wait' must be whole seconds, found '1500ms'
            """),
        BadManifest(
            "conditionsThatNothingCanMeet",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            accept:
              width: { min: 512, max: 256 }
              text: { min_length: 9, max_length: 3 }
              not_equal_to_input: txet
            """,
            """
            jobs/x.yaml:6:10: error: 'accept.width' has a 'max' below its 'min'
                nothing could be accepted
            jobs/x.yaml:7:9: error: 'accept.text' has a 'max_length' below its 'min_length'
                nothing could be accepted
            jobs/x.yaml:8:23: error: 'not_equal_to_input' names 'txet', which is no input
                did you mean 'text'?
            """),
        BadManifest(
            "conditionsOfAnotherKind",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            accept:
              bytes: { min: 20 pounds }
              media: png
              duration: { min: 2 }
              text: { matches: "(?<=a)b" }
              command: { timeout: 5s }
              with: 5
            """,
            """
            jobs/x.yaml:6:17: error: 'accept.bytes.min' must be a size such as 20000 or 2MB, found '20 pounds'
            jobs/x.yaml:7:10: error: 'accept.media' must be a media type such as image/png or image/*, found 'png'
            jobs/x.yaml:8:20: error: 'accept.duration.min' must be a duration such as 2s or 1m30s, found 2
            jobs/x.yaml:9:20: error: 'accept.text.matches' is no pattern: groups that start with '(?' are not supported, except '(?:'
                '(?i)' at the start of the pattern ignores the case of letters
            jobs/x.yaml:10:12: error: 'accept.command' has no 'run'
                add: run: COMMAND
            jobs/x.yaml:11:3: error: unknown key 'with'
                did you mean 'width'?
            """),
        BadManifest(
            "aResultSchemaWithAMistake",
            """
            job: x
            model: me/upper
            inputs: { list: [a] }
            input: { text: "{{ value }}" }
            accept:
              json:
                type: object
                properties:
                  score: { type: integer, minimun: 3 }
            """,
            """
            jobs/x.yaml:9:31: error: 'accept.json.properties.score.minimun' is no keyword that is checked here
                did you mean 'minimum'?
            """),
        BadManifest(
            "severalMistakesAtOnce",
            """
            job: x y
            model: upper
            inputs: { csv: 5 }
            input: { text: "{{ value | uper }}" }
            concurrency: 0
            retry: { attempts: 5, backof: {} }
            """,
            """
            jobs/x.yaml:1:6: error: 'job' cannot be 'x y'
                expected letters, digits, '-', '_' and '.', at most 100, starting with a letter or digit
            jobs/x.yaml:2:8: error: 'model' must be owner/name or owner/name:version, found 'upper'
            jobs/x.yaml:3:16: error: 'inputs.csv' must be a path, a pattern of paths, an https address, or a list of these, found 5
                put it in quotes: "5"
            jobs/x.yaml:4:28: error: unknown filter 'uper'
                did you mean 'upper'?
            jobs/x.yaml:5:14: error: 'concurrency' must be a whole number from 1 to 10000, found 0
            jobs/x.yaml:6:23: error: unknown key 'backof'
                did you mean 'backoff'?
            """),
    ]
}
