import Foundation
import LosslessJSON
import NightshiftCore
import Synchronization
import TestSupport
import Testing

@testable import Nightshift

/// Gateways, firewalls and accounts between a run and its provider, over real connections.
@Suite(.timeLimit(.minutes(2)))
struct RefusalEndToEndTests {
    private func job(_ server: LoopbackServer, items: Int = 8, _ more: String = "concurrency: 1") throws -> JobFolder {
        try JobFolder(
            baseURL: server.url,
            """
            job: refused
            model: o/n
            inputs: { range: [1, \(items)] }
            input: { n: "{{ value }}" }
            key: "{{ value }}"
            outputs: { directory: out, name: "{{ value }}" }
            rate: unlimited
            \(more)
            """)
    }

    private static func number(_ request: LoopbackServer.Request) -> Int? {
        (try? JSONValue(parsing: request.body))?["input"]?["n"]?.intValue
    }

    private static func html(_ status: Int) -> LoopbackServer.Answer {
        LoopbackServer.Answer(
            status: status, headers: ["Content-Type": "text/html"],
            body: Array("<html><title>Attention Required!</title></html>".utf8))
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var status: Int
        var type: String
        var body: String
        var testDescription: String { "\(status) \(type) \(body)" }
    }

    private static let refusals = [
        Refusal(status: 403, type: "text/html", body: "<html>blocked</html>"),
        Refusal(status: 403, type: "text/plain", body: ""),
        Refusal(status: 401, type: "text/plain", body: "denied"),
        Refusal(status: 402, type: "application/json", body: #"{"message": "quota"}"#),
        Refusal(status: 404, type: "text/plain", body: "404 page not found"),
        Refusal(status: 406, type: "text/html", body: "<html>not acceptable</html>"),
        Refusal(status: 403, type: "application/json", body: #"{"error": {"code": 403}}"#),
    ]

    // MARK: - One item

    @Test(arguments: refusals, [1, 8]) func whatAFirewallRefusesForOneItemIsItsFailure(
        refusal: Refusal, concurrency: Int
    ) async throws {
        let api = FickleAPI { request, _ in
            guard request.method == "POST", Self.number(request) == 3 else { return nil }
            return LoopbackServer.Answer(
                status: refusal.status, headers: ["Content-Type": refusal.type], body: Array(refusal.body.utf8))
        }
        let server = try api.serve()
        let job = try job(server, "concurrency: \(concurrency)")
        let report = try await job.run()
        #expect(report.end == .completed)
        #expect(report.counts.succeeded == 7 && report.counts.failed == 1)
        #expect(api.inputs.count == 7)
        let failed = try await job.items(in: [.failed])
        #expect(failed.map(\.key) == ["3"])
        #expect(failed.first?.failureClass == "rejected")
        #expect(failed.first?.failure?.contains("\(refusal.status)") == true)
    }

    @Test func whatAFirewallRefusesForTheLastItemAloneIsItsFailureToo() async throws {
        let api = FickleAPI { request, _ in
            request.method == "POST" && Self.number(request) == 5 ? Self.html(403) : nil
        }
        let server = try api.serve()
        let report = try await job(server, items: 5).run()
        #expect(report.counts.succeeded == 4 && report.counts.failed == 1)
    }

    @Test func aFirewallThatRefusesEverythingForATimeFailsNothing() async throws {
        let refused = Mutex(0)
        let api = FickleAPI { request, _ in
            guard request.method == "POST", (Self.number(request) ?? 0) > 2 else { return nil }
            return refused.withLock { count in
                count += 1
                return count <= 6 ? Self.html(403) : nil
            }
        }
        let server = try api.serve()
        let told = Mutex<[String]>([])
        let job = try job(server)
        let report = try await job.engine.job(at: job.manifest).run() { notice in
            if case .announced(let announcement) = notice { told.withLock { $0.append(announcement.kind) } }
        }
        #expect(report.end == .completed)
        #expect(report.counts.succeeded == 8)
        #expect(told.withLock { $0 } == ["paused", "resumed"])
    }

    // MARK: - Results that are removed

    @Test func resultsThatAreAlwaysRemovedCostAFewPredictionsAndNoMore() async throws {
        let api = FickleAPI(FickleAPI.Manner(removesResults: true))
        let server = try api.serve()
        let job = try job(
            server, items: 40, "concurrency: 8\nretry: { attempts: 2, backoff: { initial: 10ms, max: 50ms } }")
        let report = try await job.run()
        guard case .breaker(.nothingStored) = report.end else {
            Issue.record("ended with \(report.end)")
            return
        }
        #expect(api.inputs.count < 20, "\(api.inputs.count) predictions were paid for")
        #expect(report.counts.predictions == api.inputs.count)
    }

    @Test(arguments: [1, 2, 3]) func anItemCostsNoMorePredictionsThanItsAttempts(attempts: Int) async throws {
        let api = FickleAPI(FickleAPI.Manner(removesResults: true))
        let server = try api.serve()
        let job = try job(
            server, items: 4,
            """
            concurrency: 4
            retry: { attempts: \(attempts), backoff: { initial: 10ms, max: 20ms } }
            budget: { same_failures: off }
            """)
        let report = try await job.run()
        #expect(report.end == .completed)
        #expect(report.counts.failed == 4)
        #expect(api.inputs.count == 4 * attempts)
    }

    // MARK: - Everything is missing

    @Test(arguments: [
        Refusal(status: 404, type: "text/plain", body: "404 page not found"),
        Refusal(status: 404, type: "application/json", body: #"{"message": "no Route matched"}"#),
        Refusal(status: 404, type: "application/json", body: #"{"detail": "Not Found", "status": 404}"#),
    ]) func aGatewayThatFindsNothingForATimeMakesNothingPaidForTwice(answer: Refusal) async throws {
        let isOut = Mutex(false)
        let missed = Mutex(0)
        let api = FickleAPI(FickleAPI.Manner(runningStatus: "processing")) { request, _ in
            guard isOut.withLock({ $0 }) else { return nil }
            missed.withLock { $0 += 1 }
            return LoopbackServer.Answer(
                status: answer.status, headers: ["Content-Type": answer.type], body: Array(answer.body.utf8))
        }
        let server = try api.serve()
        let job = try job(server, items: 9, "concurrency: 3")
        var engine = job.engine
        engine.reconciling.lag = .milliseconds(300)
        let known = Mutex<Set<String>>([])
        let told = Mutex<[String]>([])
        let (seen, sight) = AsyncStream.makeStream(of: Void.self)
        let running = Task { [engine] in
            try await engine.job(at: job.manifest).run() { notice in
                switch notice {
                case .announced(let announcement): told.withLock { $0.append(announcement.kind) }
                case .progressed(_, let changes, _):
                    let count = known.withLock { known in
                        known.formUnion(changes.filter { $0.state == "running" }.map(\.key))
                        return known.count
                    }
                    if count >= 3 { sight.finish() }
                default: break
                }
            }
        }
        for await _ in seen {}
        isOut.withLock { $0 = true }
        // Long enough for the predictions to be missed again and again.
        await wait { missed.withLock { $0 } > 9 && told.withLock { $0.contains("unreachable") } }
        isOut.withLock { $0 = false }
        api.release()
        let report = try await running.value
        #expect(report.end == .completed)
        #expect(report.counts.succeeded == 9)
        #expect(api.inputs.count == 9, "\(api.inputs.count - 9) were paid for twice")
    }

    private func wait(until isTrue: () -> Bool) async {
        while !isTrue(), !Task.isCancelled { try? await Task.sleep(for: .milliseconds(20)) }
    }

    // MARK: - Accounts

    @Test func theTokenOfAnotherAccountIsRefusedWhilePredictionsAreInFlight() async throws {
        let account = Mutex("acme")
        let api = FickleAPI(FickleAPI.Manner(runningStatus: "processing")) { request, _ in
            let name = account.withLock { $0 }
            if request.path == "/v1/account" { return .json(#"{"username": "\#(name)"}"#) }
            // Another account has none of these predictions.
            guard name != "acme" else { return nil }
            return request.path.hasPrefix("/v1/predictions/") ? FickleAPI.notFound : nil
        }
        let server = try api.serve()
        let job = try job(server, items: 6, "concurrency: 6")
        try await job.leave(running: 4)
        let made = api.inputs.count
        account.withLock { $0 = "other" }
        let error = await job.failure()
        #expect(error?.code == .refused)
        #expect(error?.message.contains("'other'") == true && error?.message.contains("'acme'") == true)
        #expect(api.inputs.count == made)
        account.withLock { $0 = "acme" }
        api.release()
        let report = try await job.run()
        #expect(report.counts.succeeded == 6)
        #expect(api.inputs.count == 6)
    }

    @Test func whereNothingIsInFlightAnotherAccountMayGoOn() async throws {
        let account = Mutex("acme")
        let api = FickleAPI { request, _ in
            request.path == "/v1/account" ? .json(#"{"username": "\#(account.withLock { $0 })"}"#) : nil
        }
        let server = try api.serve()
        let job = try job(server, items: 4)
        #expect(try await job.run(RunOptions(selection: ItemSelection(limit: 2))).counts.succeeded == 2)
        account.withLock { $0 = "other" }
        #expect(try await job.run().counts.succeeded == 4)
    }

    @Test func aServerWithoutAccountsIsGoodEnough() async throws {
        let api = FickleAPI(FickleAPI.Manner(account: nil, runningStatus: "processing"))
        let server = try api.serve()
        let job = try job(server, items: 6, "concurrency: 6")
        try await job.leave(running: 4)
        api.release()
        #expect(try await job.run().counts.succeeded == 6)
        #expect(api.inputs.count == 6)
    }

    // MARK: - Before the first create

    @Test(arguments: [502, 503, 500, 429, 403, 404], ["/v1/models/o/n", "/v1/webhooks/default/secret"])
    func whatIsAskedBeforeTheFirstCreateIsAskedAgain(status: Int, path: String) async throws {
        let failures = Mutex(0)
        let api = FickleAPI { request, _ in
            guard request.path == path else { return nil }
            return failures.withLock { count in
                count += 1
                guard count <= 2 else { return nil }
                var answer = Self.html(status)
                if status == 429 { answer.headers["Retry-After"] = "1" }
                return answer
            }
        }
        let server = try api.serve()
        let job = try job(
            server, items: 2, "webhook: { listen: \"127.0.0.1:0\", url: https://hooks.example/x }")
        let report = try await job.run()
        #expect(report.counts.succeeded == 2)
        #expect(failures.withLock { $0 } >= 3)
    }

    @Test(arguments: ["/v1/models/o/n", "/v1/webhooks/default/secret"])
    func aTokenThatIsNotAcceptedIsSaidAtOnce(path: String) async throws {
        let api = FickleAPI { request, _ in
            request.path == path ? .json(#"{"title": "Unauthenticated", "detail": "no"}"#, status: 401) : nil
        }
        let server = try api.serve()
        let job = try job(
            server, items: 2, "webhook: { listen: \"127.0.0.1:0\", url: https://hooks.example/x }")
        #expect(await job.failure()?.code == .refused)
        #expect(api.inputs.isEmpty)
        #expect(server.requests.count { $0.path == path } == 1)
    }

    @Test func aStopEndsTheWaitBeforeTheFirstCreate() async throws {
        let api = FickleAPI { request, _ in
            request.path == "/v1/webhooks/default/secret" ? Self.html(502) : nil
        }
        let server = try api.serve()
        let job = try job(
            server, items: 2, "webhook: { listen: \"127.0.0.1:0\", url: https://hooks.example/x }")
        let (stops, stop) = AsyncStream.makeStream(of: StopRequest.self)
        let report = try await job.engine.job(at: job.manifest).run(stops: stops) { notice in
            // It is told what is waited for.
            guard case .announced(let announcement) = notice, announcement.code == "setup_fails" else { return }
            #expect(announcement.facts["message"]?.contains("502") == true)
            stop.yield(.drain)
        }
        #expect(report.end == .interrupted)
        #expect(report.counts.pending == 2)
        #expect(api.inputs.isEmpty)
    }

    // MARK: - Ids

    @Test(arguments: ["", "a/b", "a?b=c", "x\ny", "..", String(repeating: "x", count: 5000)])
    func aPredictionWithoutAUsableIDIsHeldAndNotMadeAgain(id: String) async throws {
        // Every second prediction has one that cannot be asked for.
        let api = FickleAPI(FickleAPI.Manner(id: { .string($0.isMultiple(of: 2) ? id : "p\($0)x") }))
        let server = try api.serve()
        let job = try job(server, items: 4, "concurrency: 4")
        let report = try await job.run()
        #expect(report.end == .completed)
        #expect(report.counts.succeeded == 2 && report.counts.held == 2)
        #expect(api.inputs.count == 4)
        // Nothing is sent again by itself.
        _ = try await job.run()
        #expect(api.inputs.count == 4)
    }

    // MARK: - Small things

    @Test func aStatusThatNobodyKnowsIsToldOnceWithTheItem() async throws {
        let told = Mutex<[RunAnnouncement]>([])
        let api = FickleAPI(FickleAPI.Manner(runningStatus: "rejected_by_policy"))
        let server = try api.serve()
        let job = try job(server, items: 3, "concurrency: 3")
        let report = try await job.engine.job(at: job.manifest).run() { notice in
            guard case .announced(let announcement) = notice, announcement.kind == "unknown_status" else { return }
            told.withLock { $0.append(announcement) }
            api.release()
        }
        #expect(report.counts.succeeded == 3)
        let announcements = told.withLock { $0 }
        #expect(announcements.count == 1)
        #expect(announcements.first?.facts["status"] == "rejected_by_policy")
        #expect(announcements.first?.facts["key"]?.isEmpty == false)
    }

    @Test func failuresThatDifferByChanceStopTheRunAndAreOneLineOfTheSummary() async throws {
        let job = try JobFolder(
            """
            job: broken
            provider: { local: { models: { me/broken: python3 broken.py } } }
            model: me/broken
            inputs: { range: [1, 60] }
            input: { n: "{{ value }}" }
            concurrency: 4
            outputs: { directory: out }
            """)
        try job.folder.write(
            "broken.py",
            """
            import random, sys
            n = random.randrange(10**9)
            raise FileNotFoundError(f"[Errno 2] No such file or directory: '/tmp/tmp{n:x}/weights.safetensors'")
            """)
        let report = try await job.run()
        guard case .breaker(.sameFailure(_, _, let reason, _)) = report.end else {
            Issue.record("ended with \(report.end)")
            return
        }
        #expect(reason.contains("FileNotFoundError: [Errno 2]") && !reason.contains("Traceback"))
        #expect(report.counts.failed < 20)
        #expect(report.failureReasons.count == 1)
        #expect(report.failureReasons.first?.count == report.counts.failed)
        // The whole of it is kept.
        let failed = try await job.items(in: [.failed])
        #expect(failed.first?.failure?.contains("Traceback") == true)
    }
}
