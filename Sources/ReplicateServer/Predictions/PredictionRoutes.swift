import DemoModels
import Foundation
import HTTPTypes
import Hummingbird
import LosslessJSON
import NIOCore
import ReplicateAPI
import Synchronization

extension APIResponder {
    // MARK: - Create

    func createPrediction(
        _ target: Route.CreateTarget, _ request: Request, _ context: ServerContext
    ) async throws -> Response {
        let injectedFault = server.draw({ $0.create(at: server.clock.now) }, otherwise: .good)
        // The body is read whatever happens, so that a lost answer is lost after the request was sent.
        let body = try await body(of: request)
        switch injectedFault {
        case .lostBefore: return context.cutConnection()
        case .errorBefore(let error): return error.response
        case .throttled(let wait):
            server.counts.withLock { $0.throttled += 1 }
            let limit = server.configuration.creates ?? EmbeddedServer.RateLimit(count: 6, per: .seconds(60), burst: 1)
            throw Problem.throttled(creates: limit, wait: wait)
        case .unpaid: throw Problem.unpaid
        case .revoked: throw Problem.badToken
        case .good, .lostAfter, .errorAfter: break
        }

        let wait = Preferences(request.headers[values: .prefer]).wait
        let order = try order(target, body, request)
        let record = accept(order, base: base(for: request))
        server.counts.withLock { $0.accepted += 1 }
        server.countRun(of: record.model)
        server.log?.append(record, input: order.input, answered: injectedFault == .good)
        if let webhook = order.webhook {
            server.webhooks.watch(
                PredictionSubject(
                    id: record.id, predictions: server.predictions, base: base(for: request),
                    nasty: server.configuration.faults.nasty),
                for: webhook)
        }
        switch injectedFault {
        case .lostAfter: return context.cutConnection()
        case .errorAfter(let error): return error.response
        default: break
        }
        return try await slowly { await answerCreate(record, wait: wait, request) }
    }

    private func answerCreate(
        _ created: PredictionRecord, wait: Preferences.Wait?, _ request: Request
    ) async -> Response {
        var (record, form) = (created, PredictionBody.Form.created)
        if let wait {
            await server.predictions.waitUntilFinished(record.id, atMost: wait.time)
            record = server.predictions.record(record.id) ?? record
            form = isAnsweredEarly(record) ? .early : .waited
        }
        var body = PredictionBody(base: base(for: request), nasty: server.configuration.faults.nasty)
        body.append(record, as: form, at: server.clock.now)
        var response = Response.json(body.bytes, status: .created)
        if let wait { response.headers[.preferenceApplied] = wait.text }
        return response
    }

    /// Whether a create that waited for this prediction is answered before its success is written down.
    private func isAnsweredEarly(_ record: PredictionRecord) -> Bool {
        guard record.lifecycle.snapshot(at: server.clock.now).status == .succeeded else { return false }
        let configuration = server.configuration
        return configuration.earlyOutput || configuration.faults.nasty
            || server.draw({ $0.earlyOutput() }, otherwise: false)
    }

    /// The body of a request, which has to be JSON.
    func body(of request: Request) async throws -> JSONValue {
        let buffer: [UInt8]
        do {
            buffer = Array(buffer: try await request.body.collect(upTo: 32 * 1024 * 1024))
        } catch is NIOTooManyBytesError {
            throw Problem.bodyTooLarge
        }
        do {
            return try JSONValue(parsing: buffer)
        } catch {
            throw Problem.badRequest("The request body is not valid JSON: \(error)")
        }
    }

    /// A create that is known to be in order.
    private struct Order {
        var model: ServedModel
        var version: String
        var deployment: String?
        var input: JSONValue
        var deadline: Duration?
        var webhook: WebhookSpec?
    }

    private func order(_ target: Route.CreateTarget, _ body: JSONValue, _ request: Request) throws(Problem) -> Order {
        var problems = Self.problems(with: body, needsVersion: target == .version)
        let webhook = WebhookSpec(body, problems: &problems)
        guard problems.isEmpty, let input = body["input"] else { throw .validation(problems) }
        let model: ServedModel
        var deployment: String?
        var isPinned = false
        switch target {
        case .version:
            guard let found = server.model(forVersion: body["version"]?.stringValue ?? "") else {
                throw .badVersion
            }
            model = found
        case .model(let owner, let name):
            guard let found = server.catalogue.model(owner, name), found.isOfficial else { throw .notFound }
            model = found
        case .deployment(let owner, let name):
            guard let found = server.model(forDeployment: owner, name) else { throw .notFound }
            model = found.model
            isPinned = found.isPinned
            deployment = name
        }
        let found = model.schema.validate(input)
        guard found.isEmpty else { throw .validation(found) }
        // Official models do not say which version ran, unless that version was asked for.
        let isHidden =
            model.isOfficial && !isPinned && body["version"]?.stringValue.map { !$0.hasSuffix(model.version) } ?? true
        return Order(
            model: model, version: isHidden ? "hidden" : model.version, deployment: deployment, input: input,
            deadline: try Self.deadline(from: request.headers[.cancelAfter]), webhook: webhook)
    }

    /// What is wrong with the keys at the top.
    private static func problems(with body: JSONValue, needsVersion: Bool) -> [SchemaProblem] {
        guard let members = body.objectValue else {
            return [
                SchemaProblem(
                    field: "", kind: "invalid_type",
                    description: "Invalid type. Expected: object, given: \(body.typeName)")
            ]
        }
        var problems: [SchemaProblem] = []
        for key in needsVersion ? ["version", "input"] : ["input"] where members[key] == nil {
            problems.append(SchemaProblem(field: "", kind: "required", description: "\(key) is required"))
        }
        let known = ["input", "webhook", "webhook_events_filter", "stream"] + (needsVersion ? ["version"] : [])
        for key in members.keys.sorted() where !known.contains(key) {
            problems.append(
                SchemaProblem(
                    field: "", kind: "additional_property_not_allowed",
                    description: "Additional property \(key) is not allowed"))
        }
        if let input = members["input"], input.objectValue == nil {
            problems.append(
                SchemaProblem(
                    field: "input", kind: "invalid_type",
                    description: "Invalid type. Expected: object, given: \(input.typeName)"))
        }
        return problems
    }

    private func accept(_ order: Order, base: String) -> PredictionRecord {
        switch order.model.engine {
        case .builtIn(let model):
            var plan = model.plan(order.input)
            if plan.ending == .succeeded, let ending = server.draw({ $0.ending() }, otherwise: nil) {
                plan.ending = ending
            }
            return server.predictions.insert { id, time in
                var record = makeRecord(order, id, time)
                record.lifecycle.plan(
                    startAfter: server.configuration.startDelay, runFor: server.configuration.runTime ?? plan.runTime,
                    ending: plan.ending)
                record.take(plan, base: base)
                return record
            }
        case .command(let command):
            let ending = server.draw({ $0.ending() }, otherwise: nil)
            let record = server.predictions.insert { id, time in makeRecord(order, id, time) }
            server.commands.enqueue(
                CommandJob(id: record.id, command: command, input: order.input, base: base, endsInstead: ending))
            return record
        }
    }

    private func makeRecord(_ order: Order, _ id: PredictionID, _ time: ServerTime) -> PredictionRecord {
        PredictionRecord(
            id: id, model: order.model.fullName, version: order.version, deployment: order.deployment,
            lifecycle: PredictionLifecycle(createdAt: time, deadline: order.deadline.map { time.advanced(by: $0) }),
            webhook: order.webhook, data: PredictionData(input: order.input.jsonBytes()))
    }

    // MARK: - Headers

    /// Reads `90`, `90s` or parts such as `1h30m`.
    static func deadline(from header: String?) throws(Problem) -> Duration? {
        guard let header else { return nil }
        var total = 0
        var number = ""
        for character in header {
            if character.isASCII, character.isNumber {
                number.append(character)
                continue
            }
            guard let count = Int(number), count < 100_000,
                let unit = ["s": 1, "m": 60, "h": 3600][character]
            else { throw .badDeadline(header) }
            total += count * unit
            number = ""
        }
        if !number.isEmpty {
            guard let count = Int(number), total == 0 else { throw .badDeadline(header) }
            total = count
        }
        guard (5...86_400).contains(total) else { throw .badDeadline(header) }
        return .seconds(total)
    }

    // MARK: - Read

    func prediction(_ id: String, _ request: Request) throws(Problem) -> Response {
        guard let record = PredictionID(id).flatMap({ server.anyRecord($0, base: base(for: request)) }) else {
            throw .notFound
        }
        return shown(record, request)
    }

    func cancelPrediction(_ id: String, _ request: Request) throws(Problem) -> Response {
        guard let id = PredictionID(id) else { throw .notFound }
        if let result = server.predictions.cancel(id) {
            if result.ended { server.commands.cancel(id) }
            return shown(result.record, request)
        }
        // An example ended long ago, and so stays as it is.
        let record = server.trainings.cancel(id)?.record ?? server.anyRecord(id, base: base(for: request))
        guard let record else { throw .notFound }
        return shown(record, request)
    }

    private func shown(_ record: PredictionRecord, _ request: Request) -> Response {
        var body = PredictionBody(base: base(for: request), nasty: server.configuration.faults.nasty)
        body.append(record, as: .read, at: server.clock.now)
        return .json(body.bytes)
    }

    // MARK: - List

    private static let pageSize = 100

    func listPredictions(_ request: Request) throws(Problem) -> Response {
        let query = request.uri.queryParameters
        let after = query["created_after"].map(String.init)
        let before = query["created_before"].map(String.init)
        var cursor = PredictionTable.Cursor.newest
        if let text = query["cursor"] { cursor = try PageCursor.read(String(text)) }
        var page = PredictionTable.Page()
        if let source = query["source"] {
            // All predictions of this server were made by the API, none by a website.
            guard source == "web" else {
                throw .badRequest("source is '\(source)'; expected web, or no source for all predictions")
            }
        } else {
            page = server.predictions.page(
                cursor, size: Self.pageSize, after: try Self.microseconds(after, "created_after"),
                before: try Self.microseconds(before, "created_before"))
        }
        func link(_ cursor: PredictionTable.Cursor?) -> JSONValue {
            cursor.map { .string(pageLink(request, cursor: PageCursor.text($0))) } ?? .null
        }
        let now = server.clock.now
        var body = PredictionBody(base: base(for: request), nasty: server.configuration.faults.nasty)
        body.append("{\"next\":\(link(page.next).jsonString()),\"previous\":\(link(page.previous).jsonString()),")
        body.append("\"results\":[")
        for (index, record) in page.records.enumerated() {
            if index > 0 { body.append(",") }
            body.append(record, as: .row, at: now)
        }
        body.append("]}")
        return .json(body.bytes)
    }

    private static func microseconds(_ text: String?, _ name: String) throws(Problem) -> Int64? {
        guard let text else { return nil }
        guard let date = APITime.parse(text) else {
            throw .badRequest("\(name) is not a valid ISO 8601 time: \(text)")
        }
        return Int64((date.timeIntervalSince1970 * 1_000_000).rounded())
    }
}

/// The opaque text in the links between pages.
enum PageCursor {
    static func text(_ cursor: PredictionTable.Cursor) -> String {
        let plain =
            switch cursor {
            case .newest: "n"
            case .olderThan(let number): "o=\(number)"
            case .newerThan(let number): "r=\(number)"
            }
        return Data(plain.utf8).base64EncodedString()
    }

    static func read(_ text: String) throws(Problem) -> PredictionTable.Cursor {
        guard let data = Data(base64Encoded: text) else { throw .badCursor }
        let plain = String(decoding: data, as: UTF8.self)
        guard let number = Int(plain.dropFirst(2)), number >= 0 else { throw .badCursor }
        switch plain.prefix(2) {
        case "o=": return .olderThan(number)
        case "r=": return .newerThan(number)
        default: throw .badCursor
        }
    }
}

extension Problem {
    static let badCursor = Problem(status: 404, detail: "Invalid cursor")

    fileprivate static func badDeadline(_ header: String) -> Problem {
        Problem(
            status: 422, title: "Invalid Cancel-After header",
            detail: "Cancel-After is '\(header)'; expected 5 seconds to 24 hours, such as 90s or 1h30m")
    }
}
