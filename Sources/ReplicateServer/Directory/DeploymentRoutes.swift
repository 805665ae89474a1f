import Hummingbird
import LosslessJSON
import ReplicateAPI
import Synchronization

// Every model of the server has a deployment of its own name, which is all that a client needs to try them. Others can be
// created beside them.

extension APIResponder {
    private static let minimumRules: JSONValue = ["type": "integer", "minimum": 0, "maximum": 5]
    private static let maximumRules: JSONValue = ["type": "integer", "minimum": 0, "maximum": 20]

    // The API's document wants both counts, and the documentation of its clients knows them as optional.
    private static let defaultMinimum = 0
    private static let defaultMaximum = 1

    private static let newDeploymentRules = BodyRules(
        required: ["name", "model", "version", "hardware"],
        [
            "name": ["type": "string", "maxLength": 255], "model": ["type": "string"], "version": ["type": "string"],
            "hardware": ["type": "string"], "min_instances": minimumRules, "max_instances": maximumRules,
        ])

    private static let releaseRules = BodyRules([
        "model": ["type": "string"], "version": ["type": "string"], "hardware": ["type": "string"],
        "min_instances": minimumRules, "max_instances": maximumRules,
    ])

    func listDeployments(_ request: Request) throws(Problem) -> Response {
        let made = server.deployments.withLock { $0.deployments }
        return try page(
            of: made + server.catalogue.deployments, request, by: { "\($0.createdAt.position)/\($0.fullName)" },
            json: Self.json)
    }

    func deployment(_ owner: String, _ name: String) throws(Problem) -> Response {
        let made = server.deployments.withLock { $0.deployment(owner, name) }
        guard let deployment = made ?? server.catalogue.deployment(owner, name) else { throw .notFound }
        return .json(Self.json(deployment))
    }

    func createDeployment(_ request: Request) async throws -> Response {
        let members = try Self.newDeploymentRules.members(of: try await body(of: request)) { members in
            let problems = [
                SchemaProblem.problem(withName: members["name"]?.stringValue ?? ""),
                SchemaProblem.problem(withHardware: members["hardware"]?.stringValue ?? ""),
                Self.instances(
                    members["min_instances"]?.intValue ?? Self.defaultMinimum,
                    members["max_instances"]?.intValue ?? Self.defaultMaximum),
            ]
            return problems.compactMap(\.self)
        }
        let now = server.clock.now
        let deployment = MadeDeployment(
            owner: ServerState.accountName, name: members["name"]?.stringValue ?? "", createdAt: now,
            release: MadeDeployment.Release(
                model: members["model"]?.stringValue ?? "", version: members["version"]?.stringValue ?? "",
                hardware: members["hardware"]?.stringValue ?? "",
                minInstances: members["min_instances"]?.intValue ?? Self.defaultMinimum,
                maxInstances: members["max_instances"]?.intValue ?? Self.defaultMaximum, createdAt: now))
        try checkVersion(deployment.release.version, of: deployment.release.model)
        guard server.catalogue.deployment(deployment.owner, deployment.name) == nil,
            server.deployments.withLock({ $0.insert(deployment) })
        else { throw Problem.conflict("A deployment named \(deployment.fullName) exists already; choose another name") }
        return .json(Self.json(deployment))
    }

    func updateDeployment(_ owner: String, _ name: String, _ request: Request) async throws -> Response {
        let body = try await body(of: request)
        let fullName = try changeableDeployment(owner, name)
        let members = try Self.releaseRules.members(of: body) { members in
            members["hardware"]?.stringValue.flatMap { SchemaProblem.problem(withHardware: $0) }.map { [$0] } ?? []
        }
        if members["model"] != nil || members["version"] != nil,
            let current = server.deployments.withLock({ $0.deployment(owner, name)?.release })
        {
            let model = members["model"]?.stringValue ?? current.model
            if model != current.model, members["version"] == nil {
                throw Problem.validation([.noVersion(of: model)])
            }
            try checkVersion(members["version"]?.stringValue ?? current.version, of: model)
        }
        // A change of nothing makes no release.
        if members.isEmpty { return try deployment(owner, name) }
        let now = server.clock.now
        let deployment = try server.deployments.withLock { (table) throws(Problem) in
            try table.update(fullName) { (release) throws(Problem) in
                if let model = members["model"]?.stringValue { release.model = model }
                if let version = members["version"]?.stringValue { release.version = version }
                if let hardware = members["hardware"]?.stringValue { release.hardware = hardware }
                if let count = members["min_instances"]?.intValue { release.minInstances = count }
                if let count = members["max_instances"]?.intValue { release.maxInstances = count }
                if let problem = Self.instances(release.minInstances, release.maxInstances) {
                    throw .validation([problem])
                }
                release.createdAt = now
            }
        }
        return .json(Self.json(deployment))
    }

    func deleteDeployment(_ owner: String, _ name: String) throws(Problem) -> Response {
        let fullName = try changeableDeployment(owner, name)
        guard server.deployments.withLock({ $0.delete(fullName) }) else { throw .notFound }
        return Response(status: .noContent)
    }

    /// The full name of a deployment that the account may change.
    private func changeableDeployment(_ owner: String, _ name: String) throws(Problem) -> String {
        if let made = server.deployments.withLock({ $0.deployment(owner, name) }) { return made.fullName }
        guard let deployment = server.catalogue.deployment(owner, name) else { throw .notFound }
        throw .forbidden(
            "\(deployment.fullName) came with the server; only deployments that you created can be changed")
    }

    /// A deployment runs one version of a model that is there.
    private func checkVersion(_ version: String, of fullName: String) throws(Problem) {
        guard let reference = try? ModelReference(parsing: fullName), reference.version == nil else {
            throw .validation([
                SchemaProblem(
                    field: "model", kind: "pattern", description: "model is '\(fullName)'; expected owner/name")
            ])
        }
        let model: RegisteredModel
        do {
            model = try server.model(reference.owner, reference.name)
        } catch {
            throw .validation([
                SchemaProblem(field: "model", kind: "enum", description: "there is no model named \(fullName)")
            ])
        }
        guard model.version(version) != nil else { throw .badVersion }
    }

    private static func instances(_ minimum: Int, _ maximum: Int) -> SchemaProblem? {
        guard minimum > maximum else { return nil }
        return SchemaProblem(
            field: "min_instances", kind: "number_lte",
            description: "Must be less than or equal to max_instances, which is \(maximum)")
    }

    private static func json(_ deployment: MadeDeployment) -> JSONValue {
        let release = deployment.release
        return [
            "owner": .string(deployment.owner), "name": .string(deployment.name),
            "current_release": [
                "number": .number(JSONNumber(release.number)), "model": .string(release.model),
                "version": .string(release.version), "created_at": .string(text(release.createdAt)),
                "created_by": deployment.owner == ServerState.accountName
                    ? accountJSON
                    : [
                        "type": "user", "username": .string(deployment.owner), "name": .string(deployment.owner),
                        "github_url": nil, "avatar_url": nil,
                    ],
                "configuration": [
                    "hardware": .string(release.hardware), "min_instances": .number(JSONNumber(release.minInstances)),
                    "max_instances": .number(JSONNumber(release.maxInstances)),
                ],
            ],
        ]
    }
}

extension SchemaProblem {
    fileprivate static func noVersion(of model: String) -> SchemaProblem {
        SchemaProblem(
            field: "", kind: "required", description: "version is required with another model, here one of \(model)")
    }
}

extension Catalogue {
    /// A deployment of each model.
    fileprivate var deployments: [MadeDeployment] {
        registered.compactMap { Self.deployment(of: $0) }
    }

    fileprivate func deployment(_ owner: String, _ name: String) -> MadeDeployment? {
        registered("\(owner)/\(name)").flatMap { Self.deployment(of: $0) }
    }

    private static func deployment(of model: RegisteredModel) -> MadeDeployment? {
        guard let version = model.latestVersion?.model.version else { return nil }
        return MadeDeployment(
            owner: model.owner, name: model.name, createdAt: model.createdAt,
            release: MadeDeployment.Release(
                model: model.fullName, version: version, hardware: "cpu", minInstances: 0, maxInstances: 1,
                createdAt: model.createdAt))
    }
}
