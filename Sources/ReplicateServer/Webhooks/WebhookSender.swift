import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import ReplicateAPI

/// Calls webhooks as long as the server runs. Each prediction with a webhook has a task of its own, which sleeps until
/// there is something to tell; the others cost nothing.
final class WebhookSender: Sendable {
    private struct Job: Sendable {
        var subject: any WebhookSubject
        var order: WebhookSpec
    }

    /// One delivery, whose id stays the same however often it is tried.
    private struct Letter: Sendable {
        var id: String
        var url: String
        var body: [UInt8]
    }

    private static let connectTimeout = TimeAmount.seconds(3)
    /// Receivers are to answer within a few seconds.
    private static let answerTimeout = TimeAmount.seconds(5)

    private let secret: String
    private let clock: ServerClock
    private let jobs = AsyncStream.makeStream(of: Job.self)

    init(secret: String, clock: ServerClock) {
        self.secret = secret
        self.clock = clock
    }

    /// Tells a webhook of a subject from now until its end.
    func watch(_ subject: some WebhookSubject, for order: WebhookSpec) {
        jobs.continuation.yield(Job(subject: subject, order: order))
    }

    /// Delivers until the task is cancelled. A sender runs once.
    /// - Parameter injectedFault: what happens to the next delivery.
    func run(_ injectedFault: @escaping @Sendable () -> FaultDraw.WebhookFault) async {
        var settings = HTTPClient.Configuration()
        settings.redirectConfiguration = .disallow
        settings.httpVersion = .http1Only
        settings.timeout.connect = Self.connectTimeout
        settings.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: settings)
        await withDiscardingTaskGroup { group in
            for await job in jobs.stream {
                group.addTask { await self.tell(job, by: client, injectedFault) }
            }
        }
        // It fails only if it was shut down before.
        try? await client.shutdown()
    }

    private func tell(_ job: Job, by client: HTTPClient, _ injectedFault: @Sendable () -> FaultDraw.WebhookFault) async
    {
        var plan = WebhookPlan(job.order.events)
        var late: [Letter] = []
        steps: while !Task.isCancelled, let view = job.subject.look() {
            switch plan.next(view.run, at: view.now) {
            case .finished: break steps
            case .wait(let time):
                // What may happen at any time is told by a wake; the limit only keeps the timer within its range.
                let limit = view.now.advanced(by: .seconds(3600))
                await job.subject.waitForChange(of: view.lifecycle, until: min(time ?? limit, limit))
            case .send(let event):
                let letter = Letter(id: Self.newID(), url: job.order.url, body: view.body(event))
                let injectedFault = injectedFault()
                if injectedFault == .lost { continue }
                if injectedFault == .late, event != .completed {
                    late.append(letter)
                    continue
                }
                await deliver(letter, endedAt: event == .completed ? view.run.end : nil, by: client)
                if injectedFault == .twice { await post(letter, by: client) }
                for letter in late { await post(letter, by: client) }
                late = []
            }
        }
        for letter in late { await post(letter, by: client) }
    }

    /// Delivers once, or if it tells the end until it arrives or a minute is over.
    private func deliver(_ letter: Letter, endedAt: ServerTime?, by client: HTTPClient) async {
        if await post(letter, by: client) { return }
        guard let endedAt else { return }
        for wait in WebhookPlan.retries {
            await clock.sleep(until: endedAt.advanced(by: wait))
            if Task.isCancelled { return }
            if await post(letter, by: client) { return }
        }
    }

    /// Tries once.
    /// - Returns: whether it arrived; not if it was lost or refused, so that trying again may help.
    @discardableResult
    private func post(_ letter: Letter, by client: HTTPClient) async -> Bool {
        let timestamp = "\(clock.now.seconds)"
        var request = HTTPClientRequest(url: letter.url)
        request.method = .POST
        request.headers = ["content-type": "application/json", "webhook-id": letter.id, "webhook-timestamp": timestamp]
        request.body = .bytes(letter.body)
        do {
            // The secret was tried when the server began to run.
            let signature = WebhookSignature.sign(
                id: letter.id, timestamp: timestamp, body: letter.body, secret: try WebhookSecret(secret))
            request.headers.add(name: "webhook-signature", value: signature)
            let response = try await client.execute(request, timeout: Self.answerTimeout)
            // Nobody reads what a receiver says, but a connection whose answer was read can be used again.
            _ = try? await response.body.collect(upTo: 65_536)
            // A redirect is not followed and counts as an answer.
            return response.status.code < 400
        } catch {
            return false
        }
    }

    private static func newID() -> String {
        let letters = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        var random = SystemRandomNumberGenerator()
        return "msg_" + String((0..<27).map { _ in letters[Int.random(in: letters.indices, using: &random)] })
    }
}
