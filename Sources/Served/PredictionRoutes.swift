import Foundation
import HTTPTypes
import Hummingbird
import JSON
import ReplicateAPI
import Synchronization

extension Routes {
    func addPredictionRoutes(to api: RouterGroup<ServerContext>) {
        api.post("predictions") { request, context in
            try await create(request, context, topLevelKeys: ["version"]) { body in
                guard let version = body["version"]?.stringValue else { return nil }
                return model(ofVersion: version)
            }
        }
        api.post("models/:owner/:name/predictions") { request, context in
            try await create(request, context) { _ in
                let model = state.models["\(context.owner)/\(context.name)"]
                return model?.isOfficial == true ? model : nil
            }
        }
        api.post("deployments/:owner/:name/predictions") { request, context in
            // Every model can be asked for as a deployment of the same name.
            try await create(request, context) { _ in state.models["\(context.owner)/\(context.name)"] }
        }
        api.get("predictions") { request, context in try await read(context) { try list(request) } }
        api.get("predictions/:id") { _, context in
            try await read(context) {
                guard let record = state.record(context.parameters.get("id") ?? "") else { return Answer.notFound }
                return Answer.json(view(record, isRow: false))
            }
        }
        api.post("predictions/:id/cancel") { _, context in
            try await read(context) {
                let id = context.parameters.get("id") ?? ""
                guard state.record(id) != nil else { return Answer.notFound }
                state.update(id) { $0.lifecycle.finish(.canceled, at: Date()) }
                guard let record = state.record(id) else { return Answer.notFound }
                return Answer.json(view(record, isRow: false))
            }
        }
    }

    // MARK: - Creating

    /// A 64-digit id, `owner/name:id`, or `owner/name` of an official model.
    private func model(ofVersion text: String) -> (any ServedModel)? {
        if let model = state.models[text] { return model.isOfficial ? model : nil }
        let id = text.split(separator: ":").last.map(String.init) ?? text
        return state.model(versionID: id)
    }

    private func create(
        _ request: Request, _ context: ServerContext, topLevelKeys: Set<String> = [],
        model find: (JSONValue) -> (any ServedModel)?
    ) async throws -> Response {
        let faults = state.configuration.faults
        let body = try await request.body.collect(upTo: 128 * 1024 * 1024)
        if state.happens(faults.slow) { try await Task.sleep(for: .seconds(1)) }
        if state.happens(faults.lostBefore) { return await context.cut() }
        if state.happens(faults.serverErrors) { return serverError() }
        if state.happens(faults.noCredit) { return Answer.noCredit }
        if state.happens(faults.throttles) {
            return Answer.throttled(seconds: 1, sendsHeader: state.configuration.sendsRetryAfter)
        }
        let remaining: Int
        switch state.contents.withLock({ $0.creates.take(at: Date()) }) {
        case .throttled(let seconds):
            return Answer.throttled(seconds: seconds, sendsHeader: state.configuration.sendsRetryAfter)
        case .allowed(let left): remaining = left
        }
        let json: JSONValue
        do throws(JSONParsingError) {
            json = try JSONValue(parsing: body.readableBytesView)
        } catch {
            return Answer.problem(.badRequest, detail: "The request body is not valid JSON: \(error)")
        }
        if let refusal = refusal(of: json, allowing: topLevelKeys) { return refusal }
        guard let model = find(json) else { return topLevelKeys.isEmpty ? Answer.notFound : Answer.invalidVersion }
        let input = json["input"] ?? [:]
        let problems = state.schemas[model.id]?.validate(input) ?? []
        guard problems.isEmpty else { return Answer.invalidInput(problems) }
        let wait: Int?
        let cancelAfter: TimeInterval?
        do throws(PreferenceError) {
            wait = try Preferences.wait(request.headers)
            cancelAfter = try Preferences.cancelAfter(request.headers)
        } catch {
            return Answer.problem(.unprocessableContent, title: "Invalid header", detail: error.message)
        }
        return await accept(
            model, input, Accepting(wait: wait, cancelAfter: cancelAfter, remaining: remaining, body: json), context)
    }

    private struct Accepting {
        var wait: Int?
        var cancelAfter: TimeInterval?
        var remaining: Int
        var body: JSONValue
    }

    private func accept(
        _ model: any ServedModel, _ input: JSONValue, _ accepting: Accepting, _ context: ServerContext
    ) async -> Response {
        let faults = state.configuration.faults
        let isLost = state.happens(faults.lostAfter)
        let isHidden = !isLost && state.happens(faults.serverErrorsAfter)
        let record = state.create(
            model, input: input, cancelAfter: accepting.cancelAfter, webhook: accepting.body["webhook"]?.stringValue)
        state.log?.accepted(
            id: record.id, model: model.id, input: input, at: record.lifecycle.createdAt,
            isAnswered: !isLost && !isHidden)
        work.yield(RunningPrediction(state: state, record: record, baseURL: baseURL, fate: fate()))
        if isLost { return await context.cut() }
        if isHidden { return serverError() }
        var headers: HTTPFields = [:]
        headers.setRateLimit(remaining: accepting.remaining)
        if let wait = accepting.wait {
            if let name = HTTPField.Name("Preference-Applied") { headers[name] = "wait=\(wait)" }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await state.end(of: record.id) }
                group.addTask { try? await Task.sleep(for: .seconds(wait)) }
                await group.next()
                group.cancelAll()
            }
        }
        let seen = accepting.wait == nil ? record : state.record(record.id) ?? record
        return Answer.json(view(seen, isRow: false, isFresh: true), status: .created, headers: headers)
    }

    private func fate() -> PredictionLifecycle.End? {
        let faults = state.configuration.faults
        if state.happens(faults.interrupted) { return .failed("Prediction interrupted; please retry (code: PA)") }
        if state.happens(faults.failed) {
            let text = state.contents.withLock { Faults.platformErrors.randomElement(using: &$0.random) }
            return .failed(text ?? "An unknown error occurred. (E1000)")
        }
        return state.happens(faults.aborted) ? .aborted : nil
    }

    private func refusal(of body: JSONValue, allowing topLevelKeys: Set<String>) -> Response? {
        guard let members = body.objectValue else {
            return Answer.problem(.badRequest, detail: "The request body must be a JSON object")
        }
        let known = topLevelKeys.union(["input", "webhook", "webhook_events_filter", "stream"])
        var problems = members.keys.filter { !known.contains($0) }.sorted().map { key in
            InputProblem(
                field: "", kind: "additional_property_not_allowed",
                description: "Additional property \(key) is not allowed")
        }
        if topLevelKeys.contains("version"), members["version"] == nil {
            problems.append(InputProblem(field: "", kind: "required", description: "version is required"))
        }
        if members["input"] == nil {
            problems.append(InputProblem(field: "", kind: "required", description: "input is required"))
        }
        return problems.isEmpty ? nil : Answer.invalidInput(problems)
    }

    // MARK: - Listing

    private static let rowsAPage = 100

    private func list(_ request: Request) throws -> Response {
        let query = request.uri.queryParameters
        func time(_ name: Substring) -> Date? { query[name].flatMap { APITime.parse(String($0)) } }
        let cursor = query["cursor"].flatMap { Data(base64Encoded: String($0)) }
            .flatMap { Int(String(decoding: $0, as: UTF8.self)) }
        if query["cursor"] != nil, cursor == nil { return Answer.problem(.badRequest, detail: "Invalid cursor") }
        let (records, next) = state.page(
            before: cursor, after: time("created_after"), until: time("created_before"), size: Routes.rowsAPage)
        let link = next.map { number in
            var components = URLComponents()
            components.queryItems = [
                URLQueryItem(name: "cursor", value: Data(String(number).utf8).base64EncodedString())
            ]
            for name in ["created_after", "created_before"] {
                guard let value = query[Substring(name)] else { continue }
                components.queryItems?.append(URLQueryItem(name: name, value: String(value)))
            }
            // A plus sign would be read as a space.
            let text = (components.percentEncodedQuery ?? "").replacing("+", with: "%2B")
            return "\(baseURL)/v1/predictions?\(text)"
        }
        return Answer.json(page(records.map { view($0, isRow: true) }, next: link))
    }

    // MARK: - Views

    /// A prediction as the API shows it: with nanoseconds in a create's answer, microseconds later, no logs in rows.
    func view(_ record: ServerState.Record, isRow: Bool, isFresh: Bool = false) -> JSONValue {
        let lifecycle = record.lifecycle
        let status = lifecycle.status
        let isRemoved = lifecycle.isRemoved(at: Date(), retention: state.configuration.retention)
        func text(_ date: Date?) -> JSONValue { date.map { .string(APITime.format($0)) } ?? .null }
        var created = APITime.format(lifecycle.createdAt)
        if isFresh, created.hasSuffix("Z") { created = created.dropLast() + "134Z" }
        var members: [String: JSONValue] = [
            "id": .string(record.id), "model": .string(record.model.id),
            "version": .string(record.model.isOfficial ? "hidden" : record.model.versionID), "input": record.input,
            "output": record.output, "error": .null, "status": .string(status.rawValue), "source": "api",
            "created_at": .string(created), "data_removed": .bool(isRemoved), "metrics": [:],
            "urls": [
                "get": .string("\(baseURL)/v1/predictions/\(record.id)"),
                "cancel": .string("\(baseURL)/v1/predictions/\(record.id)/cancel"),
                "web": .string("\(baseURL)/p/\(record.id)"),
            ],
        ]
        if !isRow { members["logs"] = .string(record.logs) }
        if lifecycle.startedAt != nil { members["started_at"] = text(lifecycle.startedAt) }
        if lifecycle.completedAt != nil { members["completed_at"] = text(lifecycle.completedAt) }
        if lifecycle.deadline != nil { members["deadline"] = text(lifecycle.deadline) }
        if case .failed(let error) = lifecycle.end { members["error"] = .string(error) }
        if let completedAt = lifecycle.completedAt {
            var metrics: [String: JSONValue] = [
                "total_time": number(completedAt.timeIntervalSince(lifecycle.createdAt))
            ]
            if let time = lifecycle.predictTime { metrics["predict_time"] = number(time) }
            members["metrics"] = .object(metrics)
        }
        if state.configuration.isNasty {
            members["version"] = .string(Digest.sha256("another version".utf8))
            members["webhook_completed"] = .null
            members["something_new"] = ["nested": true]
            if record.output.isNull { members["output"] = nil }
        }
        return .object(members)
    }

    private func number(_ seconds: TimeInterval) -> JSONValue {
        JSONNumber((seconds * 1_000_000).rounded() / 1_000_000).map(JSONValue.number) ?? .null
    }
}

extension ServerContext {
    var owner: String { parameters.get("owner") ?? "" }
    var name: String { parameters.get("name") ?? "" }
}
