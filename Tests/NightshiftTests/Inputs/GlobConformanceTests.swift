import Foundation
import LosslessJSON
import NightshiftCore
import TestSupport
import Testing

@testable import Nightshift

/// Patterns of files against Python's glob module, on a tree with awkward names.
@Suite(.timeLimit(.minutes(1)))
struct GlobConformanceTests {
    private static let files = [
        "a.png", "b.png", "B.png", "ab.png", "é.png", "日本.png", "a b.png", "[x].png", "a-b", "]", "x*y", ".hidden", "1",
        "d/a.png", "d/b.txt", "d/.hidden", "d/e/a.png", "d/e/f/a.png", "d/e/f/g.txt", ".git/a.png", ".git/x/a.png",
        "d2/a.png", "d2/e/b.png", "é/a.png", "d e/a.png", "[d]/a.png",
    ]

    private static let script = """
        import glob, os
        def answer(question):
            os.chdir(question[0])
            found = glob.glob(question[1], recursive=True)
            return sorted(set(path for path in found if os.path.isfile(path)), key=os.fsencode)
        """

    @Test func findsWhatPythonFinds() throws {
        let folder = try TemporaryFolder()
        for file in Self.files { try folder.write(file, "") }
        var generator = SeededGenerator(seed: 5)
        let patterns = (0..<3000).map { _ in Self.pattern(using: &generator) }
        let questions = patterns.map { JSONValue.array([.string(folder.root), .string($0)]) }
        guard let expected = try Python.answers(to: questions, by: Self.script) else { return }
        var matched = 0
        for (pattern, answer) in zip(patterns, expected) {
            var found: [String] = []
            do {
                let place = SourceLocation(file: "x.yaml")
                try GlobExpansion.forEachFile(of: GlobPattern(pattern, location: place), in: folder.root) {
                    found.append(try $0.get())
                }
            } catch let error as Diagnostic {
                #expect(error.message.hasPrefix("no file matches"))
            }
            let wanted = answer.arrayValue?.compactMap(\.stringValue) ?? []
            #expect(Set(found) == Set(wanted), "\(pattern)")
            #expect(found.count == wanted.count, "\(pattern)")
            matched += wanted.isEmpty ? 0 : 1
        }
        #expect(matched > 500)
    }

    private static func pattern(using generator: inout SeededGenerator) -> String {
        let folders = ["d", "d*", "?", "*", "**", "[a-d]", "e", ".git", ".*", "[[]d]", "d?e", "[!d]*"]
        let names = [
            "*", "*.png", "?.png", "a.*", "[ab].png", "[!a].png", "[a-c]*", "*.t?t", "a*b*", ".*", "[]]", "x[*]y",
            "[[]x].png", "é*", "??.png", "a.png", "**", "*.p[mn]g", "[a-", "[A-C].png",
        ]
        var parts: [String] = []
        for _ in 0..<Int.random(in: 0...3, using: &generator) {
            let folder = folders.randomElement(using: &generator) ?? "*"
            if folder != "**" || parts.last != "**" { parts.append(folder) }
        }
        var name = names.randomElement(using: &generator) ?? "*"
        if name == "**", parts.last == "**" { name = "*" }
        return (parts + [name]).joined(separator: "/")
    }
}
