import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NightshiftCore
import Replicate
package import ReplicateAPI
import ReplicateServer

/// What the provider is to call when a prediction has ended, and what it says then.
package struct RunWebhooks: Sendable {
    /// Where the provider reaches the receiver.
    package var url: String
    /// Predictions of deliveries that were found to be genuine; they may come twice and out of order.
    package var news: AsyncStream<Prediction>
}

/// Receives the provider's calls while a run goes on.
///
/// A delivery is answered as soon as it is known to be genuine. What is lost between that and the store is found by
/// looking, which goes on behind the webhooks.
struct WebhookReceiver: Sendable {
    var settings: WebhookSettings
    var secret: WebhookSecret
    /// Takes the secrets of the account out of what is delivered.
    var redaction = Redaction(secrets: [])
    var logger: Logger
    /// What the provider's clock shows, which stamps what it sends.
    var now: @Sendable () -> Timestamp

    /// A delivery holds the whole prediction.
    private static let longestBody = 16 * 1024 * 1024
    /// Deliveries that wait for the run; later ones are refused and come again, or are found by looking.
    private static let waitingDeliveries = 10_000

    /// Listens as long as `body` runs.
    /// - Throws: ``ProviderSetupError`` if it cannot listen, else what `body` throws.
    func whileRunning<Result: Sendable>(_ body: (RunWebhooks) async throws -> Result) async throws -> Result {
        let (news, hand) = AsyncStream.makeStream(
            of: Prediction.self, bufferingPolicy: .bufferingOldest(Self.waitingDeliveries))
        let (starts, started) = AsyncThrowingStream.makeStream(of: Void.self)
        let application = Application(
            responder: CallbackResponder { (request: Request, _: BasicRequestContext) in await receive(request, hand) },
            configuration: ApplicationConfiguration(address: .hostname(settings.host, port: settings.port)),
            onServerRunning: { _ in started.yield() },
            logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await application.run()
                    started.finish()
                } catch {
                    started.finish(throwing: ListeningFailed(reason: ListeningFailure.reason(error)))
                }
            }
            defer { group.cancelAll() }
            do {
                for try await _ in starts { return try await body(RunWebhooks(url: settings.url, news: news)) }
            } catch let error as ListeningFailed {
                throw ProviderSetupError(
                    isRefusal: false,
                    "cannot listen for webhooks on \(settings.host):\(settings.port): \(error.reason); choose another address "
                        + "in 'webhook.listen'")
            }
            throw CancellationError()
        }
    }

    private struct ListeningFailed: Error {
        var reason: String
    }

    private func receive(_ request: Request, _ hand: AsyncStream<Prediction>.Continuation) async -> Response {
        guard request.method == .post else { return Response(status: .methodNotAllowed) }
        guard let body = try? await request.body.collect(upTo: Self.longestBody) else {
            return Response(status: .contentTooLarge)
        }
        var headers = HeaderFields()
        for field in request.headers { headers.append(field.name.rawName, field.value) }
        do throws(WebhookError) {
            let delivery = try Webhook.receive(
                headers: headers, body: Data(body.readableBytesView), secret: secret, now: now().date)
            let prediction = clean(delivery.prediction, of: Array(body.readableBytesView)).bounded()
            if case .dropped = hand.yield(prediction) { return Response(status: .serviceUnavailable) }
            return Response(status: .noContent)
        } catch {
            return Response(status: .unauthorized)
        }
    }

    private func clean(_ prediction: Prediction, of body: [UInt8]) -> Prediction {
        guard redaction.mayConcern(body) else { return prediction }
        return (try? Prediction(json: redaction(prediction.json))) ?? prediction
    }
}
