import Foundation
import TestSupport
import Testing

/// What the documentation of the client shows is compiled.
struct DocumentationTests {
    /// Code as it counts: without comments, and without the comma that ends a list's element.
    private func code(_ line: String) -> String {
        let code = line.firstRange(of: "  //").map { line[..<$0.lowerBound] } ?? line[...]
        return code.trimmingCharacters(in: CharacterSet(charactersIn: " ,"))
    }

    @Test func everyLineOfAnExampleIsCompiled() throws {
        let compiled = Set(try DocumentedCode.lines(of: "Tests/ReplicateTests/DocumentedExamples.swift").map(code))
        let folder = "Sources/Replicate"
        let files =
            try DocumentedCode.files(below: folder, extension: ".md")
            + DocumentedCode.files(below: folder, extension: ".swift")
        var count = 0
        for file in files {
            for line in try DocumentedCode.shown(in: file) {
                count += 1
                // Parts of a manifest, and comments alone.
                if line.hasPrefix(".package(") || line.hasPrefix(".product(") || line.hasPrefix("//") { continue }
                #expect(compiled.contains(code(line)), "\(file) shows what is not compiled: \(line)")
            }
        }
        #expect(count > 80)
    }
}
