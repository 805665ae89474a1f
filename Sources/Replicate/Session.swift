package import Foundation
import Logging
import LosslessJSON
import ReplicateAPI
import Synchronization

/// What all calls of a client share: where they go, who asks, and how failures are met.
///
/// Calls leave the actor of their caller: writing and reading JSON of megabytes would stall a user interface.
final class Session: Sendable {
    let base: APIBase
    let token: Token?
    let userAgent: String
    let transport: any Transport
    let retry: RequestRetry
    let timeout: Duration
    let fileEncoding: FileEncodingStrategy
    /// `nil` logs nothing.
    let logger: Logger?
    /// What was uploaded by this client.
    let uploads = OncePerKey<UploadKey, UploadedInput>()
    /// The latest version of models that do not run by their name, as it was when it was first needed.
    let latestVersions = OncePerKey<String, String>()
    /// The creates of runs, and those that were given up.
    let abandonedRuns = AbandonedRuns()
    /// Takes the token, this client's and the environment's, out of all that is answered.
    let redaction: Redaction
    /// Takes secrets out that answers have told, such as that of webhooks.
    private let toldSecrets = Mutex(Redaction(secrets: []))
    private let clock = Mutex<(header: String, offset: Duration, reading: ClockReading)?>(nil)
    private let creates = Mutex<RateLimitStatus?>(nil)

    /// The API's clock minus this machine's, by the newest answer that told the time.
    var clockOffset: Duration? { clock.withLock { $0?.offset } }

    /// What the API's clock showed when, by the same answer.
    var clockReading: ClockReading? { clock.withLock { $0?.reading } }

    /// The API's count of creates, by its newest answer to one.
    var createLimit: RateLimitStatus? { creates.withLock { $0 } }

    init(
        base: APIBase, token: Token?, userAgent: String, transport: any Transport, retry: RequestRetry,
        timeout: Duration, fileEncoding: FileEncodingStrategy, secrets: [String] = [], logger: Logger? = nil
    ) {
        self.base = base
        self.token = token
        self.userAgent = userAgent
        self.transport = transport
        self.retry = retry
        self.timeout = timeout
        self.fileEncoding = fileEncoding
        self.logger = logger
        redaction = token?.redaction(with: secrets) ?? Redaction(secrets: secrets)
    }

    /// From now on a secret that an answer has told is taken out of the others.
    func hide(_ secret: String) {
        toldSecrets.withLock { $0 = Redaction(secrets: [secret]) }
    }

    private func clean(_ bytes: [UInt8]) -> [UInt8] { toldSecrets.withLock { $0 }(redaction(bytes)) }

    /// A text that came by another way than as the answer to a call.
    func clean(_ text: String) -> String { toldSecrets.withLock { $0 }(redaction(text)) }

    /// The JSON of an input, its files sent or written into it.
    @concurrent
    func json(of input: InputValue, files: FileEncodingStrategy?) async throws(ReplicateError) -> JSONValue {
        var preparation = InputPreparation(files: Files(session: self), strategy: files ?? fileEncoding)
        return try await preparation.json(of: input)
    }

    /// Sends a call and reads the object it is answered with.
    @concurrent
    func resource<Resource: APIResource>(_ call: Call) async throws(ReplicateError) -> Resource {
        let json = try await json(call)
        do throws(ResourceDecodingError) {
            return try Resource(json: json)
        } catch {
            throw unexpected(call, error)
        }
    }

    /// Sends a call and reads the list it is answered with, which is no page.
    @concurrent
    func resources<Resource: APIResource>(_ call: Call) async throws(ReplicateError) -> [Resource] {
        let json = try await json(call)
        var resources: [Resource] = []
        do throws(ResourceDecodingError) {
            guard let elements = json.arrayValue else {
                throw ResourceDecodingError(
                    resource: "list of \(Resource.resourceName)", field: nil, expected: "an array", found: json.typeName
                )
            }
            for element in elements { resources.append(try Resource(json: element)) }
        } catch {
            throw unexpected(call, error)
        }
        return resources
    }

    private func unexpected(_ call: Call, _ error: ResourceDecodingError) -> ReplicateError {
        var failure = ReplicateError(
            .unexpectedAnswer, "\(call.summary(base: base)) was answered with something unexpected: \(error)",
            delivery: .unknown)
        failure.isSuccess = true
        return failure
    }

    /// Sends a call and reads the JSON it is answered with, without secrets; null if there is no body.
    /// - Parameter tellsSecret: whether a secret is what is asked for.
    @concurrent
    func json(_ call: Call, tellsSecret: Bool = false) async throws(ReplicateError) -> JSONValue {
        let bytes = try await response(to: call).body
        guard !bytes.isEmpty else { return .null }
        do throws(JSONParsingError) {
            var json = try JSONValue(parsing: bytes)
            if redaction.mayConcern(bytes) { json = redaction(json) }
            let others = toldSecrets.withLock { $0 }
            if !tellsSecret, others.mayConcern(bytes) { json = others(json) }
            return json
        } catch {
            var failure = ReplicateError(
                .unexpectedAnswer, "\(call.summary(base: base)) was answered with something that is not JSON: \(error)",
                delivery: .unknown
            )
            failure.body = String(decoding: clean(Array(bytes.prefix(Self.longestErrorBody))), as: UTF8.self)
            throw failure
        }
    }

    /// Sends a call as often as the retry policy says and returns the body of the answer, without secrets.
    @concurrent
    func bytes(_ call: Call) async throws(ReplicateError) -> [UInt8] {
        clean(try await response(to: call).body)
    }

    /// Sends a call as often as the retry policy says and returns the whole answer, without secrets.
    @concurrent
    func cleanResponse(to call: Call) async throws(ReplicateError) -> RawResponse {
        var response = try await response(to: call)
        response.body = clean(response.body)
        response.headers = response.headers.mapValues(clean)
        return response
    }

    /// Sends a call as often as the retry policy says. What comes may repeat the token.
    private func response(to call: Call) async throws(ReplicateError) -> RawResponse {
        var request = transportRequest(for: call)
        var start = ContinuousClock.now
        var attempt = 1
        while true {
            let failure: ReplicateError
            let sentAt = ContinuousClock.now
            request.attempt = attempt
            // A held create may wait behind others for as long as predictions run.
            if !request.isLongLived { request.connectionWait = connectionWait(since: start) }
            do throws(ReplicateError) {
                let response =
                    try await call.outlivesCancellation ? sendToTheEnd(request, of: call) : send(request, of: call)
                log(
                    "\(call.summary(base: base)) was answered with \(response.status)", attempt: attempt, since: sentAt,
                    as: .debug)
                return response
            } catch {
                failure = error
                start += failure.connectionWait
                log(failure.message, attempt: attempt, since: sentAt, as: .info)
            }
            try await pause(
                after: failure, attempt: attempt, since: start, isIdempotent: call.isIdempotent,
                for: call.summary(base: base))
            attempt += 1
        }
    }

    private func log(
        _ message: @autoclosure () -> String, attempt: Int, since start: ContinuousClock.Instant, as level: Logger.Level
    ) {
        guard let logger, logger.logLevel <= level else { return }
        let milliseconds = Int(saturating: (start.duration(to: .now) / .milliseconds(1)).rounded())
        logger.log(
            level: level, "\(message())",
            metadata: ["attempt": "\(attempt)", "duration_ms": "\(milliseconds)"])
    }

    /// How long a call may still wait for a free connection: until its deadline, and never less than its answer may take.
    func connectionWait(since start: ContinuousClock.Instant) -> Duration {
        max(retry.deadline.bounded - start.duration(to: .now), timeout.bounded)
    }

    /// Waits, and tells a cancellation as every call does.
    func pause(_ duration: Duration, for what: String) async throws(ReplicateError) {
        do {
            try await Task.sleep(for: duration.clamped(to: .zero, .longestUseful))
        } catch {
            throw ReplicateError(.canceled, "waiting for \(what) was canceled")
        }
    }

    /// Waits as long as the retry policy says after a failure, or throws it again if it says that this was enough.
    func pause(
        after failure: ReplicateError, attempt: Int, since start: ContinuousClock.Instant, isIdempotent: Bool,
        for what: String
    ) async throws(ReplicateError) {
        var generator = SystemRandomNumberGenerator()
        let delay = retry.delay(
            afterAttempt: attempt, error: failure, isIdempotent: isIdempotent, elapsed: ContinuousClock.now - start,
            using: &generator)
        guard let delay else { throw failure }
        try await pause(delay, for: what)
    }

    /// Sends a request that is no call of the API, and returns its answer whatever its status.
    func exchange(_ request: TransportRequest) async throws(ReplicateError) -> TransportResponse {
        do throws(TransportError) {
            return try await transport.send(request)
        } catch {
            throw ReplicateError(error)
        }
    }

    private func transportRequest(for call: Call) -> TransportRequest {
        let url =
            switch call.place {
            case .path(let path): base.url(path)
            case .url(let url): url
            }
        var headers = call.headers
        if let token { headers["Authorization"] = token.authorization }
        headers["User-Agent"] = userAgent
        if headers["Accept"] == nil { headers["Accept"] = "application/json" }
        // The held answer comes a moment after the time asked for, and a busy machine needs one too.
        let timeout = call.hold == .zero ? timeout : max(timeout, call.hold.bounded + .seconds(15))
        var request = TransportRequest(
            method: call.method, url: url, headers: headers, body: call.body, timeout: timeout,
            isLongLived: call.hold > .zero)
        request.path = base.path(of: url)
        return request
    }

    /// Sends a request whose answer is read whatever becomes of the task.
    private func sendToTheEnd(_ request: TransportRequest, of call: Call) async throws(ReplicateError) -> RawResponse {
        guard !Task.isCancelled else {
            throw ReplicateError(.canceled, "\(call.summary(base: base)) was canceled before it was sent")
        }
        let waiting = ConnectionWait()
        var request = request
        request.waiting = waiting
        // Not a child, so that the cancellation does not reach it.
        let exchange = Task { [request] () async -> Result<RawResponse, ReplicateError> in
            do throws(ReplicateError) {
                return .success(try await send(request, of: call))
            } catch {
                return .failure(error)
            }
        }
        // As long as it waits for a connection nothing is lost.
        let outcome = await withTaskCancellationHandler {
            await exchange.value
        } onCancel: {
            if waiting.cancel() { exchange.cancel() }
        }
        return try outcome.get()
    }

    private func send(_ request: TransportRequest, of call: Call) async throws(ReplicateError) -> RawResponse {
        let response: TransportResponse
        do throws(TransportError) {
            response = try await transport.send(request)
            noteTime(of: response)
            if call.isCreate { noteLimit(of: response) }
            if (200...299).contains(response.status) {
                return RawResponse(
                    status: response.status, headers: response.headers,
                    body: try await response.body.collect(upTo: call.longestAnswer))
            }
        } catch {
            throw ReplicateError(error)
        }
        throw await refusal(response, of: call.summary(base: base))
    }

    /// The error of an answer that is one by its status, whatever becomes of its body; without the token, if the answer
    /// repeats it.
    func refusal(_ response: TransportResponse, of request: String) async -> ReplicateError {
        let bytes = (try? await response.body.collectPrefix(Self.longestErrorBody).bytes) ?? []
        return ReplicateError(
            status: response.status, headers: response.headers, body: clean(bytes), request: request)
    }

    /// What is kept of the body of a refusal.
    private static let longestErrorBody = 16 * 1024
}

extension Session {
    private func noteLimit(of response: TransportResponse) {
        let status = RateLimitStatus(
            remaining: response.headers["ratelimit-remaining"], reset: response.headers["ratelimit-reset"])
        if let status { creates.withLock { $0 = status } }
    }

    private func noteTime(of response: TransportResponse) {
        guard let header = response.headers["Date"] else { return }
        clock.withLock { clock in
            // Many answers come within one second.
            guard clock?.header != header, let date = APITime.parseHTTPDate(header) else { return }
            // A server whose clock was never set tells nothing. Ours may be as wrong as it likes.
            guard Self.plausibleTimes.contains(date) else { return }
            let offset = Duration.milliseconds(Int64(saturating: date.timeIntervalSinceNow * 1000))
            clock = (header, offset, ClockReading(time: date, at: .now))
        }
    }

    /// From 2020 to 2100.
    private static let plausibleTimes =
        Date(timeIntervalSince1970: 1_577_836_800)...Date(timeIntervalSince1970: 4_102_444_800)
}

/// What another clock showed at an instant of this machine, however the clock of its wall is set.
package struct ClockReading: Sendable {
    package var time: Date
    package var at: ContinuousClock.Instant
}

/// What is printed or dumped of a client stops here: its address says enough, and a transport's insides belong to it.
extension Session: CustomStringConvertible, CustomReflectable {
    var description: String { base.text }

    var customMirror: Mirror { Mirror(self, children: ["base": base.text]) }
}

extension TransportBody.AsyncIterator {
    /// The next chunk, with the client's own error.
    func nextChunk() async throws(ReplicateError) -> [UInt8]? {
        do throws(TransportError) {
            return try await next()
        } catch {
            throw ReplicateError(error)
        }
    }
}
