import Foundation
import Testing

/// What the documentation of the client shows is compiled.
struct DocumentationTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

    private func lines(_ path: String) throws -> [Substring] {
        try String(contentsOf: Self.root.appending(path: path), encoding: .utf8).split(separator: "\n")
    }

    /// Code as it counts: without indentation and comments, and without the comma that ends a list's element.
    private func code(_ line: some StringProtocol) -> String {
        let code = line.firstRange(of: "  //").map { line[..<$0.lowerBound] } ?? line[...]
        return code.trimmingCharacters(in: CharacterSet(charactersIn: " ,"))
    }

    private func files(below folder: String, extension suffix: String) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: Self.root.appending(path: folder).path)
            .filter { $0.hasSuffix(suffix) }.map { "\(folder)/\($0)" }.sorted()
    }

    /// The lines of Swift between fences, in articles and in doc comments.
    private func shown() throws -> [(file: String, line: String)] {
        var found: [(file: String, line: String)] = []
        let folder = "Sources/Replicate"
        for file in try files(below: folder, extension: ".md") + files(below: folder, extension: ".swift") {
            var isCode = false
            for line in try lines(file) {
                var text = line.trimmingCharacters(in: .whitespaces)
                if file.hasSuffix(".swift") {
                    guard text.hasPrefix("///") else {
                        isCode = false
                        continue
                    }
                    text = text.dropFirst(3).trimmingCharacters(in: .whitespaces)
                }
                if text.hasPrefix("```") {
                    isCode = text == "```swift"
                } else if isCode, !text.isEmpty {
                    found.append((file, text))
                }
            }
        }
        return found
    }

    @Test func everyLineOfAnExampleIsCompiled() throws {
        let compiled = Set(try lines("Tests/ReplicateTests/DocumentedExamples.swift").map(code))
        let shown = try shown()
        for (file, line) in shown {
            // Parts of a manifest, and comments alone.
            if line.hasPrefix(".package(") || line.hasPrefix(".product(") || line.hasPrefix("//") { continue }
            #expect(compiled.contains(code(line)), "\(file) shows what is not compiled: \(line)")
        }
        #expect(shown.count > 80)
    }
}
