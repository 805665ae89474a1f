import LosslessJSON
public import ReplicateAPI

/// The calls for models and their versions.
///
/// API: "Models, versions, search".
public struct Models: Sendable {
    let session: Session

    /// The calls for the versions of models.
    public var versions: ModelVersions { ModelVersions(session: session) }

    /// A model with its newest version: `GET /models/{owner}/{name}`.
    ///
    /// - Throws: ``ReplicateError``, with the code `notFound` if there is no such model.
    public func get(_ owner: String, _ name: String) async throws(ReplicateError) -> Model {
        try await session.resource(Call("GET", try Self.path(owner, name)))
    }

    /// A model with its newest version, by its full name: `GET /models/{owner}/{name}`.
    ///
    /// - Parameter reference: `owner/name`.
    /// - Throws: ``ReplicateError``, with the code `invalidArgument` for anything but a full name, `notFound` if there is no such
    ///   model.
    public func get(_ reference: String) async throws(ReplicateError) -> Model {
        guard let model = try? ModelReference(parsing: reference), model.version == nil else {
            throw ReplicateError(.invalidArgument, "'\(reference)' is no name of a model; expected owner/name")
        }
        return try await get(model.owner, model.name)
    }

    /// What the list of models can be ordered by.
    public enum SortKey: String, CaseIterable, Hashable, Sendable {
        /// The time the model was made.
        case modelCreatedAt = "model_created_at"
        /// The time its newest version was made.
        case latestVersionCreatedAt = "latest_version_created_at"
    }

    /// Which end of the list of models comes first.
    public enum SortDirection: String, CaseIterable, Hashable, Sendable {
        /// The oldest first.
        case ascending = "asc"
        /// The newest first.
        case descending = "desc"
    }

    /// The public models: `GET /models`; without parameters, those with the newest versions first.
    ///
    /// - Throws: ``ReplicateError``.
    public func list(
        sortBy key: SortKey? = nil, direction: SortDirection? = nil
    ) async throws(ReplicateError) -> Page<Model> {
        var query: [(name: String, value: String)] = []
        if let key { query.append(("sort_by", key.rawValue)) }
        if let direction { query.append(("sort_direction", direction.rawValue)) }
        return try await session.resource(Call("GET", "/models", query: query))
    }

    /// The models that fit a text: `QUERY /models`. ``Client/search(_:limit:)`` finds more, and says how well it fits.
    ///
    /// - Throws: ``ReplicateError``, with the code `invalidArgument` for an empty text.
    public func search(_ text: String) async throws(ReplicateError) -> Page<Model> {
        guard !text.isEmpty else { throw ReplicateError(.invalidArgument, "a search takes a text; this one is empty") }
        var call = Call("QUERY", "/models")
        call.headers["Content-Type"] = "text/plain"
        call.body = .bytes(Array(text.utf8))
        return try await session.resource(call)
    }

    /// Makes a model without versions: `POST /models`. An account has at most 1,000.
    ///
    /// - Parameters:
    ///   - owner: the user or organization of the token.
    ///   - name: unique among the owner's models.
    ///   - visibility: who may see and run it.
    ///   - hardware: the `Hardware.sku` of the machine that it runs on.
    ///   - description: what it does, in a sentence.
    ///   - githubURL: where its code is.
    ///   - paperURL: where its paper is.
    ///   - licenseURL: where its license is.
    ///   - coverImageURL: the image that is shown with it.
    /// - Throws: ``ReplicateError``, with the code `invalidInput` or `refused` if the API does not take the name or the
    ///   hardware.
    @discardableResult
    public func create(
        _ owner: String, _ name: String, visibility: ModelVisibility, hardware: String, description: String? = nil,
        githubURL: String? = nil, paperURL: String? = nil, licenseURL: String? = nil, coverImageURL: String? = nil
    ) async throws(ReplicateError) -> Model {
        // Named wrongly here, it would be made under a path that cannot be asked for.
        _ = try Self.path(owner, name)
        var call = Call("POST", "/models")
        call.setJSON(
            .object([
                "owner": .string(owner), "name": .string(name), "visibility": .string(visibility.rawValue),
                "hardware": .string(hardware),
            ]).adding([
                "description": description, "github_url": githubURL, "paper_url": paperURL, "license_url": licenseURL,
                "cover_image_url": coverImageURL,
            ]))
        return try await session.resource(call)
    }

    /// Changes what is said about a model: `PATCH /models/{owner}/{name}`. What is `nil` stays as it is; an empty text
    /// removes it.
    ///
    /// - Throws: ``ReplicateError``, with the code `invalidArgument` if nothing is to be changed, `notFound` if there is
    ///   no such model.
    @discardableResult
    public func update(
        _ owner: String, _ name: String, description: String? = nil, readme: String? = nil, githubURL: String? = nil,
        paperURL: String? = nil, weightsURL: String? = nil, licenseURL: String? = nil
    ) async throws(ReplicateError) -> Model {
        let changes = JSONValue.object([:]).adding([
            "description": description, "readme": readme, "github_url": githubURL, "paper_url": paperURL,
            "weights_url": weightsURL, "license_url": licenseURL,
        ])
        guard changes != [:] else {
            throw ReplicateError(.invalidArgument, "an update of model \(owner)/\(name) changes nothing")
        }
        var call = Call("PATCH", try Self.path(owner, name))
        call.setJSON(changes)
        // The same change made twice is the same change.
        call.isIdempotent = true
        return try await session.resource(call)
    }

    /// Deletes a model of the account: `DELETE /models/{owner}/{name}`. It must be private and without versions.
    ///
    /// - Throws: ``ReplicateError``, with the code `forbidden` or `refused` if it may not be deleted.
    public func delete(_ owner: String, _ name: String) async throws(ReplicateError) {
        _ = try await session.bytes(Call("DELETE", try Self.path(owner, name)))
    }

    /// Predictions that show what a model can do: `GET /models/{owner}/{name}/examples`.
    ///
    /// - Throws: ``ReplicateError``, with the code `notFound` if there is no such model.
    public func examples(_ owner: String, _ name: String) async throws(ReplicateError) -> Page<Prediction> {
        try await session.resource(Call("GET", try Self.path(owner, name) + "/examples"))
    }

    /// The readme of a model, in Markdown: `GET /models/{owner}/{name}/readme`.
    ///
    /// - Throws: ``ReplicateError``, with the code `notFound` if there is no such model or it has none.
    public func readme(_ owner: String, _ name: String) async throws(ReplicateError) -> String {
        var call = Call("GET", try Self.path(owner, name) + "/readme")
        call.headers["Accept"] = "text/plain"
        return String(decoding: try await session.bytes(call), as: UTF8.self)
    }

    static func path(_ owner: String, _ name: String) throws(ReplicateError) -> String {
        "/models/\(try segment(owner, "the owner of a model"))/\(try segment(name, "the name of a model"))"
    }
}

/// Who may see and run a model.
public enum ModelVisibility: String, CaseIterable, Hashable, Sendable {
    /// Everybody.
    case `public`
    /// The owner alone.
    case `private`
}

extension JSONValue {
    /// An object with further texts in it, as far as there are any.
    func adding(_ texts: [String: String?]) -> JSONValue {
        var members = objectValue ?? [:]
        for (key, text) in texts { if let text { members[key] = .string(text) } }
        return .object(members)
    }
}
