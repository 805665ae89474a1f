import Foundation
import Hummingbird
import JSON
import Synchronization

extension Routes {
    func addModelRoutes(to api: RouterGroup<ServerContext>) {
        api.get("models") { _, context in
            try await read(context) {
                let models = state.models.values.sorted { $0.id < $1.id }
                return Answer.json(page(models.map { view($0) }, next: nil))
            }
        }
        api.get("models/:owner/:name") { _, context in
            try await read(context) {
                guard let model = state.models["\(context.owner)/\(context.name)"] else { return Answer.notFound }
                return Answer.json(view(model))
            }
        }
        api.get("models/:owner/:name/versions") { _, context in
            try await read(context) {
                guard let model = state.models["\(context.owner)/\(context.name)"] else { return Answer.notFound }
                return Answer.json(page([version(of: model)], next: nil))
            }
        }
        api.get("models/:owner/:name/versions/:version") { _, context in
            try await read(context) {
                guard let model = state.models["\(context.owner)/\(context.name)"],
                    model.versionID == context.parameters.get("version")
                else { return Answer.notFound }
                return Answer.json(version(of: model))
            }
        }
        api.get("deployments/:owner/:name") { _, context in
            try await read(context) {
                guard let model = state.models["\(context.owner)/\(context.name)"] else { return Answer.notFound }
                return Answer.json([
                    "owner": .string(model.owner), "name": .string(model.name),
                    "current_release": [
                        "number": 1, "model": .string(model.id), "version": .string(model.versionID),
                        "created_at": Self.birthday,
                        "created_by": ["type": "organization", "username": "nightshift", "name": "Nightshift"],
                        "configuration": ["hardware": "cpu", "min_instances": 1, "max_instances": 1],
                    ],
                ])
            }
        }
    }

    private static let birthday: JSONValue = "2026-01-01T00:00:00.000000Z"

    private func view(_ model: any ServedModel) -> JSONValue {
        [
            "url": .string("\(baseURL)/\(model.id)"), "owner": .string(model.owner), "name": .string(model.name),
            "description": .string(model.summary), "visibility": "public", "github_url": .null, "paper_url": .null,
            "license_url": .null, "run_count": .number(JSONNumber(state.contents.withLock { $0.created })),
            "cover_image_url": .null, "default_example": .null, "latest_version": version(of: model),
            "is_official": .bool(model.isOfficial),
        ]
    }

    private func version(of model: any ServedModel) -> JSONValue {
        [
            "id": .string(model.versionID), "created_at": Self.birthday, "cog_version": "0.16.12",
            "openapi_schema": model.openAPISchema,
        ]
    }
}
