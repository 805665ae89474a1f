import HTTPTypes
import Hummingbird
import LosslessJSON
import NIOCore
import ReplicateAPI

extension APIResponder {
    // MARK: - Models

    /// The public models; private ones are found by their names alone.
    func listModels(_ request: Request) throws(Problem) -> Response {
        let query = request.uri.queryParameters
        let order = try Self.choice(
            query["sort_by"], of: "sort_by", ["latest_version_created_at", "model_created_at"])
        let direction = try Self.choice(query["sort_direction"], of: "sort_direction", ["desc", "asc"])
        let base = base(for: request)
        return try page(
            of: server.allModels.filter { $0.visibility == .public }, request, ascending: direction == "asc",
            by: { model in
                // A model without a version is as new as itself.
                let version = order == "model_created_at" ? nil : model.latestVersion
                return "\((version?.createdAt ?? model.createdAt).position)/\(model.fullName)"
            }, json: { json($0, base) })
    }

    /// One of some words in a query; the first if there is none.
    private static func choice(_ text: Substring?, of name: String, _ choices: [String]) throws(Problem) -> String {
        let chosen = text.map(String.init) ?? choices[0]
        guard choices.contains(chosen) else {
            throw .badRequest("\(name) is '\(chosen)'; expected \(choices.joined(separator: " or "))")
        }
        return chosen
    }

    func model(_ owner: String, _ name: String, _ request: Request) throws(Problem) -> Response {
        .json(json(try server.model(owner, name), base(for: request)))
    }

    func listExamples(_ owner: String, _ name: String, _ request: Request) throws(Problem) -> Response {
        let base = base(for: request)
        let example = try server.model(owner, name).latestVersion?.model.example(base: base)
        return try page(of: example.map { [$0] } ?? [], request, by: \.id.text, json: { json($0, base) })
    }

    func readme(_ owner: String, _ name: String) throws(Problem) -> Response {
        guard let text = try server.model(owner, name).readme else { throw .notFound }
        return Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// A model as the API shows it.
    func json(_ model: RegisteredModel, _ base: String) -> JSONValue {
        var members: [String: JSONValue] = [
            "url": .string("\(base)/v1/models/\(model.fullName)"), "owner": .string(model.owner),
            "name": .string(model.name), "description": model.description.map { .string($0) } ?? .null,
            "visibility": .string(model.visibility.rawValue), "is_official": .bool(model.isOfficial),
            "run_count": .number(JSONNumber(server.runCount(of: model.fullName))),
            "default_example": model.latestVersion?.model.example(base: base).map { json($0, base) } ?? .null,
            "latest_version": model.latestVersion.map { Self.json($0) } ?? .null,
        ]
        for link in RegisteredModel.Link.allCases {
            members[link.rawValue] = model.links[link].map { .string($0) } ?? .null
        }
        return .object(members)
    }

    /// An example in the form of a prediction that is read.
    private func json(_ example: PredictionRecord, _ base: String) -> JSONValue {
        var body = PredictionBody(base: base, nasty: false)
        body.append(example, as: .read, at: server.clock.now)
        do {
            return try JSONValue(parsing: body.bytes)
        } catch {
            preconditionFailure("a prediction was written as something that is no JSON: \(error)")
        }
    }

    // MARK: - Versions

    func listVersions(_ owner: String, _ name: String, _ request: Request) throws(Problem) -> Response {
        try page(
            of: server.model(owner, name).versions, request,
            by: { "\($0.createdAt.position)/\($0.model.version)" }, json: { Self.json($0) })
    }

    func version(_ owner: String, _ name: String, _ id: String) throws(Problem) -> Response {
        guard let version = try server.model(owner, name).version(id) else { throw .notFound }
        return .json(Self.json(version))
    }

    private static func json(_ version: ServedVersion) -> JSONValue {
        [
            "id": .string(version.model.version), "created_at": .string(text(version.createdAt)),
            "cog_version": "0.16.12", "openapi_schema": version.model.openAPI,
        ]
    }

    static func text(_ time: ServerTime) -> String {
        var bytes: [UInt8] = []
        bytes.append(time: time, digits: 6)
        return String(decoding: bytes, as: UTF8.self)
    }
}
