import Hummingbird
import LosslessJSON
import ReplicateAPI
import Synchronization

extension APIResponder {
    private static let newModelRules: BodyRules = {
        let link: JSONValue = ["type": "string", "nullable": true]
        return BodyRules(
            required: ["owner", "name", "visibility", "hardware"],
            [
                "owner": ["type": "string"], "name": ["type": "string", "maxLength": 255],
                "visibility": [
                    "type": "string",
                    "enum": .array(RegisteredModel.Visibility.allCases.map { .string($0.rawValue) }),
                ],
                "hardware": ["type": "string"], "description": ["type": "string", "nullable": true],
                "github_url": link, "paper_url": link, "license_url": link, "cover_image_url": link,
            ])
    }()

    private static let modelRules: BodyRules = {
        let text: JSONValue = ["type": "string", "nullable": true]
        return BodyRules([
            "description": text, "readme": text, "github_url": text, "paper_url": text, "weights_url": text,
            "license_url": text,
        ])
    }()

    func createModel(_ request: Request) async throws -> Response {
        let members = try Self.newModelRules.members(of: try await body(of: request)) { members in
            let problems = [
                Self.problem(withOwner: members["owner"]?.stringValue ?? ""),
                SchemaProblem.problem(withName: members["name"]?.stringValue ?? ""),
                SchemaProblem.problem(withHardware: members["hardware"]?.stringValue ?? ""),
            ]
            return problems.compactMap(\.self) + Self.problems(withLinksOf: members)
        }
        var model = RegisteredModel(
            owner: ServerState.accountName, name: members["name"]?.stringValue ?? "",
            visibility: members["visibility"]?.stringValue.flatMap(RegisteredModel.Visibility.init) ?? .private,
            createdAt: server.clock.now)
        model.take(members)
        guard server.catalogue.registered(model.fullName) == nil,
            try server.changeModels({ [model] models in models.insert(model) })
        else { throw Problem.conflict("A model named \(model.fullName) exists already; choose another name") }
        return .json(json(model, base(for: request)), status: .created)
    }

    func updateModel(_ owner: String, _ name: String, _ request: Request) async throws -> Response {
        let body = try await body(of: request)
        let fullName = try changeableModel(owner, name)
        let members = try Self.modelRules.members(of: body) { Self.problems(withLinksOf: $0) }
        guard let model = try server.changeModels({ models in models.update(fullName) { $0.take(members) } }) else {
            throw Problem.notFound
        }
        return .json(json(model, base(for: request)))
    }

    func deleteModel(_ owner: String, _ name: String) throws(Problem) -> Response {
        let fullName = try changeableModel(owner, name)
        try server.changeModels { (models) throws(Problem) in try models.delete(fullName) }
        return Response(status: .noContent)
    }

    func deleteVersion(_ owner: String, _ name: String, _ id: String) throws(Problem) -> Response {
        guard try server.model(owner, name).version(id) != nil else { throw .notFound }
        let fullName = try changeableModel(owner, name)
        if let user = server.deployments.withLock({ $0.user(of: id) }) {
            throw .forbidden("The deployment \(user.fullName) runs this version; delete the deployment first")
        }
        try server.changeModels { (models) throws(Problem) in try models.deleteVersion(id, of: fullName) }
        return Response(status: .accepted)
    }

    /// The full name of a model that the account may change.
    private func changeableModel(_ owner: String, _ name: String) throws(Problem) -> String {
        let model = try server.model(owner, name)
        guard !model.isBuiltIn else {
            throw .forbidden("\(model.fullName) came with the server; only models that you created can be changed")
        }
        return model.fullName
    }

    private static func problem(withOwner owner: String) -> SchemaProblem? {
        if owner == ServerState.accountName { return nil }
        return SchemaProblem(
            field: "owner", kind: "enum",
            description: "owner must be the account's username: \"\(ServerState.accountName)\"")
    }

    private static func problems(withLinksOf members: [String: JSONValue]) -> [SchemaProblem] {
        RegisteredModel.Link.allCases.map(\.rawValue).compactMap { key in
            guard let text = members[key]?.stringValue, !text.hasPrefix("https://"), !text.hasPrefix("http://") else {
                return nil
            }
            return SchemaProblem(
                field: key, kind: "format", description: "\(key) is '\(text)'; expected an http or https address")
        }
    }
}

extension RegisteredModel {
    /// Takes over what a body that is in order says; null takes away what was there.
    fileprivate mutating func take(_ members: [String: JSONValue]) {
        if let value = members["description"] { description = value.stringValue }
        if let value = members["readme"] { readme = value.stringValue }
        for link in Link.allCases {
            if let value = members[link.rawValue] { links[link] = value.stringValue }
        }
    }
}
