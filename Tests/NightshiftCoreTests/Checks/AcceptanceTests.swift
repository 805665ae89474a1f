import LosslessJSON
import Testing

@testable import NightshiftCore

struct AcceptanceTests {
    private func file(
        _ bytes: Int64 = 1000, _ type: String? = "image/png", size: (Int, Int)? = (512, 256), text: String? = nil,
        sha256: String = "aa", duration: Double? = nil
    ) -> ResultFacts.File {
        var file = ResultFacts.File(bytes: bytes, mediaType: type, sha256: sha256)
        file.size = size.map { PictureSize(width: $0.0, height: $0.1) }
        (file.text, file.duration) = (text, duration)
        return file
    }

    private func text(_ text: String, _ type: String = "text/plain") -> ResultFacts.File {
        file(Int64(text.utf8.count), type, size: nil, text: text)
    }

    private func refusal(_ files: [ResultFacts.File], _ change: (inout Acceptance) throws -> Void) rethrows -> String? {
        var rule = Acceptance()
        try change(&rule)
        return rule.refusal(of: ResultFacts(files: files))
    }

    @Test func boundsIncludeTheirEnds() {
        #expect(refusal([file(1000)]) { $0.bytes = .init(least: 1000, most: 1000) } == nil)
        #expect(refusal([file(999)]) { $0.bytes = .init(least: 1000) } == "the file has 999 bytes, fewer than 1000")
        #expect(refusal([file(1001)]) { $0.bytes = .init(most: 1000) } == "the file has 1001 bytes, more than 1000")
        #expect(
            refusal([file(), file(5)]) { $0.bytes = .init(least: 10) } == "file number 2 has 5 bytes, fewer than 10")
        #expect(refusal([]) { $0.bytes = .init(least: 10) } == nil)
    }

    @Test func mediaTypesAreExactOrOfAKind() {
        #expect(refusal([file()]) { $0.media = ["image/*"] } == nil)
        #expect(refusal([file()]) { $0.media = ["image/jpeg", "image/png"] } == nil)
        #expect(refusal([file()]) { $0.media = ["image/jpeg"] } == "the file is image/png and not image/jpeg")
        #expect(refusal([file(1, "imagery/x")]) { $0.media = ["image/*"] } != nil)
        #expect(refusal([file(1, nil)]) { $0.media = ["image/*"] } == "the file is of an unknown type and not image/*")
        #expect(refusal([]) { $0.media = ["image/*"] } == "it has no file")
        #expect(refusal([text("{}", "application/json")]) { $0.media = ["image/*"] } != nil)
        // What the model says beside its pictures is no file of theirs.
        #expect(refusal([file(), text("{}", "application/json")]) { $0.media = ["image/*"] } == nil)
        #expect(refusal([file(), file(9, "text/html", size: nil)]) { $0.media = ["image/*"] } != nil)
    }

    @Test func picturesHaveASize() {
        #expect(refusal([file()]) { $0.width = .init(least: 512, most: 512) } == nil)
        #expect(refusal([file()]) { $0.width = .init(least: 513) } == "the file is 512 pixels, fewer than 513, wide")
        #expect(refusal([file()]) { $0.height = .init(most: 255) } == "the file is 256 pixels, more than 255, high")
        #expect(
            refusal([file(1, "application/pdf", size: nil)]) { $0.width = .init(least: 1) }
                == "the file is application/pdf, and tells no size in pixels")
        #expect(
            refusal([file(1, "video/mp4", duration: 1.25)]) { $0.duration = .init(least: 2) }
                == "the file takes 1.25 seconds, less than 2")
        #expect(refusal([file(1, "video/mp4", duration: 2)]) { $0.duration = .init(least: 2, most: 2) } == nil)
        #expect(refusal([file()]) { $0.duration = .init(least: 2) } == "the file is image/png, and tells no duration")
    }

    @Test func textsAreMeasuredWithoutBlanksAroundThem() throws {
        func rule(_ change: (inout Acceptance.TextRule) throws -> Void) rethrows -> Acceptance.TextRule {
            var rule = Acceptance.TextRule()
            try change(&rule)
            return rule
        }
        #expect(
            refusal([text("\n ab \n")]) { $0.text = rule { $0.minLength = 3 } }
                == "its text has 2 characters, fewer than 3")
        #expect(refusal([text("abc")]) { $0.text = rule { ($0.minLength, $0.maxLength) = (3, 3) } } == nil)
        #expect(
            refusal([text("abcd")]) { $0.text = rule { $0.maxLength = 3 } } == "its text has 4 characters, more than 3")
        let total = try TextPattern("Total: [0-9]+")
        let sorry = try TextPattern("(?i)sorry")
        #expect(refusal([text("Total: 4")]) { $0.text = rule { $0.matches = [total] } } == nil)
        #expect(
            refusal([text("total")]) { $0.text = rule { $0.matches = [total] } }
                == "its text does not match 'Total: [0-9]+'")
        #expect(
            refusal([text("I am Sorry")]) { $0.text = rule { $0.notMatches = [sorry] } }
                == "its text matches '(?i)sorry', which it must not")
        #expect(refusal([file()]) { $0.text = rule { $0.minLength = 0 } } == "it has no text")
    }

    @Test func jsonIsParsedAndHeldAgainstItsSchema() throws {
        let schema = try ResultSchema(["required": ["score"]])
        #expect(refusal([text(#"{"score": 1}"#)]) { $0.json = .schema(schema) } == nil)
        #expect(refusal([text("{}")]) { $0.json = .schema(schema) } == "its JSON has no 'score'")
        #expect(refusal([text("no, thanks")]) { $0.json = .schema(schema) } == "its text is no JSON: 'no, thanks'")
        #expect(refusal([file()]) { $0.json = .schema(schema) } == "it has no text")
    }

    @Test func anEchoIsNoResult() {
        var facts = ResultFacts(files: [text(" hello\n")])
        facts.input = ["prompt": "hello", "style": "", "seed": 1]
        var rule = Acceptance()
        rule.notEqualToInput = .all
        #expect(rule.refusal(of: facts) == "its text is the same as the input 'prompt'")
        rule.notEqualToInput = .named(["style"], at: SourceLocation(file: "job.yaml"))
        #expect(rule.refusal(of: facts) == nil)
        facts = ResultFacts(files: [file(sha256: "11"), file(sha256: "22")])
        facts.inputFiles = [ItemFile(pointer: [.key("image")], path: "a.png", sha256: "22", size: 3)]
        rule.notEqualToInput = .all
        #expect(rule.refusal(of: facts) == "file number 2 is the same as the input 'image'")
        rule.notEqualToInput = .named(["mask"], at: SourceLocation(file: "job.yaml"))
        #expect(rule.refusal(of: facts) == nil)
    }

    /// The breaker compares failures by what is the same in all of them.
    @Test func refusalsOfOneKindHaveOneNormalForm() {
        let reasons = [3, 40, 500].map { size in refusal([file(Int64(size))]) { $0.bytes = .init(least: 1000) } ?? "" }
        #expect(Set(reasons.map(FailureText.normalForm)).count == 1)
    }
}
