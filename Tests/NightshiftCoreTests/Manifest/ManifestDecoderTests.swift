import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateAPI
import Testing

@Suite(.timeLimit(.minutes(1)))
struct ManifestDecoderTests {
    private func decode(_ text: String) throws -> Manifest {
        try ManifestDecoder.decode(Array(text.utf8), file: "jobs/x.yaml")
    }

    private func policies(_ text: String) throws -> Manifest {
        try decode("job: x\nmodel: a/b\ninputs: { list: [a] }\ninput: {}\n\(text)\n")
    }

    @Test func readsTheWholeShape() throws {
        let manifest = try decode(
            """
            job: portraits
            model: stability-ai/sdxl            # owner/name, owner/name:version, or {deployment: owner/name}
            provider: replicate

            inputs:
              csv: prompts.csv
              where: { lang: en }
            matrix:
              seed: { range: [1, 4] }
              style: [oil, ink]
            exclude:
              - { style: ink, seed: 4 }

            input:
              prompt: "a portrait of {{ name }}, {{ style }}"
              seed: "{{ seed }}"
              image: { file: "photos/{{ photo }}" }

            key: "{{ name }}-{{ style }}-{{ seed }}"
            outputs: { directory: out/portraits, name: "{{ name }}-{{ style }}-{{ seed }}" }

            concurrency: 64
            rate: 600/min
            retry: { attempts: 5, backoff: { initial: 1s, factor: 2, max: 5m, jitter: full } }
            timeout: { start: 20m, run: 10m }
            budget: { predictions: 5000, predict_time: 10h, failures: 5% }
            """)
        #expect(manifest.path == "jobs/x.yaml")
        #expect(manifest.job == "portraits")
        #expect(manifest.steps[0].model == .model(ModelReference(owner: "stability-ai", name: "sdxl")))
        #expect(manifest.provider == .replicate)
        guard case .table(.csv, let places)? = manifest.inputs.first?.kind else {
            Issue.record("expected one CSV source")
            return
        }
        #expect(places.map(\.label) == ["prompts.csv"])
        #expect(manifest.inputs[0].conditions.map(\.column) == ["lang"])
        #expect(manifest.matrix.columns.map(\.name) == ["seed", "style"])
        #expect(manifest.matrix.columns[0].values == [1, 2, 3, 4])
        #expect(manifest.matrix.combinationCount == 8)
        #expect(manifest.exclude.count == 1)
        #expect(manifest.steps[0].input.templates.count == 3)
        #expect(manifest.key?.placeholders.map(\.rootName) == ["name", "style", "seed"])
        #expect(manifest.outputs.directory == "out/portraits")
        #expect(manifest.steps[0].concurrency == 64)
        #expect(manifest.rate.creates == .limit(RateLimit(count: 600, per: .seconds(60))))
        #expect(manifest.rate.reads == .byProvider)
        #expect(manifest.steps[0].retry.attempts == 5)
        #expect(manifest.steps[0].retry.backoff == Backoff())
        #expect(manifest.steps[0].timeout == TimeoutSettings(start: .seconds(1200), run: .seconds(600)))
        #expect(
            manifest.budget
                == BudgetSettings(predictions: 5000, predictTime: .seconds(36000), failures: .share(0.05)))
        #expect(manifest.steps[0].wait == nil)
    }

    @Test func leavesDefaultsForWhatIsNotSaid() throws {
        let manifest = try policies("")
        #expect(manifest.outputs == OutputSettings(directory: "out/x"))
        #expect(manifest.steps[0].concurrency == nil)
        #expect(manifest.rate == RateSettings())
        #expect(manifest.steps[0].retry.attempts == 5)
        #expect(manifest.budget == BudgetSettings())
    }

    @Test func readsEveryFormOfModelAndProvider() throws {
        let rest = "\ninputs: { list: [a] }\ninput: {}\n"
        #expect(
            try decode("job: x\nmodel: a/b:c1" + rest).steps[0].model
                == .model(ModelReference(owner: "a", name: "b", version: "c1")))
        #expect(
            try decode("job: x\nmodel: { deployment: a/b }" + rest).steps[0].model == .deployment(owner: "a", name: "b")
        )
        #expect(try decode("job: x\nmodel: a/b\nprovider: local" + rest).provider == .local(commands: [:]))
        #expect(
            try decode("job: x\nmodel: a/b\nprovider: { local: { models: { a/b: python3 b.py } } }" + rest).provider
                == .local(commands: ["a/b": "python3 b.py"]))
        let cog = try decode("job: x\nprovider: { cog: { servers: [\"http://gpu-1:5000/\", https://h] } }" + rest)
        #expect(cog.provider == .cog(servers: ["http://gpu-1:5000", "https://h"]))
        #expect(cog.steps[0].model == nil)
    }

    @Test func readsEveryFormOfRate() throws {
        let neither = try policies("rate: unlimited").rate
        #expect(neither.creates == .unlimited)
        #expect(neither.reads == .unlimited, "the word alone lifts both limits")
        #expect(try policies("rate: { creates: unlimited }").rate.reads == .byProvider)
        #expect(try policies("rate: 10/s").rate.reads == .byProvider)
        #expect(try policies("rate: 10/s").rate.creates == .limit(RateLimit(count: 10, per: .seconds(1))))
        #expect(try policies("rate: 1000/h").rate.creates == .limit(RateLimit(count: 1000, per: .seconds(3600))))
        let both = try policies("rate: { creates: 600/min, reads: unlimited }").rate
        #expect(both.creates == .limit(RateLimit(count: 600, per: .seconds(60))))
        #expect(both.reads == .unlimited)
        #expect(both.reads.limit(byProvider: RateLimit(count: 1, per: .seconds(1))) == nil)
        #expect(RateSettings().reads.limit(byProvider: RateLimit(count: 1, per: .seconds(1)))?.count == 1)
    }

    @Test func readsOtherPolicies() throws {
        #expect(try policies("budget: { failures: 12 }").budget.failures == .count(12))
        #expect(try policies("budget: { failures: 0.5% }").budget.failures == .share(0.005))
        #expect(BudgetSettings.Failures.share(0.05).limit(ofItems: 1000) == 50)
        #expect(try policies("budget: { failures: 12 }").budget.sameFailures == 10)
        #expect(try policies("budget: { same_failures: 3 }").budget.sameFailures == 3)
        #expect(try policies("budget: { same_failures: off }").budget.sameFailures == nil)
        #expect(try policies("budget: { wall_time: 8h }").budget.wallTime == .seconds(8 * 3600))
        let costs = try policies("budget: { cost: 2.5 }\nprice: { per_second: 0.000975, per_prediction: 0.01 }")
        #expect(costs.budget.cost == 2.5)
        #expect(costs.steps[0].price == PriceSettings(perSecond: 0.000975, perPrediction: 0.01))
        #expect(costs.steps[0].price?.cost(predictions: 100, predictTime: 1000) == 1.975)
        #expect(try policies("wait: 10s").steps[0].wait == .seconds(10))
        #expect(
            try policies("retry: { backoff: { initial: 250ms, jitter: none } }").steps[0].retry.backoff.jitter == .none)
    }

    @Test func readsSourcesToAppend() throws {
        let manifest = try decode(
            """
            job: x
            model: a/b
            inputs:
              - list: [a, { value: b, note: c }]
              - { range: { from: 0.5, to: 1, step: 0.25 }, offset: 1, limit: 1 }
              - { lines: words.txt }
              - { files: [scans/*.png, more/**/*.png] }
            input: { text: "{{ value | default('none') }}" }
            """)
        #expect(manifest.inputs.count == 4)
        #expect(manifest.inputs[1].offset == 1)
        #expect(manifest.inputs[1].limit == 1)
        guard case .range(let range) = manifest.inputs[1].kind else {
            Issue.record("expected a range")
            return
        }
        #expect((0..<range.count).map { range.number(at: $0).literal } == ["0.5", "0.75", "1"])
    }

    @Test func keepsAnInputNamedFileApartFromFiles() throws {
        let manifest = try policies("")
        #expect(manifest.steps[0].input == .object([]))
        let other = try decode("job: x\nmodel: a/b\ninputs: { list: [a] }\ninput: { file: a, b: { file: c } }\n")
        guard case .object(let members) = other.steps[0].input else {
            Issue.record("expected an object")
            return
        }
        #expect(members[0].value == .literal("a"))
        guard case .file = members[1].value else {
            Issue.record("expected a file")
            return
        }
    }

    @Test func everyKeyIsDocumented() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../Sources/NightshiftCore/Documentation.docc/Manifest.md")
        let text = try String(contentsOf: path, encoding: .utf8)
        for section in ManifestSection.allCases {
            for key in section.keys {
                #expect(text.contains("`\(key)`"), "'\(key)' of \(section.rawValue) is not in Manifest.md")
            }
        }
        for filter in Filter.allCases {
            #expect(text.contains("`\(filter.rawValue)`"), "filter '\(filter.rawValue)' is not in Manifest.md")
        }
    }
}

struct DurationTextTests {
    @Test(arguments: [
        ("1s", 1000), ("5m", 300_000), ("10h", 36_000_000), ("1h30m", 5_400_000), ("250ms", 250), ("1m30s", 90_000),
        ("1h1m1s1ms", 3_661_001), ("0s", 0),
    ])
    func readsAndWrites(_ text: String, _ milliseconds: Int) {
        #expect(DurationText.parse(text) == .milliseconds(milliseconds))
        #expect(DurationText.format(.milliseconds(milliseconds)) == text)
    }

    @Test(arguments: ["", "5", "s", "5 m", "1.5h", "-1s", "30m1h", "1s1s", "1d", "1h 30m", "99999999999s", "١s"])
    func refusesOtherTexts(_ text: String) {
        #expect(DurationText.parse(text) == nil)
    }
}
