import Foundation
import Testing

/// The examples of the library's documentation are parts of a program that is compiled and run.
@Suite(.timeLimit(.minutes(1)))
struct DocumentationTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")

    private func lines(_ path: String) throws -> [String] {
        try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
            .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    @Test func everyLineOfAnExampleIsInAProgram() throws {
        let program = Set(try lines("examples/library/main.swift"))
        let article = try lines("Sources/Nightshift/Documentation.docc/Nightshift.md")
        var isCode = false
        var count = 0
        for line in article {
            if line.hasPrefix("```") {
                isCode = line == "```swift"
            } else if isCode {
                count += 1
                #expect(program.contains(line), "no program has: \(line)")
            }
        }
        #expect(count > 20)
    }
}
