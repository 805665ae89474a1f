import NightshiftCore
import Testing

struct NearestNameTests {
    @Test(arguments: [
        ("promt", "prompt"), ("PROMPT", "prompt"), ("pormpt", "prompt"), ("imgae", "image"), ("seeds", "seed"),
        ("widht", "width"),
    ])
    func findsWhatWasMeant(_ written: String, _ meant: String) {
        let names = ["prompt", "image", "seed", "width"]
        #expect(NearestName.suggestion(for: written, among: names) == meant)
    }

    @Test(arguments: ["temperature", "x", "", "imprompt2you"])
    func staysSilentWhenNothingIsNear(_ written: String) {
        #expect(NearestName.suggestion(for: written, among: ["prompt", "image", "seed"]) == nil)
    }

    @Test func listsTheNamesAndTheSuggestion() {
        #expect(
            NearestName.help(for: "promt", among: ["image", "prompt"])
                == "did you mean 'prompt'?")
        #expect(NearestName.help(for: "zzzzzz", among: ["image"]) == "expected one of: image")
    }

    @Test func aDiagnosticReadsLikeACompilerMessage() {
        let place = SourceLocation(file: "jobs/x.yaml", line: 12, column: 3)
        let diagnostic = Diagnostic("unknown key 'promt'", at: place, help: "expected one of: prompt")
        #expect(diagnostic.description == "jobs/x.yaml:12:3: error: unknown key 'promt'\n    expected one of: prompt")
        #expect(
            Diagnostic("no rows", at: SourceLocation(file: "a.csv", line: 3)).description == "a.csv:3: error: no rows")
    }
}
