import Foundation
import LosslessJSON
import NightshiftCore
import TestSupport
import Testing

/// The JSON Schema that editors get and the decoder that runs get must judge every manifest alike.
@Suite(.timeLimit(.minutes(2)), .enabled(if: SchemaJudge.problem == nil, "there is no judge of JSON Schemas here"))
struct ManifestSchemaTests {
    /// Mistakes that a JSON Schema has no words for, each with the reason. They are judged valid by it.
    static let beyondASchema: [String: String] = {
        let templates = "what a template means is no matter of its pattern"
        let names = "which names a template may use follows from other parts of the manifest"
        let size = "the length of a duration is no matter of its form"
        return [
            "aRangeThatNeverEnds": "one number depends on another",
            "aRangeOfAllNumbers": "one number depends on another", "aLimitOfNothing": "",
            "aConditionOnAnUnknownColumn": names, "aMatrixTooLarge": "a product of lengths",
            "aMatrixColumnTooLong": "a range counts values that are not written",
            "aMatrixNameOfAColumn": "names in one place that must not be in another",
            "anExclusionThatNeverApplies": "values in one place that must be in another",
            "anExclusionOfAnUnknownColumn": names, "anUnknownName": names, "anUnknownNameInABlock": names,
            "anUnknownNameForOneOfTwoSources": names, "anUnclosedTemplate": templates, "anEmptyTemplate": templates,
            "aCalculation": templates, "anUnknownFilter": templates, "aFilterWithoutItsArgument": templates,
            "aFilterWithAnArgumentTooMany": templates, "theKeyInItself": names,
            "anOutputNameThatClimbs": "a path with templates in it",
            "anAbsoluteOutputName": "a path with templates in it",
            "aDurationTooLong": size, "aBackoffThatShrinks": "one duration depends on another", "aWaitTooLong": size,
            "aWaitOfHalfASecond": size, "aWindowWithoutLength": "one time depends on the other",
            "conditionsThatNothingCanMeet": "one number depends on another",
            "aResultSchemaWithAMistake": "which keywords are checked is no matter of draft 7",
            "aChangeByAnUnknownName": names, "aPriorityByAnUnknownName": names,
            "itsOwnResultsAsRows": "a name in one place that must not be in another",
            "anInclusionThatHidesAColumn": names, "theKeyOfContentInItsContent": names,
            "aStepThatIsNotThere": names, "stepsInACircle": names,
            "aResultOfAStepThatIsNotNeeded": names, "aPartThatNoResultHas": names,
            "aFilePutTogetherFromAResult": templates, "aStepNamedLikeAColumn": names,
            "aTextCutByKeysOfOtherTables": "one key depends on another",
            "anAddressOfNoDataset": "the parts of an address",
            "filtersWithWrongArguments": templates, "aSampleOfTwoSizes": "one of two keys, but not both",
            "anExportOfItemsInAnUnknownState": "filters have a grammar of their own",
            "twoExportsIntoOneDirectory": "one export depends on another",
            "aMarkForExcelInNoTable": "one key depends on the value of another",
            "aSizeOfWhatHasNone": "one key depends on the value of another",
        ].filter { !$0.value.isEmpty }
    }()

    private func json(_ text: String) -> JSONValue? {
        let (document, diagnostics) = YAMLParser.parse(Array(text.utf8), file: "jobs/x.yaml")
        // What is wrong with the YAML itself never reaches a schema.
        return diagnostics.isEmpty ? document?.json : nil
    }

    private func isDecoded(_ text: String) -> Bool {
        (try? ManifestDecoder.decode(Array(text.utf8), file: "jobs/x.yaml")) != nil
    }

    @Test func refusesEveryBadManifestButThoseBeyondASchema() throws {
        let all =
            BadManifest.whole + BadManifest.inputs + BadManifest.templates + BadManifest.policies
            + BadManifest.scheduling + BadManifest.steps
        let judged = all.compactMap { bad in json(bad.text).map { (bad.name, $0) } }
        #expect(judged.count >= 70)
        let verdicts = try SchemaJudge.verdicts(judged.map(\.1), schema: ManifestSchema.document)
        for ((name, _), verdict) in zip(judged, verdicts) {
            if let reason = Self.beyondASchema[name] {
                #expect(verdict == nil, "\(name) is told by the schema after all, but was excused: \(reason)")
            } else {
                #expect(verdict != nil, "\(name) passes the schema")
            }
        }
        let names = Set(judged.map(\.0))
        #expect(Self.beyondASchema.keys.filter { !names.contains($0) } == [])
    }

    @Test func takesEveryGoodManifest() throws {
        let jobs = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../jobs")
        let files = try FileManager.default.contentsOfDirectory(at: jobs, includingPropertiesForKeys: nil)
            .filter { $0.pathExtension == "yaml" }
        #expect(!files.isEmpty)
        let texts = GoodManifest.all + (try files.map { try String(contentsOf: $0, encoding: .utf8) })
        for text in texts { #expect(isDecoded(text), "\(text)") }
        let documents = try texts.map { try #require(json($0)) }
        let verdicts = try SchemaJudge.verdicts(documents, schema: ManifestSchema.document)
        for (text, verdict) in zip(texts, verdicts) { #expect(verdict == nil, "\(text)") }
    }

    @Test func everyKeyIsInAGoodManifest() throws {
        var used: Set<String> = []
        func collect(_ value: JSONValue) {
            for (key, member) in value.objectValue ?? [:] {
                used.insert(key)
                collect(member)
            }
            for element in value.arrayValue ?? [] { collect(element) }
        }
        for text in GoodManifest.all { collect(try #require(json(text))) }
        // A provider without settings is a word.
        used.insert("replicate")
        for section in ManifestSection.allCases {
            for key in section.keys { #expect(used.contains(key), "'\(key)' of \(section.rawValue)") }
        }
    }

    /// One value in its place, at the limits of what is allowed and beyond them.
    @Test func agreesWithTheDecoderAtEveryLimit() throws {
        let base = "job: x\nmodel: a/b\ninputs: { list: [a] }\ninput: {}\n"
        var texts: [String] = []
        for (line, values) in GoodManifest.limits {
            texts += values.map { base + line.replacing("%", with: $0) + "\n" }
        }
        for (text, values) in GoodManifest.wholeLimits { texts += values.map { text.replacing("%", with: $0) + "\n" } }
        let judged = texts.compactMap { text in json(text).map { (text, $0) } }
        let verdicts = try SchemaJudge.verdicts(judged.map(\.1), schema: ManifestSchema.document)
        var refused = 0
        for ((text, _), verdict) in zip(judged, verdicts) {
            #expect(isDecoded(text) == (verdict == nil), "\(text) \(verdict ?? "passes the schema")")
            refused += verdict == nil ? 0 : 1
        }
        #expect(refused > 100)
        #expect(judged.count - refused > 60)
    }

    @Test func everyKeyHasAShape() {
        func emptyShapes(_ value: JSONValue, at path: String) -> [String] {
            var found: [String] = []
            for (key, member) in value["properties"]?.objectValue ?? [:] {
                if member == true { found.append("\(path).\(key)") }
                found += emptyShapes(member, at: "\(path).\(key)")
            }
            for part in value["anyOf"]?.arrayValue ?? [] { found += emptyShapes(part, at: path) }
            for (name, part) in value["definitions"]?.objectValue ?? [:] { found += emptyShapes(part, at: name) }
            return found
        }
        #expect(emptyShapes(ManifestSchema.document, at: "manifest") == [])
    }
}
