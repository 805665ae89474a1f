import Foundation
import ReplicateAPI
import ReplicateServer
import Testing

@testable import Replicate

/// A run that nobody waits for any more must not go on at the server's expense.
@Suite(.timeLimit(.minutes(1)))
struct RunCancellationTests {
    private let transport = HTTPClientTransport(maximumConnections: 32)

    @Test(arguments: [WaitMode.poll(interval: .milliseconds(5)), .poll(interval: .seconds(50)), .block()])
    func cancelingTheTaskCancelsThePrediction(wait: WaitMode) async throws {
        try await EmbeddedServer.withServer { base in
            let client = try Client(token: "t", baseURL: base, transport: transport, timeout: .seconds(50))
            let running = Task {
                try await client.run("nightshift/sleeper", input: ["seconds": 600, "text": "x"], wait: wait)
            }
            let id = try await firstPrediction(of: client)
            running.cancel()
            let error = await #expect(throws: ReplicateError.self) { try await running.value }
            #expect(error?.code == .canceled)
            #expect(try await client.predictions.get(id).status == .canceled)
        }
    }

    @Test func aHeldCreateThatCannotBeToldApartIsLeftUntilItsIDComes() async throws {
        try await EmbeddedServer.withServer { base in
            let client = try Client(token: "t", baseURL: base, transport: transport, timeout: .seconds(50))
            let version = try #require(try await client.models.get("nightshift", "sleeper").latestVersion?.id)
            let other = try await client.predictions.create(.version(version), input: ["seconds": 600])
            let running = Task {
                try await client.run(version, input: ["seconds": 600], wait: .block(timeout: .seconds(3)))
            }
            while try await client.predictions.list().results.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
            let own = try #require(try await client.predictions.list().results.first { $0.id != other.id })
            running.cancel()
            let error = await #expect(throws: ReplicateError.self) { try await running.value }
            #expect(error?.code == .canceled)
            while try await client.predictions.get(own.id).status != .canceled {
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try await client.predictions.get(other.id).status == .processing)
        }
    }

    /// Nothing tells the predictions apart, and nothing needs to: all of them are to end.
    @Test func cancelingEqualRunsCancelsAllOfThem() async throws {
        try await EmbeddedServer.withServer { base in
            let client = try Client(token: "t", baseURL: base, transport: transport, timeout: .seconds(50))
            let running = (0..<3).map { _ in
                Task { try await client.run("nightshift/sleeper", input: ["seconds": 600]) }
            }
            while try await client.predictions.list().results.count < 3 { try await Task.sleep(for: .milliseconds(5)) }
            for task in running { task.cancel() }
            for task in running {
                let error = await #expect(throws: ReplicateError.self) { try await task.value }
                #expect(error?.code == .canceled)
            }
            #expect(try await client.predictions.list().results.map(\.status) == [.canceled, .canceled, .canceled])
        }
    }

    /// The looking for the first one is over when the second is canceled.
    @Test func aLaterRunIsLookedForToo() async throws {
        try await EmbeddedServer.withServer { base in
            let client = try Client(token: "t", baseURL: base, transport: transport, timeout: .seconds(50))
            for count in 1...2 {
                let running = Task { try await client.run("nightshift/sleeper", input: ["seconds": 600]) }
                while try await client.predictions.list().results.count < count {
                    try await Task.sleep(for: .milliseconds(5))
                }
                running.cancel()
                _ = await #expect(throws: ReplicateError.self) { try await running.value }
                let statuses = try await client.predictions.list().results.map(\.status)
                #expect(statuses.allSatisfy { $0 == .canceled })
                while client.session.abandonedRuns.isLooking { try await Task.sleep(for: .milliseconds(5)) }
            }
        }
    }

    @Test func anEqualRunThatGoesOnIsSpared() async throws {
        try await EmbeddedServer.withServer { base in
            let client = try Client(token: "t", baseURL: base, transport: transport, timeout: .seconds(50))
            let running = (0..<2).map { _ in
                Task {
                    try await client.run(
                        "nightshift/sleeper", input: ["seconds": 4], wait: .block(timeout: .seconds(2)))
                }
            }
            while try await client.predictions.list().results.count < 2 { try await Task.sleep(for: .milliseconds(5)) }
            running[0].cancel()
            _ = await #expect(throws: ReplicateError.self) { try await running[0].value }
            #expect(try await running[1].value.text == "slept 4.0 s")
            let statuses = try await client.predictions.list().results.map(\.status)
            #expect(Set(statuses) == [.canceled, .succeeded])
        }
    }

    /// It would be paid for although nobody wants it any more.
    @Test func aRunThatWaitsForAConnectionIsNotSentAfterItsCancellation() async throws {
        try await EmbeddedServer.withServer { base in
            var configuration = HTTPClientTransport.Configuration()
            configuration.maximumLongConnections = 1
            let transport = HTTPClientTransport(configuration)
            let client = try Client(token: "t", baseURL: base, transport: transport, timeout: .seconds(50))
            let first = Task { try await client.run("nightshift/sleeper", input: ["seconds": 600, "text": "first"]) }
            let id = try await firstPrediction(of: client)
            let second = Task { try await client.run("nightshift/sleeper", input: ["seconds": 600, "text": "second"]) }
            // Whether it waits already or not: it must not be sent.
            try await Task.sleep(for: .milliseconds(50))
            second.cancel()
            let error = await #expect(throws: ReplicateError.self) { try await second.value }
            #expect(error?.code == .canceled)
            first.cancel()
            _ = await #expect(throws: ReplicateError.self) { try await first.value }
            #expect(try await client.predictions.list().results.map(\.id) == [id])
        }
    }

    @Test func aCanceledTaskStartsNothing() async throws {
        try await RawServer.run(answers: [.close]) { server in
            let client = try Client(token: "t", baseURL: server.url, transport: transport)
            let running = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                try await client.run("o/n", input: ["x": 1])
            }
            let error = await #expect(throws: ReplicateError.self) { try await running.value }
            #expect(error?.code == .canceled)
            #expect(server.requests.filter { $0.method == "POST" }.isEmpty)
        }
    }

    @Test func waitingLeavesThePredictionAlone() async throws {
        try await EmbeddedServer.withServer { base in
            let client = try Client(token: "t", baseURL: base, transport: transport, timeout: .seconds(50))
            let version = try #require(try await client.models.get("nightshift", "sleeper").latestVersion?.id)
            let created = try await client.predictions.create(.version(version), input: ["seconds": 600])
            let timedOut = try await #require(throws: ReplicateError.self) {
                _ = try await client.wait(for: created, interval: .milliseconds(5), timeout: .milliseconds(40))
            }
            #expect(timedOut.code == .timeout)
            #expect(timedOut.prediction?.id == created.id)
            var looks = 0
            let stopped = try await client.wait(
                for: created, interval: .milliseconds(1), progress: { _ in looks += 1 }, stop: { _ in looks == 3 })
            #expect(stopped.status == .processing)
            #expect(looks == 3)
            let nameless = Prediction(id: "", status: .starting)
            let error = try await #require(throws: ReplicateError.self) { _ = try await client.wait(for: nameless) }
            #expect(error.code == .invalidArgument)
        }
    }

    private func firstPrediction(of client: Client) async throws -> String {
        while true {
            if let first = try await client.predictions.list().results.first { return first.id }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
