import Foundation
import Testing

/// The example of the documentation is part of a program that is compiled and run.
struct DocumentationTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

    private func lines(_ path: String) throws -> [String] {
        try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
            .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    @Test func everyLineOfAnExampleIsInAProgram() throws {
        let program = Set(try lines("examples/client/observability/main.swift"))
        var isCode = false
        var count = 0
        for line in try lines("Sources/ReplicateObservability/Documentation.docc/ReplicateObservability.md") {
            if line.hasPrefix("```") {
                isCode = line == "```swift"
            } else if isCode {
                count += 1
                #expect(program.contains(line), "no program has: \(line)")
            }
        }
        #expect(count > 5)
    }
}
