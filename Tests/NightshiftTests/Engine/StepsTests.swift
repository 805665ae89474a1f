import Foundation
import LosslessJSON
import NightshiftCore
import ReplicateServer
import Synchronization
import TestSupport
import Testing

@testable import Nightshift

/// Several steps for each row: real runs against a real server.
@Suite(.timeLimit(.minutes(2)))
struct StepsTests {
    /// The first step sleeps and tells its text, the second makes a file of what the first has told.
    private static func chain(
        _ inputs: String = "{ range: [1, 6] }", first: String = "", second: String = "", more: String = "",
        says: String = "after {{ tell.output }}"
    ) -> String {
        """
        job: chain
        inputs: \(inputs)
        key: "row-{{ value }}"
        outputs: { directory: out, name: "n{{ value }}" }
        rate: unlimited
        \(more)
        steps:
          make:
            needs: tell
            model: nightshift/sleeper
            input: { seconds: 0, bytes: 200, text: "\(says)" }
            \(second)
          tell:
            model: nightshift/sleeper
            input: { seconds: 0, text: "text {{ value }}" }
            \(first)
        """
    }

    @Test func eachItemIsMadeFromTheResultOfItsOwnRow() async throws {
        try await withServer { server, baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.chain())
            let report = try await job.run()
            #expect(report.end == .completed)
            #expect(report.counts.succeeded == 12)
            #expect(server.counts.accepted == 12)
            #expect(try job.folder.text("out/tell/n3.txt") == "text 3")
            #expect(job.folder.names(in: "out/make").sorted() == (1...6).map { "n\($0).bin" })
            _ = try await job.engine.job(at: job.manifest).export(to: job.folder.path("export"))
            let results = try job.lines("export/results.jsonl")
            #expect(results.count == 12)
            let third = try #require(results.first { $0["key"] == "row-3.make" })
            #expect(third["input"]?["text"] == "after text 3")
            #expect(third["step"] == "make")
            // Another job takes the results of one step.
            let next = try job.folder.write(
                "next.yaml",
                """
                job: next
                model: nightshift/hello-world
                inputs: { run: chain, where: { step: make } }
                input: { text: "{{ key }}" }
                """)
            #expect(try await job.engine.job(at: next).plan().firstItems.first?.input["text"] == "row-1.make")
            // Everything is done.
            #expect(try await job.run().counts.succeeded == 12)
            #expect(server.counts.accepted == 12)
        }
    }

    @Test func aFileOfAStepIsAFileInputOfTheNext() async throws {
        let manifest = """
            job: postcards
            provider: { local: { models: { me/size: "python3 size.py" } } }
            inputs: { list: [{ place: Oslo, seed: 1 }, { place: Rome, seed: 2 }] }
            outputs: { directory: out, name: "{{ place }}" }
            steps:
              draw: { model: nightshift/poster, input: { prompt: "{{ place }}", seed: "{{ seed }}" } }
              measure: { needs: draw, model: me/size, input: { image: { file: "{{ draw.file }}" }, of: "{{ draw.name }}" } }
            """
        let job = try JobFolder(manifest)
        try job.folder.write(
            "size.py",
            """
            import json, os, sys
            data = json.load(sys.stdin)
            print(json.dumps("%s %d" % (data["of"], os.path.getsize(data["image"]))))
            """)
        let report = try await job.run()
        #expect(report.counts.succeeded == 4, "\(report.failureReasons)")
        for place in ["Oslo", "Rome"] {
            let size = try #require(
                FileManager.default.attributesOfItem(atPath: job.folder.path("out/draw/\(place).png"))[.size] as? Int)
            #expect(try job.folder.text("out/measure/\(place).txt") == "draw/\(place) \(size)")
        }
    }

    @Test func noStepWaitsForAllItemsOfAnother() async throws {
        try await withServer { server, baseURL in
            // One row takes much longer; all others are finished to the end meanwhile.
            let inputs = "{ list: [{ value: 1, s: 5 }, { value: 2, s: 0 }, { value: 3, s: 0 }] }"
            let job = try JobFolder(
                baseURL: baseURL,
                Self.chain(inputs).replacing(
                    #"{ seconds: 0, text: "text {{ value }}" }"#,
                    with: #"{ seconds: "{{ s }}", text: "text {{ value }}" }"#))
            let order = Mutex<[String]>([])
            let report = try await job.engine.job(at: job.manifest).run() { notice in
                guard case .progressed(_, let changes, _) = notice else { return }
                order.withLock { $0 += changes.filter { $0.state == "succeeded" }.map(\.key) }
            }
            #expect(report.counts.succeeded == 6)
            let ended = order.withLock { $0 }
            let slow = try #require(ended.firstIndex(of: "row-1.tell"))
            for key in ["row-2.make", "row-3.make"] { #expect(try #require(ended.firstIndex(of: key)) < slow) }
        }
    }

    @Test func eachStepHasItsOwnConcurrency() async throws {
        try await withServer { server, baseURL in
            let job = try JobFolder(
                baseURL: baseURL,
                Self.chain("{ range: [1, 12] }", first: "concurrency: 6", second: "concurrency: 1")
                    .replacing("seconds: 0", with: "seconds: 0.1"))
            let running = Mutex<[String: Set<String>]>([:])
            let most = Mutex<[String: Int]>([:])
            let report = try await job.engine.job(at: job.manifest).run() { notice in
                guard case .progressed(_, let changes, _) = notice else { return }
                for change in changes {
                    let step = change.key.hasSuffix("tell") ? "tell" : "make"
                    let count = running.withLock { running in
                        if ["submitting", "running"].contains(change.state) {
                            running[step, default: []].insert(change.key)
                        } else {
                            running[step]?.remove(change.key)
                        }
                        return running[step]?.count ?? 0
                    }
                    most.withLock { $0[step] = max($0[step] ?? 0, count) }
                }
            }
            #expect(report.counts.succeeded == 24)
            #expect(most.withLock { $0["make"] } == 1)
            #expect(most.withLock { $0["tell"] ?? 0 } > 1)
        }
    }

    @Test func aFailedStepFailsItsFollowersWithItsReasonAndARetryTakesThemAlong() async throws {
        try await withServer { server, baseURL in
            let inputs = #"{ list: [{ value: 1, why: "" }, { value: 2, why: "no such colour" }] }"#
            let manifest = Self.chain(inputs).replacing(
                #"{ seconds: 0, text: "text {{ value }}" }"#,
                with: #"{ seconds: 0, text: "text {{ value }}", fail: "{{ why }}" }"#)
            let job = try JobFolder(baseURL: baseURL, manifest)
            let report = try await job.run()
            #expect(report.end == .completed)
            #expect(report.counts.succeeded == 2)
            #expect(report.counts.failed == 2)
            #expect(server.counts.accepted == 3)
            let failed = try await job.items(in: [.failed])
            #expect(failed.map(\.key).sorted() == ["row-2.make", "row-2.tell"])
            let follower = try #require(failed.first { $0.key == "row-2.make" })
            #expect(follower.failure == "the step 'tell' failed: no such colour")
            #expect(follower.attempts == 0)
            let steps = try await job.engine.job(at: job.manifest).status().steps
            #expect(steps.map(\.name) == ["tell", "make"])
            #expect(steps[1].states.map { "\($0.count) \($0.state)" } == ["1 succeeded", "1 failed"])

            // Nothing is tried again by itself, and both together when asked for.
            _ = try await job.run()
            #expect(server.counts.accepted == 3)
            _ = try await job.run(RunOptions(retryFailed: true))
            #expect(server.counts.accepted == 4)
            #expect(try await job.items(in: [.failed]).count == 2)

            // The mended row is run through, the other one is kept.
            try job.folder.write("job.yaml", manifest.replacing("no such colour", with: ""))
            let mended = try await job.run()
            #expect(mended.counts.succeeded == 4)
            #expect(server.counts.accepted == 6)
        }
    }

    @Test func aRetryOfOneItemTakesWhatFollowsFromIt() async throws {
        try await withServer(faults: "fail=1") { server, baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.chain("{ range: [1, 2] }", more: "retry: { attempts: 1 }"))
            _ = try await job.run()
            let failed = try await job.items(in: [.failed])
            #expect(failed.count == 4)
            let answer = try await job.engine.job(at: job.manifest).control(.retry(keys: ["row-1.tell"]))
            guard case .retried(let outcome) = answer else {
                Issue.record("\(answer)")
                return
            }
            #expect(outcome.count == 2)
            #expect(try await job.items(in: [.pending]).map(\.key).sorted() == ["row-1.make", "row-1.tell"])
        }
    }

    @Test func whatIsNotMadeYetIsShownByItsTemplate() async throws {
        try await withServer { _, baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.chain("{ list: [1, 2] }"))
            _ = try await job.run(RunOptions(selection: ItemSelection(keys: ["row-2.tell"])))
            let opened = try job.engine.job(at: job.manifest)
            #expect(try await opened.show(item: "row-1.make").input["text"] == "after {{ tell.output }}")
            _ = try await job.run()
            #expect(try await opened.show(item: "row-1.make").input["bytes"] == 200)
            // A file that is gone is told.
            try FileManager.default.removeItem(atPath: job.folder.path("out/make/n1.bin"))
            let report = try await job.run()
            #expect((report.missingFiles, report.missingExamples) == (1, ["make/n1.bin"]))
        }
    }

    @Test func changingAStepRunsItAndWhatNeedsItAgainAndNothingElse() async throws {
        try await withServer { server, baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.chain())
            _ = try await job.run()
            #expect(server.counts.accepted == 12)
            // The last step alone.
            try job.folder.write("job.yaml", Self.chain(says: "later {{ tell.output }}"))
            let plan = try await job.engine.job(at: job.manifest).plan()
            #expect(plan.problemCount == 0)
            #expect((plan.items, plan.changed, plan.done) == (12, 6, 6))
            #expect(plan.steps == ["make": 6])
            #expect(try await job.run().counts.succeeded == 12)
            #expect(server.counts.accepted == 18)
            // The first, and so both.
            try job.folder.write(
                "job.yaml",
                Self.chain(says: "later {{ tell.output }}").replacing("text {{ value }}", with: "word {{ value }}"))
            #expect(try await job.engine.job(at: job.manifest).plan().steps == ["make": 6, "tell": 6])
            #expect(try await job.run().counts.succeeded == 12)
            #expect(server.counts.accepted == 30)
            #expect(try job.folder.text("out/tell/n3.txt") == "word 3")
            // A policy alone changes nothing.
            try job.folder.write(
                "job.yaml",
                Self.chain(second: "concurrency: 3", says: "later {{ tell.output }}")
                    .replacing("text {{ value }}", with: "word {{ value }}"))
            #expect(try await job.engine.job(at: job.manifest).plan().toDo == 0)
            // Without its second step the job is done, and nothing of it is lost.
            try job.folder.write(
                "job.yaml",
                """
                job: chain
                inputs: { range: [1, 6] }
                key: "row-{{ value }}"
                outputs: { directory: out, name: "n{{ value }}" }
                steps:
                  tell: { model: nightshift/sleeper, input: { seconds: 0, text: "word {{ value }}" } }
                """)
            let less = try await job.run()
            #expect(less.counts.succeeded == 6)
            #expect(less.counts.withdrawn == 6)
            #expect(server.counts.accepted == 30)
        }
    }

    @Test func onlyWhatIsChosenIsDoneWithWhatItNeeds() async throws {
        try await withServer { server, baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.chain())
            var options = RunOptions()
            options.selection = ItemSelection(keys: ["row-4.make"])
            _ = try await job.run(options)
            #expect(try await job.items(in: [.succeeded]).map(\.key).sorted() == ["row-4.make", "row-4.tell"])
            #expect(server.counts.accepted == 2)
        }
    }

    @Test func aCanaryGoesThroughAllSteps() async throws {
        try await withServer { server, baseURL in
            let job = try JobFolder(baseURL: baseURL, Self.chain("{ range: [1, 20] }", more: "concurrency: 8"))
            let report = try await job.run(RunOptions(canary: 3))
            #expect(report.counts.succeeded == 6)
            #expect(server.counts.accepted == 6)
            guard case .canary = report.end else {
                Issue.record("\(report.end)")
                return
            }
        }
    }

    @Test func aCanaryThatIsLongerThanAPageEnds() async throws {
        try await withServer { server, baseURL in
            let job = try JobFolder(
                baseURL: baseURL,
                Self.chain("{ range: [1, 50] }", first: "concurrency: 16", second: "concurrency: 1"))
            let report = try await job.run(RunOptions(canary: 40))
            #expect(report.counts.succeeded == 80)
            #expect(server.counts.accepted == 80)
        }
    }

    @Test func filesOfManyItemsThatWaitForTheRateKeepNobodyBusy() async throws {
        var configuration = EmbeddedServer.Configuration()
        configuration.commands = ["me/size": "python3 -c 'print(1)'"]
        let server = EmbeddedServer(configuration: configuration)
        try await server.whileRunning { baseURL in
            let job = try JobFolder(
                baseURL: baseURL,
                """
                job: sized
                inputs: { range: [1, 60] }
                rate: 20/s
                concurrency: 24
                steps:
                  make: { model: nightshift/sleeper, input: { seconds: 0, bytes: 100, text: "item {{ value }}" } }
                  size: { needs: make, model: me/size, input: { image: { file: "{{ make.file }}" } } }
                """)
            let report = try await job.run()
            #expect(report.counts.succeeded == 120)
            #expect(server.counts.accepted == 120)
        }
    }

    @Test func theMoneyOfAllStepsIsOneBudget() async throws {
        try await withServer { server, baseURL in
            let job = try JobFolder(
                baseURL: baseURL,
                Self.chain(
                    "{ range: [1, 20] }", first: "price: { per_prediction: 1 }", second: "price: { per_prediction: 3 }",
                    more: "budget: { cost: 20 }\nconcurrency: 2"))
            let report = try await job.run()
            _ = try #require(report.exhaustedBudget, "ended with \(report.end)")
            let store = try Store(readingAt: job.engine.job(at: job.manifest).paths.storePath)
            let run = try #require(try await store.latestRun())
            let spending = try await store.reports.totals(of: run).spending
            let cost = (spending["tell"]?.predictions ?? 0) + 3 * (spending["make"]?.predictions ?? 0)
            #expect(cost <= 20 && cost > 16)
            #expect(server.counts.accepted == spending.values.reduce(0) { $0 + $1.predictions })
        }
    }

    @Test func aPlanKnowsWhatOneStepGivesAndTheNextDoesNotTake() async throws {
        let manifest = """
            job: book
            provider: local
            inputs: { list: [Ada] }
            outputs: { name: page }
            steps:
              tell: { model: nightshift/storyteller, input: { prompt: "{{ value }}" } }
              paint: { needs: tell, model: nightshift/poster, input: { prompt: "{{ tell.output }}", seeds: 1 } }
            """
        let job = try JobFolder(manifest)
        let plan = try await job.engine.job(at: job.manifest).plan()
        #expect(plan.problemCount == 2)
        #expect(plan.problems.map(\.kind).sorted() == ["type", "unknown"])
        #expect(plan.problems.contains { $0.lines.joined().contains("write {{ tell.text }}") })
        #expect(await job.failure()?.code == .invalidManifest)

        try job.folder.write(
            "job.yaml", manifest.replacing("tell.output", with: "tell.text").replacing(", seeds: 1", with: ""))
        let sound = try await job.engine.job(at: job.manifest).plan()
        #expect(sound.problemCount == 0)
        #expect(sound.firstItems.map(\.key).map { $0.split(separator: ".").last } == ["tell", "paint"])
        #expect(sound.firstItems.last?.input["prompt"] == "{{ tell.text }}")
        #expect(try await job.run().counts.succeeded == 2)
        #expect(job.folder.names(in: "out/book/paint") == ["page.png"])
    }

    @Test func whatWasSpentBeforeTheJobHadStepsCountsForTheBudget() async throws {
        try await withServer { server, baseURL in
            let job = try JobFolder(
                baseURL: baseURL,
                """
                job: chain
                model: nightshift/sleeper
                inputs: { range: [1, 10] }
                input: { seconds: 0, text: "before {{ value }}" }
                outputs: { directory: out }
                rate: unlimited
                price: { per_prediction: 1 }
                """)
            #expect(try await job.run().counts.succeeded == 10)
            try job.folder.write(
                "job.yaml",
                Self.chain(
                    "{ range: [1, 20] }", first: "price: { per_prediction: 1 }", second: "price: { per_prediction: 3 }",
                    more: "budget: { cost: 33 }\nconcurrency: 1"))
            let report = try await job.run()
            _ = try #require(report.exhaustedBudget, "ended with \(report.end)")
            // Ten at the dearest price, and no more than three are left.
            #expect(server.counts.accepted > 10 && server.counts.accepted <= 13)
        }
    }

    @Test func whatARetryWouldSendIsCheckedToo() async throws {
        let job = try JobFolder(
            """
            job: wrong
            provider: local
            model: nightshift/poster
            inputs: { list: [Ada] }
            input: { prompt: "{{ value }}" }
            retry: { set: { seeds: "{{ random }}", style: noon } }
            """)
        let plan = try await job.engine.job(at: job.manifest).plan()
        #expect(plan.problems.map(\.kind).sorted() == ["choice", "unknown"])
    }

    @Test func whatAnAnswerNamesIsNoFileOfThisMachine() async throws {
        // A model that answers with a path gets its words sent, never the file.
        let manifest = """
            job: hostile
            provider: { local: { models: { me/path: "python3 path.py", me/say: "cat" } } }
            inputs: { list: [1] }
            steps:
              name: { model: me/path, input: {} }
              read: { needs: name, model: me/say, input: { text: "{{ name.output }}", file: { file: "{{ name.files[3] }}" } } }
            """
        let job = try JobFolder(manifest)
        try job.folder.write("path.py", #"print('"/etc/passwd"')"#)
        let report = try await job.run()
        #expect(report.counts.succeeded == 1)
        let failed = try await job.items(in: [.failed])
        #expect(failed.first?.failure?.contains("has no element 3") == true)
    }
}
