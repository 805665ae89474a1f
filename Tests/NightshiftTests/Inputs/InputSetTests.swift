import Foundation
import LosslessJSON
import NightshiftCore
import Synchronization
import Testing

@testable import Nightshift

@Suite(.timeLimit(.minutes(1)))
struct InputSetTests {
    @Test func rowsMeetTheMatrix() throws {
        let scene = try InputScene(["rows.csv": "name,lang\nAda,en\nGrace,en\nKurt,de\n"])
        let found = try scene.expand(
            """
            inputs: { csv: rows.csv, where: { lang: en } }
            matrix: { style: [oil, ink], seed: { range: [1, 2] } }
            exclude: [{ style: ink, seed: 2 }, { name: Grace, style: oil }]
            input: { prompt: "{{ name }}, {{ style }}", seed: "{{ seed }}", n: "{{ index }}" }
            key: "{{ name }}-{{ style }}-{{ seed }}"
            """)
        #expect(found.problems.isEmpty)
        #expect(found.items.map(\.key) == ["Ada-oil-1", "Ada-oil-2", "Ada-ink-1", "Grace-ink-1"])
        #expect(found.items[1].input == ["prompt": "Ada, oil", "seed": 2, "n": 2])
        #expect(found.items.map(\.position) == [0, 1, 2, 3])
        #expect(found.items[3].origin == .line(file: "rows.csv", line: 3))
        #expect(found.summary.rows == 3)
        #expect(found.summary.items == 4)
    }

    @Test func sourcesAreAppended() throws {
        let scene = try InputScene([
            "a.csv": "v\n1\n2\n3\n", "b.tsv": "v\tw\n4\tx\n", "c.jsonl": "{\"v\": 5}\n", "d.json": "[{\"v\": 6}]",
            "e.txt": "seven\n",
        ])
        let found = try scene.expand(
            """
            inputs:
              - { csv: a.csv, offset: 1, limit: 1 }
              - { tsv: b.tsv }
              - { jsonl: c.jsonl }
              - { json: d.json }
              - { lines: e.txt }
              - { list: [8, { v: 9 }] }
              - { range: [10, 11] }
            input: { v: "{{ v | default('') }}", other: "{{ line | default('') }}{{ value | default('') }}" }
            """)
        #expect(found.problems.isEmpty)
        #expect(found.items.map { $0.input["v"] } == ["2", "4", 5, 6, "", "", 9, "", ""])
        #expect(found.items.map { $0.input["other"] } == ["", "", "", "", "seven", "8", "", "10", "11"])
        #expect(found.items[5].origin.description == "row 1 of list")
        #expect(found.items[8].origin.description == "row 2 of range")
    }

    @Test func aMatrixAloneIsAnInputSet() throws {
        let scene = try InputScene([:])
        let found = try scene.expand("matrix: { seed: { range: [1, 3] } }\ninput: { seed: \"{{ seed }}\" }\n")
        #expect(found.items.map { $0.input["seed"] } == [1, 2, 3])
    }

    @Test func oneBadRowFailsAlone() throws {
        let scene = try InputScene(["rows.csv": "name,n\nAda,1\nGrace\nKurt,x\nAlan,4\n"])
        let found = try scene.expand("inputs: { csv: rows.csv }\ninput:\n  n: \"{{ n | int }}\"\n")
        #expect(found.items.count == 2)
        #expect(
            found.problems == [
                """
                rows.csv:3: error: this row has 1 value, but the header names 2 columns
                    a value that holds the delimiter (',') or a line end must be in double quotes
                """,
                """
                rows.csv:4: error: 'n | int': expected a whole number, found 'x'
                    used at x.yaml:5:7
                """,
            ])
    }

    @Test func anUnknownColumnIsOneMistake() throws {
        let scene = try InputScene(["rows.csv": "prompt,lang\na,en\nb,en\nc,de\n"])
        let found = try scene.expand(
            "inputs: { csv: rows.csv, where: { lnag: en } }\ninput: { text: \"{{ promt }}\" }\nkey: \"{{ promt }}\"\n")
        #expect(found.items.isEmpty)
        #expect(
            found.problems == [
                """
                x.yaml:4:17: error: unknown name 'promt' for the rows of rows.csv
                    did you mean 'prompt'?
                """,
                """
                x.yaml:5:7: error: unknown name 'promt' for the rows of rows.csv
                    did you mean 'prompt'?
                """,
                """
                x.yaml:3:35: error: unknown column 'lnag'
                    did you mean 'lang'?
                """,
            ])
    }

    @Test func aValueMissingFromOneRowIsThatRowsProblem() throws {
        let scene = try InputScene(["rows.jsonl": "{\"a\": 1}\n{\"b\": 2}\n{\"a\": \"\"}\n"])
        let found = try scene.expand("inputs: { jsonl: rows.jsonl }\ninput: { a: \"{{ a }}\" }\n")
        #expect(found.items.count == 2)
        #expect(
            found.problems == [
                "rows.jsonl:2: error: no 'a' here\n    used at x.yaml:4:14; expected one of: b"
            ])
    }

    @Test func columnsThatNoRowHasAreTold() throws {
        let scene = try InputScene(["rows.jsonl": "{\"a\": 1}\n"])
        let found = try scene.expand(
            "inputs: { jsonl: rows.jsonl, where: { b: 1 } }\nexclude: [{ c: 1 }]\ninput: { a: \"{{ a }}\" }\n")
        #expect(
            found.problems == [
                "x.yaml:3:39: error: no row of rows.jsonl has the column 'b'",
                "x.yaml:4:13: error: no row has the column 'c'",
            ])
    }

    @Test func anEmptySetIsTold() throws {
        let scene = try InputScene(["rows.csv": "a\n1\n"])
        let found = try scene.expand("inputs: { csv: rows.csv, where: { a: 2 } }\ninput: {}\n")
        #expect(
            found.problems == [
                "x.yaml:3:11: error: the input set is empty\n    where, offset and exclude leave none of 1 rows"
            ])
    }

    @Test func problemsAreCountedAndCutShort() throws {
        let rows = (1...500).map { "\($0)x" }.joined(separator: "\n")
        let scene = try InputScene(["rows.csv": "a\n\(rows)\n"])
        let found = try scene.expand("inputs: { csv: rows.csv }\ninput: { a: \"{{ a | int }}\" }\n")
        #expect(found.summary.problemCount == 500)
        #expect(found.problems.count == 20)
        #expect(InputSetError(found.summary).description.hasSuffix("… and 480 more"))
    }

    @Test func missingAndUnreadableSourcesAreTold() throws {
        let scene = try InputScene(["folder/x": "y"])
        let found = try scene.expand(
            """
            inputs:
              - { csv: none.csv }
              - { lines: folder }
              - { files: "none/*.png" }
            input: {}
            """)
        #expect(
            found.problems == [
                """
                x.yaml:4:7: error: cannot read 'none.csv': no such file or directory
                    looked at none.csv; paths start from the manifest's directory
                """,
                """
                x.yaml:5:7: error: cannot read 'folder': it is a directory
                    the path starts from the manifest's directory
                """,
                """
                x.yaml:6:14: error: no file matches 'none/*.png'
                    there is no folder 'none' in the manifest's folder
                """,
            ])
    }

    @Test func whatTheReceiverThrowsEndsTheExpansion() throws {
        struct Stop: Error {}
        let scene = try InputScene([:])
        let set = try scene.load("inputs: { range: [1, 1000000000] }\ninput: { n: \"{{ value }}\" }\n")
        var seen = 0
        #expect(throws: Stop.self) {
            _ = try set.forEachItem { _ in
                seen += 1
                if seen == 10 { throw Stop() }
            }
        }
        #expect(seen == 10)
        var checks = 0
        #expect(throws: Stop.self) {
            _ = try set.forEachItem(
                checkpoint: {
                    checks += 1
                    if checks == 3 { throw Stop() }
                }, { _ in })
        }
    }

    @Test func aLimitReadsNoFurther() throws {
        let scene = try InputScene([:])
        let found = try scene.expand(
            "inputs: { range: [1, 1000000000000], limit: 2 }\ninput: { n: \"{{ value }}\" }\n")
        #expect(found.items.count == 2)
    }

    @Test func itemsComeWhileTheFileIsRead() throws {
        let scene = try InputScene([:])
        var text = "id,text\n"
        for number in 0..<50_000 { text += "\(number),\"some text to fill a few chunks with, row after row\"\n" }
        try scene.write("rows.csv", text)
        let set = try scene.load("inputs: { csv: rows.csv }\ninput: { text: \"{{ text }}\" }\nkey: \"{{ id }}\"\n")
        var chunks = 0
        var chunksAtFirst: Int?
        var seen = 0
        _ = try set.forEachItem(checkpoint: { chunks += 1 }) { _ in
            chunksAtFirst = chunksAtFirst ?? chunks
            seen += 1
        }
        #expect(seen == 50_000)
        #expect(chunksAtFirst == 1)
        #expect(chunks > 10)
    }
}

@Suite(.timeLimit(.minutes(1)))
struct InputFilesTests {
    private final class Digests: FileDigests {
        private let state = Mutex((known: [String: String](), asked: 0))

        var known: [String: String] {
            get { state.withLock(\.known) }
            set { state.withLock { $0.known = newValue } }
        }

        var asked: Int { state.withLock(\.asked) }

        func digest(path: String, size: Int64, modifiedAt: Int64) -> String? {
            state.withLock {
                $0.asked += 1
                return $0.known["\(path) \(size) \(modifiedAt)"]
            }
        }

        func add(path: String, size: Int64, modifiedAt: Int64, sha256: String) {
            state.withLock { $0.known["\(path) \(size) \(modifiedAt)"] = sha256 }
        }
    }

    @Test func patternsFindFilesInTheOrderOfTheirBytes() throws {
        let scene = try InputScene([
            "scans/b.png": "b", "scans/a.png": "a", "scans/B.png": "B", "scans/é.png": "é", "scans/.hidden.png": "h",
            "scans/a.txt": "t", "scans/deep/er/c.png": "c", "scans/.git/d.png": "d",
        ])
        let flat = try scene.expand(
            "inputs: { files: scans/*.png }\ninput: { i: { file: \"{{ path }}\" } }\nkey: \"{{ name }}\"\n")
        #expect(flat.problems.isEmpty)
        #expect(flat.items.map(\.key) == ["B.png", "a.png", "b.png", "é.png"])
        #expect(flat.items[1].files[0].path == "scans/a.png")
        #expect(flat.items[1].files[0].size == 1)
        #expect(flat.items[1].files[0].sha256 == ContentDigest.sha256("a".utf8))
        #expect(flat.items[1].row == ["path": "scans/a.png", "name": "a.png", "stem": "a", "ext": "png"])
        #expect(flat.items[1].origin == .file("scans/a.png"))
        let deep = try scene.expand(
            "inputs: { files: [\"**/*.png\", scans/a.*] }\ninput: { i: { file: \"{{ path }}\" } }\n")
        #expect(
            deep.items.compactMap { $0.row["path"]?.stringValue } == [
                "scans/B.png", "scans/a.png", "scans/b.png", "scans/é.png", "scans/deep/er/c.png", "scans/a.txt",
            ])
    }

    @Test func unchangedFilesAreNotReadAgain() throws {
        let scene = try InputScene(["in/a.png": "one"])
        let text = "inputs: { range: [1, 3] }\ninput: { n: \"{{ value }}\", i: { file: in/a.png } }\n"
        let digests = Digests()
        var keys: [String] = []
        _ = try scene.load(text).forEachItem(digests: digests) { keys.append($0.key) }
        #expect(digests.known.count == 1)
        // Three items name it; it is looked up once.
        #expect(digests.asked == 1)
        digests.known = digests.known.mapValues { _ in "ff" }
        var again: [Item] = []
        _ = try scene.load(text).forEachItem(digests: digests) { again.append($0) }
        #expect(again[0].files[0].sha256 == "ff")
        try scene.write("in/a.png", "other")
        again = []
        _ = try scene.load(text).forEachItem(digests: digests) { again.append($0) }
        #expect(again[0].files[0].sha256 == ContentDigest.sha256("other".utf8))
        #expect(again[0].key != keys[0])
    }

    @Test func filesThatCannotBeSentAreTheRowsProblem() throws {
        let scene = try InputScene(["in/a.png": "a", "in/d/x": "x", "rows.csv": "f\na.png\nnone.png\nd\n../rows.csv\n"])
        let found = try scene.expand("inputs: { csv: rows.csv }\ninput: { i: { file: \"in/{{ f }}\" } }\n")
        #expect(found.items.count == 1)
        #expect(
            found.problems.map { $0.split(separator: "\n")[0] } == [
                "rows.csv:3: error: cannot read the file 'in/none.png': no such file or directory",
                "rows.csv:4: error: cannot read the file 'in/d': it is a directory",
                "rows.csv:5: error: the file 'in/../rows.csv' is outside 'in/'",
            ])
    }

    @Test func linksCannotLeadOut() throws {
        let scene = try InputScene([
            "in/a.png": "a", "secret.txt": "s", "rows.csv": "f\nlink.png\ninner.png\n", "other/x.png": "x",
        ])
        try scene.link("in/link.png", to: "../secret.txt")
        try scene.link("in/inner.png", to: "a.png")
        try scene.link("in/folder", to: "../other")
        let rows = try scene.expand("inputs: { csv: rows.csv }\ninput: { i: { file: \"in/{{ f }}\" } }\n")
        #expect(rows.items.count == 1)
        #expect(
            rows.problems.map { $0.split(separator: "\n")[0] } == [
                "rows.csv:2: error: the file 'in/link.png' is a symbolic link that leads out of 'in/'"
            ])
        let files = try scene.expand("inputs: { files: \"in/**/*.png\" }\ninput: { i: { file: \"{{ path }}\" } }\n")
        #expect(
            files.problems.map { $0.split(separator: "\n")[0] } == [
                "in/link.png: error: the file is a symbolic link that leads out of 'in'"
            ])
        // Named by the manifest itself, a link is the author's own business.
        let own = try scene.expand("inputs: { list: [a] }\ninput: { i: { file: in/link.png } }\n")
        #expect(own.items.count == 1)
    }

    @Test func aPipeIsNotWaitedFor() throws {
        let scene = try InputScene(["x": "x"])
        #expect(mkfifo(scene.path("pipe.csv"), 0o600) == 0)
        let found = try scene.expand("inputs: { csv: pipe.csv }\ninput: {}\n")
        #expect(found.problems.first?.contains("it is not a regular file") == true)
    }
}

@Suite(.timeLimit(.minutes(1)))
struct ManifestLoaderTests {
    @Test func resolvesPathsFromTheManifest() throws {
        let scene = try InputScene(["x.yaml": "job: x\nmodel: a/b\ninputs: { list: [a] }\ninput: {}\n"])
        let loaded = try ManifestLoader.load(scene.path("x.yaml"))
        #expect(loaded.resolve("out") == scene.path("out"))
        #expect(loaded.resolve("/out") == "/out")
        #expect(LoadedManifest(manifest: loaded.manifest, directory: ".").resolve("out") == "out")
    }

    @Test func aMissingManifestIsTold() throws {
        let scene = try InputScene(["folder/x": "y"])
        #expect(
            message(scene.path("no.yaml"))
                == "\(scene.path("no.yaml")): error: cannot read the file: no such file or directory")
        #expect(
            message(scene.path("folder")) == "\(scene.path("folder")): error: cannot read the file: it is a directory")
    }

    @Test func aHugeManifestIsNotRead() throws {
        let scene = try InputScene(["x.yaml": "job: x"])
        let handle = try #require(FileHandle(forWritingAtPath: scene.path("x.yaml")))
        // A hole in the file: huge, but no disk is used.
        try handle.truncate(atOffset: 1 << 36)
        try handle.close()
        #expect(message(scene.path("x.yaml")).contains("more than the 16777216 a manifest may have"))
    }

    @Test func everyJobOfTheRepositoryIsSound() throws {
        let jobs = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../jobs")
            .standardizedFileURL
        let names = try FileManager.default.contentsOfDirectory(atPath: jobs.path).filter { $0.hasSuffix(".yaml") }
        for name in names {
            let loaded = try ManifestLoader.load(jobs.appending(path: name).path)
            let summary = try InputSet(loaded).forEachItem { _ in }
            #expect(summary.problems.map(\.description) == [], "\(name)")
        }
    }

    private func message(_ path: String) -> String {
        do {
            _ = try ManifestLoader.load(path)
            return ""
        } catch {
            return error.description
        }
    }
}
