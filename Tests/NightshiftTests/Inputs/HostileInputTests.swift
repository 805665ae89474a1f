import Foundation
import LosslessJSON
import NightshiftCore
import TestSupport
import Testing

@testable import Nightshift

/// Manifests and data that try to read what they do not name, run something, or write outside the output directory.
@Suite(.timeLimit(.minutes(1)))
struct HostileInputTests {
    @Test(arguments: [
        "../secret.txt", "/etc/passwd", "a/../../secret.txt", "..", "../photos/../secret.txt", "./../secret.txt",
        "\\u0000", "link.txt", "folder/secret.txt",
    ])
    func aRowCannotNameAFileElsewhere(_ name: String) throws {
        let scene = try InputScene([
            "photos/a.txt": "a", "secret.txt": "s", "rows.jsonl": "{\"f\": \"\(name)\"}\n", "private/secret.txt": "s",
        ])
        try scene.link("photos/link.txt", to: "../secret.txt")
        try scene.link("photos/folder", to: "../private")
        let found = try scene.expand("inputs: { jsonl: rows.jsonl }\ninput: { i: { file: \"photos/{{ f }}\" } }\n")
        #expect(found.items.isEmpty)
        #expect(found.problems.count == 1)
    }

    @Test func aRowCannotNameAFileByAnAbsolutePathOrALinkInTheManifestsOwnDirectory() throws {
        let scene = try InputScene(["rows.jsonl": "{\"f\": \"/etc/passwd\"}\n{\"f\": \"out\"}\n{\"f\": \"../x\"}\n"])
        try scene.link("out", to: "/etc/passwd")
        let found = try scene.expand("inputs: { jsonl: rows.jsonl }\ninput: { i: { file: \"{{ f }}\" } }\n")
        #expect(found.items.isEmpty)
        #expect(found.problems.count == 3)
    }

    @Test(arguments: [
        "{{ secret }}", "{ file: /etc/passwd }", "$(touch owned)", "`touch owned`", "!include /etc/passwd",
        "@/etc/passwd",
        "file:///etc/passwd", "{{ 'x' | json }}", "${HOME}",
    ])
    func aRowsValueIsNothingButText(_ value: String) throws {
        let scene = try InputScene([:])
        let line = JSONValue.object(["v": .string(value), "secret": "s"]).jsonString()
        try scene.write("rows.jsonl", line + "\n")
        let found = try scene.expand("inputs: { jsonl: rows.jsonl }\ninput: { v: \"{{ v }}\", w: \"<{{ v }}>\" }\n")
        #expect(found.problems.isEmpty)
        #expect(found.items[0].input == ["v": .string(value), "w": .string("<\(value)>")])
        #expect(found.items[0].files.isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scene.path("")).count == 2)
    }

    @Test(arguments: [
        "../../escape", "/tmp/escape", "..", ".", "a/b/c", "a\\b", "\u{202E}gnp.exe", "CON", "a\u{0}b", "", "  ", "~/x",
        ".ssh", String(repeating: "x", count: 5000), "a\nb", "https://x/y",
    ])
    func anOutputNameStaysInTheDirectory(_ value: String) throws {
        let scene = try InputScene([:])
        try scene.write("rows.jsonl", JSONValue.object(["v": .string(value)]).jsonString() + "\n")
        let found = try scene.expand(
            "inputs: { jsonl: rows.jsonl }\ninput: { v: 1 }\noutputs: { directory: out, name: \"in/{{ v }}\" }\n")
        let name = try #require(found.items.first?.name)
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        #expect(parts.count == 2)
        #expect(parts[0] == "in")
        #expect(parts[1].utf8.count <= OutputNaming.longestComponent && !parts[1].isEmpty)
        #expect(
            !parts[1].hasPrefix(".")
                && !name.unicodeScalars.contains { $0.value < 0x20 || $0 == "\\" || $0 == "\u{202E}" })
    }

    @Test(arguments: ["../out", "/tmp/out", "a/../../b", "a//b", "./a"])
    func aManifestCannotNameOutputsOutsideItsDirectory(_ name: String) throws {
        let scene = try InputScene([:])
        #expect(throws: Diagnostics.self) {
            try scene.load("inputs: { list: [1] }\ninput: {}\noutputs: { name: \"\(name)\" }\n")
        }
    }

    /// A pipe has no end, a device neither; a folder is no file.
    @Test func sourcesThatNeverEndAreRefused() throws {
        let scene = try InputScene(["folder/x": ""])
        try #require(mkfifo(scene.path("pipe"), 0o600) == 0)
        try scene.link("zero", to: "/dev/zero")
        let found = try scene.expand(
            """
            inputs:
              - { csv: pipe }
              - { lines: zero }
              - { jsonl: folder }
              - { sqlite: { file: zero, query: SELECT 1 } }
              - { files: "*e" }
            input: {}
            """)
        #expect(found.items.isEmpty)
        #expect(
            found.problems.map { $0.split(separator: "\n")[0] } == [
                "x.yaml:4:7: error: cannot read 'pipe': it is not a regular file",
                "x.yaml:5:7: error: cannot read 'zero': it is not a regular file",
                "x.yaml:6:7: error: cannot read 'folder': it is a directory",
                "x.yaml:7:7: error: cannot read 'zero': it is not a regular file",
                "x.yaml:8:14: error: no file matches '*e'",
            ])
    }

    @Test func endlessRowsEndWithAnError() throws {
        let scene = try InputScene([:])
        try scene.write("rows.csv", "name\n\"" + String(repeating: "x,\n", count: 8 << 20))
        let found = try scene.expand("inputs: { csv: rows.csv }\ninput: { n: \"{{ name }}\" }\n")
        #expect(found.problems.count == 1)
        #expect(found.problems[0].hasPrefix("rows.csv:2: error: the row that starts here is larger than 16 MB"))
    }

    @Test func deepJSONEndsWithAnError() throws {
        let scene = try InputScene([:])
        let deep = String(repeating: "[", count: 100_000)
        try scene.write("rows.jsonl", "{\"a\": \(deep)\n{\"a\": 1}\n")
        try scene.write("rows.json", "[{\"a\": \(deep)\(deep.replacing("[", with: "]"))}, {\"a\": 1}]")
        let found = try scene.expand(
            "inputs: [{ jsonl: rows.jsonl }, { json: rows.json }]\ninput: { n: \"{{ a }}\" }\n")
        #expect(found.items.count == 2)
        #expect(found.problems.count == 2)
    }
}
