// Receives webhooks: verifies each delivery, answers at once, and hands on every news once.
//
// The API sends the terminal news again until it is answered, others once, and not always in order. So a receiver answers
// before it works, and judges by id and status what it has heard already.
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Replicate

/// What was heard of which prediction. A value, so that its judgement can be tested without a server.
struct Inbox {
    private var heard: [String: PredictionStatus] = [:]

    /// Whether the delivery says something new: never again after a final status, and no status twice but `processing`,
    /// whose output grows.
    mutating func isNews(_ prediction: Prediction) -> Bool {
        if let known = heard[prediction.id], known.isTerminal || (known == prediction.status && known != .processing) {
            return false
        }
        heard[prediction.id] = prediction.status
        return true
    }
}

/// Says something at once: what is printed to a pipe waits until there is a page of it.
func say(_ text: String) {
    FileHandle.standardOutput.write(Data("\(text)\n".utf8))
}

let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8787
let client = try Client()
let secret = try await client.webhooks.defaultSecret()
let (deliveries, hand) = AsyncStream.makeStream(of: WebhookDelivery.self)

let router = Router()
router.post("replicate") { request, _ -> HTTPResponse.Status in
    let body = try await request.body.collect(upTo: 16 * 1024 * 1024)
    var headers = HeaderFields()
    for field in request.headers { headers.append(field.name.rawName, field.value) }
    do throws(WebhookError) {
        hand.yield(try Webhook.receive(headers: headers, body: Data(body.readableBytesView), secret: secret))
        return .noContent
    } catch {
        say("refused: \(error)")
        return .unauthorized
    }
}

let server = Application(
    router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)),
    onServerRunning: { channel in say("listening on port \(channel.localAddress?.port ?? port)") })

try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask {
        // The work: here, saying what has come.
        var inbox = Inbox()
        for await delivery in deliveries where inbox.isNews(delivery.prediction) {
            say("\(delivery.prediction.id) \(delivery.prediction.status): \(client.output(of: delivery.prediction))")
        }
    }
    group.addTask { try await server.runService() }
    try await group.next()
    group.cancelAll()
}
