import LosslessJSON
import NIOHTTP1
import Testing

extension API {
    func patch(_ path: String, _ body: JSONValue) async throws -> Answer {
        try await send(.PATCH, path, ["Content-Type": "application/json"], body: body.jsonBytes())
    }

    func delete(_ path: String) async throws -> Answer {
        try await send(.DELETE, path)
    }

    /// Creates a model of the account.
    func makeModel(_ name: String, _ visibility: String = "private") async throws -> Answer {
        try await post(
            "/models",
            [
                "owner": "nightshift", "name": .string(name), "visibility": .string(visibility), "hardware": "cpu",
            ])
    }

    /// Begins a training of a short text.
    func train(_ destination: String, _ input: JSONValue = ["text": "row row row your boat", "steps": 1])
        async throws -> Answer
    {
        let version = try await version(of: "nightshift/tuner")
        return try await post(
            "/models/nightshift/tuner/versions/\(version)/trainings",
            ["destination": .string(destination), "input": input])
    }

    /// All pages of a list, by its links forward.
    func pages(_ path: String) async throws -> [[JSONValue]] {
        var pages: [[JSONValue]] = []
        var link: String? = path
        while let next = link {
            let answer = try await get(next)
            #expect(answer.status == 200)
            pages.append(answer["results"]?.arrayValue ?? [])
            link = answer["next"]?.stringValue
            if let link { #expect(link.hasPrefix(base)) }
        }
        return pages
    }
}

extension API.Answer {
    /// `field type` of each mistake that the server found.
    var mistakes: [String] {
        (self["invalid_fields"]?.arrayValue ?? []).map {
            "\($0["field"]?.stringValue ?? "") \($0["type"]?.stringValue ?? "")"
        }
    }
}
