import Hummingbird
import LosslessJSON
import Synchronization

/// A kind of machine that a model can be said to run on. Here all of them are this machine.
struct Hardware: Hashable, Sendable {
    var sku: String
    var name: String

    static let all = [
        Hardware(sku: "cpu", name: "CPU"), Hardware(sku: "gpu-t4", name: "Nvidia T4 GPU"),
        Hardware(sku: "gpu-l40s", name: "Nvidia L40S GPU"), Hardware(sku: "gpu-a40-small", name: "Nvidia A40 GPU"),
        Hardware(sku: "gpu-a40-large", name: "Nvidia A40 (Large) GPU"),
        Hardware(sku: "gpu-a100-large", name: "Nvidia A100 (80GB) GPU"),
        Hardware(sku: "gpu-h100", name: "Nvidia H100 GPU"),
    ]
}

extension APIResponder {
    /// The account that every token belongs to.
    static let accountJSON: JSONValue = [
        "type": "user", "username": .string(ServerState.accountName), "name": "Nightshift", "github_url": nil,
        "avatar_url": nil,
    ]

    func account() -> Response {
        .json(Self.accountJSON)
    }

    func hardware() -> Response {
        .json(.array(Hardware.all.map { ["sku": .string($0.sku), "name": .string($0.name)] }))
    }

    func webhookSecret() -> Response {
        .json(["key": .string(server.configuration.webhookSecret)])
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
