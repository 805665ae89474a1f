import NightshiftCore

/// Manifests that say something with every key that there is.
enum GoodManifest {
    static let all = [
        """
        job: portraits
        model: stability-ai/sdxl:39ed52f2a78e934b3ba6e2a89f5b1c712de7dfea535525255b1aa35c5565e08b
        provider: replicate
        inputs:
          csv: prompts.csv
          delimiter: ";"
          encoding: windows-1252
          links: follow
          where: { lang: [en, de], year: 2026, draft: null }
          offset: 10
          limit: 100
        matrix:
          seed: { range: [1, 4] }
          style: [oil, ink]
        exclude:
          - { style: ink, seed: 4 }
        input:
          prompt: "a portrait of {{ name }}, {{ style }}"
          seed: "{{ seed }}"
          image: { file: "photos/{{ photo }}" }
          images: [{ file: a.png }, { file: "{{ photo }}" }]
          options: { a: [1, true, null], b: { c: text } }
        key: "{{ name }}-{{ style }}-{{ seed }}"
        outputs: { directory: out/portraits, name: "{{ name }}-{{ style }}-{{ seed }}" }
        concurrency: 64
        rate: { creates: 600/min, reads: unlimited }
        retry:
          attempts: 5
          backoff: { initial: 1s, factor: 2, max: 5m, jitter: full }
          on: { RETRIES }
          set: { seed: "{{ random }}" }
        on_unknown: reconcile
        webhook: { listen: 127.0.0.1:8787, url: https://example.com/hook }
        window: 22:00-07:00
        priority: "{{ year }}"
        repeat: 3
        reuse: true
        export:
          to: results
          format: [jsonl, csv, webdataset]
          where: rating>=4 -tag=draft
          only_rated: true
          files: copy
          excel: true
          shard_samples: 1000
          shard_size: 500MB
        timeout: { start: 20m, run: 10m }
        budget:
          predictions: 5000
          predict_time: 10h
          wall_time: 8h
          cost: 20.5
          failures: 5%
          same_failures: off
        price: { per_second: 0.000975, per_prediction: 0 }
        wait: 10s
        """.replacing(
            "RETRIES",
            with: FailureClass.allCases.filter { $0 != .stepFailed }
                .map { "\($0.rawValue): 2" }.joined(separator: ", ")),
        """
        job: steps
        provider: local
        inputs: { list: [{ title: Ada }] }
        concurrency: 4
        price: { per_prediction: 0.1 }
        budget: { cost: 5 }
        steps:
          enlarge:
            needs: [draw, tell]
            model: me/enlarge
            input:
              image: { file: "{{ draw.file }}" }
              others: [{ file: "{{ draw.files[1] }}" }]
              caption: "{{ title }}: {{ tell.output | trim }}"
            concurrency: 2
            retry: { attempts: 2, billed: 2, on: { nsfw: 1 } }
            accept:
              bytes: { min: 2KB, max: 20000000 }
              media: [image/png, audio/*]
              width: 512
              height: { min: 512 }
              duration: { min: 500ms, max: 1m }
              text: { min_length: 1, max_length: 99, matches: "[a-z]", not_matches: ["(?i)sorry", "^$"] }
              json: { type: object, required: [a] }
              not_equal_to_input: true
              command: { run: "python3 check.py", timeout: 10s }
            timeout: { start: 1m, run: 1m }
            wait: 10s
          draw: { model: me/draw, input: { prompt: "{{ title }}" }, price: { per_second: 0.1 } }
          tell: { needs: draw, model: { deployment: me/tell }, input: { about: "{{ draw.output }}" } }
        """,
        """
        job: chosen
        model: a/b
        inputs:
          - csv: [a.csv, "more/*.csv", "https://example.com/rows.csv"]
            where: { n: { from: 1, to: 5 }, day: { from: "2026-01-01" }, name: { matches: "^[A-Z]" } }
            unique: [name, n]
            sample: { count: 100, seed: 7 }
            shuffle: true
          - { stdin: jsonl, unique: name, sample: 50, shuffle: 3 }
          - { run: ../first.yaml, sample: { share: 5% } }
          - { sqlite: { file: things.db, query: "SELECT name FROM thing ORDER BY id" }, sample: 10% }
        matrix: { style: [oil, ink] }
        include: [{ style: oil, varnish: high }, { style: chalk, seed: 9 }]
        input: { text: "{{ name | default('none') }}", n: "{{ random(1, 100) }}" }
        """,
        """
        job: programs
        model: a/b
        inputs:
          - { csv: a.csv, quote: "'", header: [prompt, "Prompt Text"], skip_lines: 2 }
          - { tsv: a.tsv, quote: none }
          - { files: "photos/*.jpg", sidecars: true }
          - { parquet: [a.parquet, "more/*.parquet", "hf://datasets/me/set/data/a.parquet@v1"] }
          - { duckdb: { query: "SELECT prompt FROM 'rows.parquet'" } }
          - { duckdb: { file: things.duckdb, query: FROM thing } }
          - { command: python3 rows.py }
          - { command: { run: ./rows.sh, format: csv }, delimiter: ";", encoding: latin-1 }
          - { openai_batch: requests.jsonl }
        input: { text: "{{ prompt }}" }
        """,
        """
        job: x
        model: { deployment: me/mine }
        inputs: [{ tsv: a.tsv }, { jsonl: a.jsonl }, { json: a.json }, { lines: a.txt }]
        input: {}
        rate: 10/s
        budget: { failures: 0, same_failures: 3 }
        """,
        """
        job: "007"
        provider: { cog: { servers: [http://gpu-1:5000, "HTTPS://gpu-2/base/"] } }
        inputs: { files: scans/*.png }
        input: { file: a, image: { file: "{{ path }}" }, other: { file: a, mode: b } }
        """,
        """
        job: x
        model: me/upper
        provider: { local: { models: { me/upper: python3 upper.py } } }
        inputs: [{ files: [a/*.png, "b/**/*.png"] }, { range: { from: 1, to: 2, step: 0.5 } }, { list: [1, a, { b: [1] }] }]
        input: { text: x }
        """,
        """
        job: x
        model: nightshift/hello-world
        provider: { local: }
        matrix: { a: [1, 2], b: [{ c: 1 }, null] }
        input: { text: "{{ a }}" }
        """,
    ]

    /// A line with `%` in the place of its value, and values for it.
    static let limits: [(String, [String])] = [
        ("retry: { on: { nsfw: % } }", ["-1", "0", "100", "101", "x"]),
        ("retry: { on: { % } }", ["nsfw: 1", "nfsw: 1"]),
        ("retry: { set: % }", ["{}", "seed", "{ seed: 5 }", "{ \"{{ a }}\": 1 }"]),
        ("retry: { billed: % }", ["0", "1", "100", "101", "x"]),
        ("accept: %", ["{}", "{ width: 5 }", "{ widht: 5 }", "5", "[]"]),
        (
            "accept: { bytes: % }",
            ["0", "-1", "20KB", "1.5MB", "2TB", "KB", "1000000000000001", "{}", "{ min: 1 }", "{ least: 1 }", "[1]"]
        ),
        ("accept: { width: % }", ["0", "1", "1.5", "1000000001", "12px", "{ min: 2, max: 3 }", "{ max: 0 }"]),
        ("accept: { duration: % }", ["2s", "2", "1m30s", "{ min: 1s }", "{ min: 1 }"]),
        ("accept: { media: % }", ["image/png", "image/*", "*/*", "png", "[image/png]", "[]", "5", "Image/PNG"]),
        (
            "accept: { text: % }",
            ["{}", "{ min_length: 0 }", "{ min_length: -1 }", "{ matches: [] }", "{ matches: a }"]
        ),
        ("accept: { json: % }", ["true", "false", "a.json", "5", "{ type: object }", "[]"]),
        ("accept: { not_equal_to_input: % }", ["true", "5", "[]", "[5]"]),
        ("accept: { command: % }", ["true", "run.sh", "{ run: a }", "{ timeout: 1s }", "{ run: a, timeout: 5 }"]),
        ("on_unknown: %", ["reconcile", "retry", "hold", "guess", "5"]),
        ("window: %", ["22:00-07:00", "1:5-2:06", "24:00-07:00", "22:60-07:00", "22:00", "5"]),
        ("priority: %", ["5", "-1.5", "\"{{ value }}\"", "\"\"", "true", "[1]"]),
        ("repeat: %", ["0", "1", "1000000", "1000001", "x"]),
        ("reuse: %", ["true", "false", "yes", "1"]),
        ("export: %", ["{}", "[{}]", "[]", "csv", "null", "[{ to: a }, { to: b, format: csv }]"]),
        ("export: { to: % }", ["a/b", "\"\"", "5"]),
        ("export: { format: % }", ["jsonl", "[csv, parquet]", "[csv, csv]", "[]", "xlsx", "[jsonl, 5]"]),
        ("export: { only_rated: % }", ["true", "1"]), ("export: { files: % }", ["link", "copy", "move"]),
        ("export: { format: csv, excel: % }", ["true", "false", "yes"]),
        ("export: { format: parquet, shard_samples: % }", ["0", "1", "100000", "x"]),
        ("export: { format: webdataset, shard_size: % }", ["500MB", "3 gb", "1000", "0", "0MB", "-1", "1.5GB", "5 x"]),
        (
            "webhook: { listen: 127.0.0.1:80, url: % }",
            ["https://a.b/c", "http://localhost:1/a", "http://a.b", "https://", "x"]
        ),
        ("webhook: { listen: %, url: https://a.b }", ["127.0.0.1:8787", "localhost", "\":80\"", "80", "a/b:80"]),
        ("webhook: { % }", ["listen: 127.0.0.1:80", "url: https://a.b"]),
        ("concurrency: %", ["0", "1", "10000", "10001", "1.5", "2.0", "many", "null", "[1]"]),
        ("rate: %", ["0/s", "1/s", "1000000/h", "1000001/h", "5/day", "unlimited", "none", "5", "007/min", "-1/s"]),
        ("rate: { reads: % }", ["10/s", "unlimited", "x", "5"]),
        ("retry: { attempts: % }", ["0", "1", "100", "101", "x"]),
        ("retry: { backoff: { initial: % } }", ["1ms", "1s", "1m30s", "30", "s", "1s1m", "-1s", "1.5s", "[]"]),
        ("retry: { backoff: { factor: % } }", ["0.99", "1", "100", "100.5", "two"]),
        ("retry: { backoff: { jitter: % } }", ["full", "none", "some", "1"]),
        ("retry: %", ["{}", "5", "[]", "null"]),
        ("timeout: { start: % }", ["1s", "10m", "x", "5"]),
        ("budget: { predictions: % }", ["0", "1", "9223372036854775807", "1.5", "x"]),
        ("budget: { predict_time: % }", ["1s", "10h", "10", "x"]),
        ("budget: { failures: % }", ["-1", "0", "5", "5%", "100%", "100.5%", "0.5%", "05%", "-1%", "%", "x", "1.5"]),
        ("budget: { same_failures: % }", ["0", "1", "off", "on", "1.5"]),
        ("budget: { cost: % }\nprice: { per_second: 1 }", ["-1", "0", "1e12", "1.1e12", "x"]),
        ("budget: { cost: % }", ["1"]),
        ("price: { per_second: % }", ["-0.1", "0", "1e9", "2e9", "free"]),
        ("price: { per_prediction: % }", ["0.01", "-1", "[1]"]),
        ("wait: %", ["1s", "60s", "10", "soon"]),
        ("outputs: { directory: % }", ["out", "\"\"", "5", "null", "[a]"]),
        ("outputs: { name: % }", ["out", "\"\"", "5", "null"]),
        ("key: %", ["\"{{ value }}\"", "\"\"", "5", "true", "{ a: b }"]),
        ("provider: %", ["replicate", "local", "cog", "locl", "{ local: {} }", "{ replicate: {} }", "{}", "5"]),
        (
            "provider: { local: { models: % } }",
            ["{}", "{ a/b: c }", "{ a: b }", "{ a/b: \"\" }", "[a/b]", "{ a/b: 5 }"]
        ),
        (
            "provider: { cog: { servers: % } }",
            [
                "[http://a]", "[]", "[ftp://a]", "[a]", "http://a", "[http://a, http://a]", "[http://user@a]",
            ]
        ),
        ("matrix: %", ["{ a: [1] }", "{}", "{ a: [] }", "{ a: 1 }", "{ a: [1, 1.0] }", "{ a: { range: [1, 2] } }"]),
        ("matrix: { a: { range: % } }", ["[1, 2]", "[1]", "[1, 2, 3]", "{ from: 1, to: 2 }", "{ from: 1 }", "[a, b]"]),
        (
            "matrix: { a: [1] }\nexclude: %",
            ["[{ a: 1 }]", "[{ a: [1] }]", "[]", "[{}]", "{ a: 1 }", "[{ a: { b: 1 } }]"]
        ),
    ]

    /// Whole manifests with `%` in the place of a value.
    static let wholeLimits: [(String, [String])] = [
        (
            "job: x\nmodel: a/b\ninputs: { csv: a.csv, delimiter: % }\ninput: {}",
            ["\";\"", "tab", "\"\\t\"", "\" \"", "\";;\"", "\"\"", "'\"'", "\"é\"", "5", "comma"]
        ),
        (
            "job: x\nmodel: a/b\ninputs: { csv: a.csv, quote: % }\ninput: {}",
            [
                "\"'\"", "none", "'\"'", "\"\\\\\"", "\"]\"", "\"\"", "\",\"", "\";\"", "\"|\"", "\"\\t\"", "\"''\"",
                "5", "é",
            ]
        ),
        (
            "job: x\nmodel: a/b\ninputs: { tsv: a.tsv, header: % }\ninput: {}",
            ["[a]", "[a, b c]", "[]", "a", "[a, a]", "[\"\"]", "[5]", "[null]"]
        ),
        (
            "job: x\nmodel: a/b\ninputs: { csv: a, skip_lines: % }\ninput: {}",
            ["0", "1", "1000000", "1000001", "-1", "x"]
        ),
        ("job: x\nmodel: a/b\ninputs: { files: a, sidecars: % }\ninput: {}", ["true", "false", "yes", "1"]),
        (
            "job: x\nmodel: a/b\ninputs: { duckdb: % }\ninput: {}",
            [
                "{ query: a }", "{ file: a, query: b }", "{ file: a }", "a", "{}", "{ query: 5 }",
                "{ query: a, path: b }",
            ]
        ),
        (
            "job: x\nmodel: a/b\ninputs: { command: % }\ninput: {}",
            [
                "ls", "{ run: ls }", "{ run: ls, format: lines }", "{ run: ls, format: json }", "{ format: csv }", "5",
                "\"\"",
            ]
        ),
        (
            "job: x\nmodel: a/b\ninputs: { json: a.json, encoding: % }\ninput: {}",
            ["utf-8", "windows-1252", "latin-1", "utf-16", "utf8", "1252"]
        ),
        ("job: x\nmodel: a/b\ninputs: { files: a, links: % }\ninput: {}", ["follow", "inside", "yes", "true"]),
        (
            "job: %\nmodel: a/b\ninputs: { list: [a] }\ninput: {}",
            ["x", "X-1_2.3", "_x", ".x", "-x", "a/b", "5", "\"5\"", "\"\"", "ä", String(repeating: "x", count: 101)]
        ),
        (
            "job: x\nmodel: %\ninputs: { list: [a] }\ninput: {}",
            [
                "a/b", "a/b:c", "a", "a/b/c", "/b", "a/", "a/b:", "{ deployment: a/b }", "{ deployment: a/b:c }", "{}",
                "\"a b/c\"", "5",
            ]
        ),
        (
            "job: x\nmodel: a/b\ninputs: %\ninput: {}",
            [
                "{ list: [a] }", "{ list: [] }", "{ list: [[a]] }", "[{ list: [a] }]", "[]", "{}", "a.csv",
                "{ csv: a.csv }", "{ csv: [a] }", "{ csv: \"\" }", "{ csv: a.csv, tsv: b.tsv }",
                "{ csv: a.csv, limit: 0 }", "{ csv: a.csv, limit: 1 }", "{ csv: a.csv, offset: -1 }",
                "{ csv: a.csv, offset: 0 }", "{ csv: a.csv, where: {} }", "{ csv: a.csv, where: { a: [] } }",
                "{ csv: a.csv, where: { a: [1, b] } }", "{ csv: a.csv, where: { a: { b: c } } }", "{ limit: 5 }",
                "{ files: [] }", "{ files: [a] }", "{ files: 5 }", "{ range: [1, 2] }", "{ range: 5 }",
            ]
        ),
        (
            "job: x\nmodel: a/b\ninputs: { list: [a] }\ninput: %",
            [
                "{}", "{ a: 1 }", "text", "[]", "{ a: { file: b } }", "{ a: { file: 5 } }", "{ a: { file: \"\" } }",
                "{ a: [{ file: 5 }] }", "{ a: { file: 5, b: 1 } }", "{ file: 5 }", "{ \"{{ a }}\": 1 }",
                "{ a: { \"{{ a }}\": 1 } }", "{ a: [[{ b: null }]] }",
            ]
        ),
        ("job: x\nmodel: a/b\n%: { a: [1] }\ninput: {}", ["matrix", "inputs", "rows"]),
        ("job: x\n%: a/b\ninputs: { list: [a] }\ninput: {}", ["model", "modle"]),
    ]
}
