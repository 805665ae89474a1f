import HTTPTypes
import Hummingbird
import NIOCore
import ReplicateAPI
import Synchronization

extension APIResponder {
    private static let greeting = ": hi\n\n"
    private static let timeout = ":408: 408 Request Timeout\n\n"

    /// The events of a prediction from the beginning or after the id that the reader names, until its end.
    func eventStream(_ prediction: String, _ request: Request, _ context: ServerContext) -> Response {
        // The body of the request is read for the reader's end, so the connection is of no use afterwards.
        let headers: HTTPFields = [
            .contentType: "text/event-stream", .cacheControl: "no-cache", .connection: "close",
        ]
        guard let id = PredictionID(prediction), let record = server.predictions.record(id), record.data != nil else {
            return Response(
                status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: Self.timeout)))
        }
        let events = EventStream(record, after: request.headers[.lastEventID].flatMap { StreamEvent.ID($0) })
        let cut = server.draw({ $0.streamCut() }, otherwise: nil)
        let body = ResponseBody { [server] writer in
            let isGone = Mutex(false)
            try await writer.write(ByteBuffer(string: Self.greeting))
            try await request.body.consumeWithInboundCloseHandler { _ in
                let reader = EventReader(id: id, server: server, channel: context.channel, cutAfter: cut)
                try await reader.send(events, to: &writer) { isGone.withLock { $0 } }
            } onInboundClosed: {
                isGone.withLock { $0 = true }
                server.predictions.wake(id)
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    /// What a person sees who follows the link of a prediction. It shows nothing that was put in or out, because the
    /// page asks for no token.
    func page(_ prediction: String) throws(Problem) -> Response {
        guard let id = PredictionID(prediction), let (record, now) = server.predictions.look(id) else {
            throw .notFound
        }
        let text = "\(record.model) \(id.text): \(record.lifecycle.snapshot(at: now).status.rawValue)\n"
        return Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// One connection that is sent events.
    private struct EventReader {
        let id: PredictionID
        let server: ServerState
        let channel: any Channel
        /// After how many events it is cut, by a fault.
        let cutAfter: Int?

        @concurrent func send(
            _ all: EventStream, to writer: inout any ResponseBodyWriter, until isGone: @escaping @Sendable () -> Bool
        ) async throws {
            var events = all
            var sent = 0
            var quietUntil = server.clock.now.advanced(by: server.configuration.streamIdleTime)
            while !isGone() {
                try Task.checkCancellation()
                guard let (record, now) = server.predictions.look(id) else { break }
                events.update(record)
                var text = ""
                while let event = events.next(at: now) {
                    if let cutAfter, sent > 0, sent >= cutAfter || event.kind == .done {
                        return try await cut(after: text, writer: &writer)
                    }
                    text += event.text
                    sent += 1
                }
                if !text.isEmpty {
                    try await writer.write(ByteBuffer(string: text))
                    quietUntil = now.advanced(by: server.configuration.streamIdleTime)
                }
                // A reader that had the end already is told that it came too late.
                if events.isOver, sent > 0 { return }
                if events.isOver || now >= quietUntil { break }
                let next = min(events.nextTime ?? quietUntil, quietUntil)
                await server.predictions.waitForChange(of: record.lifecycle, id, until: next, unless: isGone)
            }
            try await writer.write(ByteBuffer(string: APIResponder.timeout))
        }

        @concurrent private func cut(after text: String, writer: inout any ResponseBodyWriter) async throws {
            if !text.isEmpty { try await writer.write(ByteBuffer(string: text)) }
            // What was written is on its way; the rest never comes.
            try await channel.close(mode: .all)
            throw CancellationError()
        }
    }
}
