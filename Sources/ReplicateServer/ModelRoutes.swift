import Hummingbird
import JSON
import Synchronization

extension APIResponder {
    /// The models are as old as the server's first day.
    private static let birthday = "2026-11-01T00:00:00.000000Z"

    private func page(_ results: [JSONValue]) -> Response {
        .json(["next": nil, "previous": nil, "results": .array(results)])
    }

    func listModels(_ request: Request) -> Response {
        let base = base(for: request)
        return page(server.catalogue.models.map { json($0, base) })
    }

    func model(_ owner: String, _ name: String, _ request: Request) throws(Problem) -> Response {
        .json(json(try find(owner, name), base(for: request)))
    }

    func listVersions(_ owner: String, _ name: String) throws(Problem) -> Response {
        page([versionJSON(try find(owner, name))])
    }

    func version(_ owner: String, _ name: String, _ id: String) throws(Problem) -> Response {
        let model = try find(owner, name)
        guard id == model.version else { throw .notFound }
        return .json(versionJSON(model))
    }

    private func find(_ owner: String, _ name: String) throws(Problem) -> ServedModel {
        guard let model = server.catalogue.model(owner, name) else { throw .notFound }
        return model
    }

    private func versionJSON(_ model: ServedModel) -> JSONValue {
        [
            "id": .string(model.version), "created_at": .string(Self.birthday), "cog_version": "0.16.12",
            "openapi_schema": model.openAPI,
        ]
    }

    private func json(_ model: ServedModel, _ base: String) -> JSONValue {
        [
            "url": .string("\(base)/v1/models/\(model.fullName)"), "owner": .string(model.owner),
            "name": .string(model.name), "description": .string(model.summary), "visibility": "public",
            "is_official": .bool(model.isOfficial), "github_url": nil, "paper_url": nil, "license_url": nil,
            "run_count": 0, "cover_image_url": nil, "default_example": nil, "latest_version": versionJSON(model),
        ]
    }

    // MARK: - Deployments

    // Every model has a deployment of its own name, which is all that a client needs to try them.

    func listDeployments() -> Response {
        page(server.catalogue.models.map { deploymentJSON($0) })
    }

    func deployment(_ owner: String, _ name: String) throws(Problem) -> Response {
        .json(deploymentJSON(try find(owner, name)))
    }

    private func deploymentJSON(_ model: ServedModel) -> JSONValue {
        [
            "owner": .string(model.owner), "name": .string(model.name),
            "current_release": [
                "number": 1, "model": .string(model.fullName), "version": .string(model.version),
                "created_at": .string(Self.birthday),
                "created_by": ["type": "user", "username": .string(model.owner), "name": .string(model.owner)],
                "configuration": ["hardware": "cpu", "min_instances": 0, "max_instances": 1],
            ],
        ]
    }

    // MARK: - Account and the server itself

    func account() -> Response {
        .json(["type": "user", "username": "nightshift", "name": "Nightshift", "github_url": nil, "avatar_url": nil])
    }

    func hardware() -> Response {
        .json([["sku": "cpu", "name": "CPU"]])
    }

    /// What a person sees who opens the server in a browser.
    func about(_ request: Request) -> Response {
        let counts = server.counts.withLock { $0 }
        func number(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }
        let json: JSONValue = [
            "server": "nightshift", "api": .string("\(base(for: request))/v1"),
            "models": .array(server.catalogue.models.map { .string($0.fullName) }),
            "requests": [
                "creates": number(counts.creates), "accepted": number(counts.accepted),
                "throttled": number(counts.throttled), "gets": number(counts.gets), "lists": number(counts.lists),
                "cancels": number(counts.cancels), "files": number(counts.files),
                "downloads": number(counts.downloads), "others": number(counts.others),
            ],
        ]
        return .json(json.jsonBytes(indented: true) + [0x0A])
    }
}
