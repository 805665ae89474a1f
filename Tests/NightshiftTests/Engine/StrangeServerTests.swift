import Foundation
import LosslessJSON
import NightshiftCore
import TestSupport
import Testing

@testable import Nightshift

/// Runs against a server that speaks the API in its own way.
@Suite(.timeLimit(.minutes(2)))
struct StrangeServerTests {
    private func run(
        _ manner: StrangeAPI.Manner, items: Int, prepare: (inout Engine) -> Void = { _ in }
    ) async throws -> (report: RunReport, api: StrangeAPI) {
        let api = StrangeAPI(manner)
        let server = try api.serve()
        let job = try JobFolder(
            baseURL: server.url,
            """
            job: strange
            model: o/n
            inputs: { range: [1, \(items)] }
            input: { n: "{{ value }}" }
            outputs: { directory: out, name: "{{ value }}" }
            rate: unlimited
            concurrency: 32
            """
        )
        var engine = job.engine
        prepare(&engine)
        let report = try await engine.job(at: job.manifest).run()
        #expect(report.end == .completed)
        #expect(report.counts.succeeded == items)
        #expect(job.folder.names(in: "out").count == items)
        #expect(api.inputs.count == items, "some were paid for twice")
        #expect(Set(api.inputs.compactMap { $0["n"]?.intValue }).count == items)
        return (report, api)
    }

    @Test(arguments: [-7200.0, 0, 1800])
    func lostCreatesAreFoundByTheProvidersOwnClock(offset: Double) async throws {
        _ = try await run(StrangeAPI.Manner(clockOffset: offset, losesOneOf: 1), items: 20)
    }

    @Test(arguments: [-1_700_000_000.0, -7200, 3600])
    func lostCreatesAreFoundThoughTheHeadOfTheAnswerLies(offset: Double) async throws {
        _ = try await run(StrangeAPI.Manner(headOffset: offset, losesOneOf: 1), items: 20)
    }

    @Test func aListThatKnowsNeitherPagesNorAnEndIsGoodEnough() async throws {
        _ = try await run(StrangeAPI.Manner(runTime: 0.2), items: 300)
    }

    @Test func numbersInOtherFormsAreTheSameInput() async throws {
        _ = try await run(StrangeAPI.Manner(losesOneOf: 2, rewritesInputs: true), items: 20)
    }

    private func folder(input: String, _ api: StrangeAPI, _ server: LoopbackServer) throws -> JobFolder {
        let job = try JobFolder(
            baseURL: server.url,
            """
            job: images
            model: o/n
            inputs: { range: [1, 12] }
            input: \(input)
            outputs: { directory: out, name: "{{ value }}" }
            rate: unlimited
            concurrency: 4
            """
        )
        for number in 1...12 { try job.folder.write("\(number).png", "image \(number)") }
        return job
    }

    @Test func aFileThatComesBackAsAnAddressIsKnownByTheRestOfItsInput() async throws {
        let api = StrangeAPI(StrangeAPI.Manner(losesOneOf: 2, hidesFiles: true))
        let server = try api.serve()
        let job = try folder(input: #"{ n: "{{ value }}", image: { file: "{{ value }}.png" } }"#, api, server)
        let report = try await job.run()
        #expect(report.counts.succeeded == 12)
        #expect(api.inputs.count == 12)
    }

    @Test func whatCannotBeToldApartIsHeldAndNotPaidTwice() async throws {
        let api = StrangeAPI(StrangeAPI.Manner(losesOneOf: 1, hidesFiles: true))
        let server = try api.serve()
        let job = try folder(input: #"{ image: { file: "{{ value }}.png" } }"#, api, server)
        let report = try await job.run()
        #expect(report.end == .completed)
        #expect(report.counts.succeeded + report.counts.held == 12)
        #expect(report.counts.held > 0)
        #expect(api.inputs.count == 12)
        #expect(Set(api.inputs).count == 12)
        #expect(report.failureReasons.first?.reason.contains("may have been accepted") == true)
    }

    @Test func whatIsShownLateIsWaitedFor() async throws {
        _ = try await run(StrangeAPI.Manner(losesOneOf: 5, runTime: 0.1, lag: 3), items: 40) { engine in
            engine.reconciling.lag = .seconds(6)
        }
    }
}
