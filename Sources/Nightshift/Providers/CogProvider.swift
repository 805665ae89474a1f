package import LosslessJSON
package import NightshiftCore
package import Replicate
package import ReplicateAPI

/// Predictions on a pool of Cog servers: each holds one model and computes while the caller waits.
///
/// A create is a synchronous `PUT` under an id of our own. Sending it again is harmless: a server that still works on it
/// says so, and one that has finished forgot it. ``run()`` must be running meanwhile; it brings back servers that were
/// busy, starting or gone.
package struct CogProvider: Provider {
    private let pool: CogPool
    private let transport: any Transport
    package let downloadTransport: any Transport
    private let files: InputFiles
    private let times: Times
    private let knownSchema: ModelSchema?
    package let redaction: Redaction

    /// How patient the provider is; shorter in tests.
    package struct Times: Sendable {
        /// The waits before a create is repeated at a server that says it is at capacity.
        var busy: [Duration] = [.milliseconds(5), .milliseconds(20), .milliseconds(60)]
        /// The waits while an orphan under the same id is being canceled; each counts once.
        var orphan: [Duration] = Array(repeating: .milliseconds(50), count: 60)
        /// A connection that is lost within this time was most likely an idle one that the server had just closed.
        var quickLoss: Duration = .milliseconds(500)
        /// How often a server's health is looked at while it computes, and how often in vain before it is given up.
        var watch: Duration = .seconds(15)
        var watchFailures = 4
        var healthTimeout: Duration = .seconds(10)
        /// The first wait before a server that was set aside is looked at again; it doubles.
        var firstLook: Duration = .milliseconds(50)
        var longestLook: Duration = .seconds(1)
        var longestLookWithoutHope: Duration = .seconds(15)
        /// How long a prediction may take if nothing else is said.
        var longestRun: Duration = .seconds(24 * 3600)

        package init() {}
    }

    /// - Parameters:
    ///   - servers: base URLs; one that is named twice gets two predictions at a time.
    ///   - transport: must wait for an answer as long as a prediction takes, see ``transportConfiguration``.
    ///   - filesDirectory: what the paths of file inputs are relative to.
    ///   - redaction: takes out what a model may have found in its environment.
    package init(
        servers: [String], schema: ModelSchema? = nil, transport: any Transport, downloadTransport: any Transport,
        filesDirectory: String, times: Times = Times(), redaction: Redaction = Redaction(secrets: [])
    ) {
        self.redaction = redaction
        pool = CogPool(urls: servers.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 })
        self.transport = transport
        self.downloadTransport = downloadTransport
        files = InputFiles(directory: filesDirectory)
        self.times = times
        knownSchema = schema
    }

    /// Asks the servers one after the other what their model takes and gives, until one answers.
    /// - Returns: `nil` if the server that answers does not tell.
    package static func schema(
        of servers: [String], transport: any Transport
    ) async throws(ProviderError) -> ModelSchema? {
        var messages: [String] = []
        for server in servers {
            do throws(TransportError) {
                let request = TransportRequest(url: server + (server.hasSuffix("/") ? "" : "/") + "openapi.json")
                let response = try await transport.send(request)
                let body = try await response.body.collect(upTo: 16 << 20)
                guard response.status == 200 else { return nil }
                return (try? JSONValue(parsing: body)).map { ModelSchema(openAPI: $0) }
            } catch {
                messages.append("\(server): \(error.message)")
            }
        }
        throw ProviderError(.unavailable, "no Cog server answers (\(messages.joined(separator: "; ")))")
    }

    /// The settings that suit Cog: a server sends nothing at all until a prediction ends, and closes idle connections
    /// after 5 seconds.
    package static var transportConfiguration: HTTPClientTransport.Configuration {
        var configuration = HTTPClientTransport.Configuration()
        configuration.idleTimeout = nil
        configuration.keepAlive = .seconds(2)
        return configuration
    }

    package var traits: ProviderTraits {
        ProviderTraits(
            remembersPredictions: false, survivesRestart: false, createIsIdempotent: true, answersWhenFinished: true)
    }

    package var version: String? { nil }

    /// More would only wait: a server computes one prediction at a time.
    package var usualConcurrency: Int { pool.urls.count }

    package var usualRates: ProviderRates { ProviderRates() }

    package var baseURL: String? { pool.urls.first }

    package var clockOffset: Duration? { nil }

    package var allowsLoopbackDownloads: Bool {
        pool.urls.contains { WebAddress($0)?.isLoopback == true }
    }

    /// Looks after servers that were set aside until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for await slot in pool.setAside {
                group.addTask { await bringBack(slot) }
            }
            group.cancelAll()
        }
    }

    private func bringBack(_ slot: CogPool.Slot) async {
        var wait = times.firstLook
        while (try? await Task.sleep(for: wait * Double.random(in: 0.8...1.2))) != nil {
            switch await health(of: slot.url) {
            case .ready:
                pool.release(slot)
                return
            case .notReady(let reason):
                pool.updateReason(reason, of: slot)
                wait = min(wait * 2, reason.isHopeful ? times.longestLook : times.longestLookWithoutHope)
            }
        }
    }

    // MARK: - Provider

    package func prepare(_ input: JSONValue, files: [ItemFile]) async throws(ProviderError) -> JSONValue {
        var input = input
        for file in files {
            let content = try await self.files.read(file)
            input = input.replacing(at: file.pointer, with: .string(content.dataURI))
        }
        return input
    }

    package func create(_ request: CreateRequest) async throws(ProviderError) -> Prediction {
        let id = CogProvider.safeID(request.predictionID)
        let body = JSONValue.object(["input": CogProvider.withoutNulls(request.input)]).jsonBytes()
        while true {
            let slot = try await pool.acquire(for: id)
            switch await attempt(id, body: body, limit: request.cancelAfter, at: slot) {
            case .finished(let prediction):
                pool.release(slot)
                return prediction
            case .failed(let error):
                pool.release(slot)
                throw error
            case .lost(let error):
                // What it works on now, if it lives, its health will tell.
                pool.setAside(slot, .busy)
                throw error
            case .elsewhere(let reason):
                pool.setAside(slot, reason)
            }
        }
    }

    package func cancel(_ id: String) async throws(ProviderError) {
        let id = CogProvider.safeID(id)
        guard let slot = pool.slot(of: id) else {
            throw ProviderError(.notFound, "no Cog server works on prediction '\(id)'")
        }
        await requestCancel(id, at: slot)
    }

    package func prediction(_ id: String) async throws(ProviderError) -> Prediction {
        throw ProviderError(.notFound, "Cog servers keep no predictions")
    }

    package func predictions(
        createdAfter: Timestamp, createdBefore: Timestamp?, continuation: String?
    ) async throws(ProviderError) -> Page<Prediction> {
        Page(results: [])
    }

    package func schema() async throws(ProviderError) -> ModelSchema? {
        knownSchema
    }

    // MARK: - One create at one server

    private enum Outcome {
        case finished(Prediction)
        case failed(ProviderError)
        /// It may have run, and how it ended is not known.
        case lost(ProviderError)
        /// Nothing was started here, another server may take it.
        case elsewhere(CogPool.Reason)
    }

    private func attempt(_ id: String, body: [UInt8], limit: Duration?, at slot: CogPool.Slot) async -> Outcome {
        var busy = times.busy[...]
        var orphan = times.orphan[...]
        var mayRepeat = true
        while true {
            let begun = ContinuousClock.now
            let wait: Duration
            switch await put(id, body: body, limit: limit, at: slot) {
            case .success(.finished(let prediction)):
                return .finished(prediction)
            case .success(.refused(var error)):
                error.message = "\(slot.url) \(error.message)"
                return .failed(error)
            case .success(.notReady):
                return .elsewhere(.starting)
            case .success(.broken(let message)):
                return .lost(ProviderError(.unknownOutcome, "\(slot.url) \(message)"))
            case .success(.busy):
                guard let next = busy.popFirst() else { return .elsewhere(.busy) }
                wait = next
            case .success(.alreadyRunning):
                guard let next = orphan.popFirst() else { return .elsewhere(.busy) }
                await requestCancel(id, at: slot)
                wait = next
            case .failure(let error) where error.delivery == .notSent:
                return .elsewhere(.unreachable(error.message))
            case .failure(let error):
                guard mayRepeat, error.code == .connectionLost, ContinuousClock.now - begun < times.quickLoss else {
                    return .lost(ProviderError(.unknownOutcome, "\(slot.url): \(error.message)"))
                }
                mayRepeat = false
                wait = times.firstLook
            }
            if (try? await Task.sleep(for: wait * Double.random(in: 1...1.5))) == nil {
                return .lost(ProviderError(.unknownOutcome, "canceled while waiting for \(slot.url)"))
            }
        }
    }

    /// Sends the create and waits for its end, meanwhile making sure that the server is still there.
    private func put(
        _ id: String, body: [UInt8], limit: Duration?, at slot: CogPool.Slot
    ) async -> Result<CogAnswer, TransportError> {
        let longest = (limit ?? times.longestRun) + .seconds(60)
        return await withTaskGroup(of: Result<CogAnswer, TransportError>?.self) { group in
            group.addTask {
                do throws(TransportError) {
                    let response = try await transport.send(
                        TransportRequest(
                            method: "PUT", url: "\(slot.url)/predictions/\(id)",
                            headers: ["Content-Type": "application/json"], body: .bytes(body), timeout: longest))
                    // The older generation repeats the whole input, and files come as data URIs.
                    let answer = try await response.body.collect(upTo: 1 << 30)
                    return .success(CogAnswer(status: response.status, body: answer, predictionID: id, redaction))
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                await watch(slot)
            }
            if let limit {
                group.addTask {
                    if (try? await Task.sleep(for: limit)) != nil { await requestCancel(id, at: slot) }
                    return nil
                }
            }
            for await result in group {
                guard let result else { continue }
                group.cancelAll()
                return result
            }
            preconditionFailure("the request itself always gives a result")
        }
    }

    /// Returns a failure when the server has not answered for so long that it must be gone.
    private func watch(_ slot: CogPool.Slot) async -> Result<CogAnswer, TransportError>? {
        var failures = 0
        while (try? await Task.sleep(for: times.watch)) != nil {
            guard case .notReady(.unreachable(let message)) = await health(of: slot.url) else {
                failures = 0
                continue
            }
            failures += 1
            if failures >= times.watchFailures {
                return .failure(
                    TransportError(
                        .timeout, delivery: .unknown, message: "the server is gone in the middle of it: \(message)"))
            }
        }
        return nil
    }

    private func requestCancel(_ id: String, at slot: CogPool.Slot) async {
        // 404 says that it has ended meanwhile; whatever else goes wrong shows in the waiting create.
        _ = try? await transport.send(
            TransportRequest(
                method: "POST", url: "\(slot.url)/predictions/\(id)/cancel", timeout: times.healthTimeout))
    }

    private func health(of url: String) async -> CogHealth {
        do throws(TransportError) {
            let response = try await transport.send(
                TransportRequest(url: url + "/health-check", timeout: times.healthTimeout))
            return CogHealth(status: response.status, body: try await response.body.collect(upTo: 1 << 20))
        } catch {
            return .notReady(.unreachable(error.message))
        }
    }

    /// The id as it can stand in a path of every server: some decode no escapes there.
    private static func safeID(_ id: String) -> String {
        let isSafe = id.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
            default: false
            }
        }
        return isSafe && (1...200).contains(id.utf8.count) && id.utf8.contains { $0 != UInt8(ascii: ".") }
            ? id : "sha256-" + ContentDigest.sha256(id.utf8).prefix(32)
    }

    /// The current generation refuses an explicit null; leaving the key out means the same to both.
    private static func withoutNulls(_ input: JSONValue) -> JSONValue {
        guard case .object(let members) = input else { return input }
        return .object(members.filter { !$0.value.isNull })
    }
}
