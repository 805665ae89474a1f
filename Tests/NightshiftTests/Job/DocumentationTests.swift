import TestSupport
import Testing

/// The examples of the library's documentation are parts of a program that is compiled and run.
struct DocumentationTests {
    @Test func everyLineOfAnExampleIsInAProgram() throws {
        let program = Set(try DocumentedCode.lines(of: "examples/library/main.swift"))
        let shown = try DocumentedCode.shown(in: "Sources/Nightshift/Documentation.docc/Nightshift.md")
        for line in shown { #expect(program.contains(line), "no program has: \(line)") }
        #expect(shown.count > 20)
    }
}
