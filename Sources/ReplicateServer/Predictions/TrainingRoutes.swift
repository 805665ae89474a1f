import DemoModels
import Hummingbird
import LosslessJSON
import ReplicateAPI
import Synchronization

extension APIResponder {
    private static let trainingRules = BodyRules(
        required: ["destination", "input"],
        [
            "destination": ["type": "string"], "input": ["type": "object"],
            "webhook": ["type": "string", "nullable": true],
            "webhook_events_filter": ["type": "array", "items": ["type": "string"], "nullable": true],
        ])

    func createTraining(
        _ owner: String, _ name: String, _ version: String, _ request: Request
    ) async throws -> Response {
        let members = try Self.trainingRules.members(of: try await body(of: request))
        guard let trainer = try server.model(owner, name).version(version)?.model else { throw Problem.notFound }
        guard let model = trainer.trainable else {
            throw Problem.badRequest(
                "\(trainer.fullName) cannot be trained; the model that can be is nightshift/tuner")
        }
        let destination = members["destination"]?.stringValue ?? ""
        guard let target = server.registry.model(destination) else { throw Problem.noDestination }
        let input = members["input"] ?? [:]
        var problems = trainer.trainingSchema.validate(input)
        let webhook = WebhookSpec(.object(members), problems: &problems)
        guard problems.isEmpty else { throw Problem.validation(problems) }
        var plan = model.planTraining(input)
        if plan.ending == .succeeded, let ending = server.draw({ $0.ending() }, otherwise: nil) {
            plan.ending = ending
        }
        let record = begin(plan, of: trainer, for: target, input, webhook, base: base(for: request))
        server.countRun(of: trainer.fullName)
        if let webhook {
            let subject = PredictionSubject(
                id: record.id, predictions: server.trainings, base: base(for: request),
                nasty: server.configuration.faults.nasty, collection: "trainings")
            server.webhooks.watch(subject, for: webhook)
        }
        // The real API shows a new training at its place among the predictions, and later at its own.
        return .json(json([record], as: .created, in: "predictions", request), status: .created)
    }

    private func begin(
        _ plan: TrainingPlan, of trainer: ServedModel, for target: RegisteredModel, _ input: JSONValue,
        _ webhook: WebhookSpec?, base: String
    ) -> PredictionRecord {
        var made: ServedModel?
        let weights = OutputFile(plan.weights)
        let record = server.trainings.insert { id, time in
            let result = ServedModel(trained: plan.result, owner: target.owner, name: target.name, training: id)
            made = result
            var record = PredictionRecord(
                id: id, model: trainer.fullName, version: trainer.version, deployment: nil,
                lifecycle: PredictionLifecycle(createdAt: time, runLimit: .seconds(24 * 3600)),
                webhook: webhook, data: PredictionData(input: input.jsonBytes()))
            record.lifecycle.plan(
                startAfter: server.configuration.startDelay, runFor: server.configuration.runTime ?? plan.runTime,
                ending: plan.ending)
            let output: JSONValue = [
                "version": .string("\(target.fullName):\(result.version)"),
                "weights": .string(weights.url(of: id, base: base)),
            ]
            record.data?.logs = plan.logs
            record.data?.files = [weights]
            record.data?.output = .whole(output.jsonBytes())
            return record
        }
        if let made { server.models.withLock { $0.expect(made, from: record.id) } }
        return record
    }

    func listTrainings(_ request: Request) throws(Problem) -> Response {
        var cursor = PredictionTable.Cursor.newest
        if let text = request.uri.queryParameters["cursor"] { cursor = try PageCursor.read(String(text)) }
        let page = server.trainings.page(cursor, size: 100, after: nil, before: nil)
        func link(_ cursor: PredictionTable.Cursor?) -> String {
            guard let cursor else { return "null" }
            return JSONValue.string(pageLink(request, cursor: PageCursor.text(cursor))).jsonString()
        }
        let rows = json(page.records, as: .row, in: "trainings", request)
        return .json(
            Array("{\"next\":\(link(page.next)),\"previous\":\(link(page.previous)),\"results\":[".utf8) + rows
                + Array("]}".utf8))
    }

    func training(_ id: String, _ request: Request) throws(Problem) -> Response {
        guard let record = PredictionID(id).flatMap({ server.trainings.record($0) }) else { throw .notFound }
        return .json(json([record], as: .read, in: "trainings", request))
    }

    func cancelTraining(_ id: String, _ request: Request) throws(Problem) -> Response {
        guard let record = PredictionID(id).flatMap({ server.trainings.cancel($0)?.record }) else { throw .notFound }
        return .json(json([record], as: .read, in: "trainings", request))
    }

    /// Trainings as JSON, with commas between them.
    private func json(
        _ records: [PredictionRecord], as form: PredictionBody.Form, in collection: String, _ request: Request
    ) -> [UInt8] {
        var body = PredictionBody(base: base(for: request), nasty: server.configuration.faults.nasty)
        body.collection = collection
        let now = server.clock.now
        for (index, record) in records.enumerated() {
            if index > 0 { body.append(",") }
            body.append(record, as: form, at: now)
        }
        return body.bytes
    }
}

extension Problem {
    fileprivate static let noDestination = Problem(
        status: 404, detail: "The specified training destination does not exist")
}
