import TestSupport
import Testing

/// The example of the documentation is part of a program that is compiled and run.
struct DocumentationTests {
    @Test func everyLineOfAnExampleIsInAProgram() throws {
        let program = Set(try DocumentedCode.lines(of: "examples/client/observability/main.swift"))
        let shown = try DocumentedCode.shown(
            in: "Sources/ReplicateObservability/Documentation.docc/ReplicateObservability.md")
        for line in shown { #expect(program.contains(line), "no program has: \(line)") }
        #expect(shown.count > 5)
    }
}
