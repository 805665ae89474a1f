public import Foundation
public import ReplicateAPI

/// Whole lists, fetched page by page as their elements are asked for; ``Paginated/pages`` gives the pages.
extension Predictions {
    /// All predictions of the account, newest first.
    ///
    /// - Parameters:
    ///   - createdAfter: only those created at this time or later.
    ///   - createdBefore: only those created before this time.
    ///   - source: `web` for those made on the website in the last 14 days.
    ///
    /// API: `GET /predictions`.
    public func all(
        createdAfter: Date? = nil, createdBefore: Date? = nil, source: String? = nil
    ) -> Paginated<Prediction> {
        Client(session: session).paginate {
            try await list(createdAfter: createdAfter, createdBefore: createdBefore, source: source)
        }
    }
}

extension Models {
    /// All public models: `GET /models`; without parameters, those with the newest versions first.
    public func all(sortBy key: SortKey? = nil, direction: SortDirection? = nil) -> Paginated<Model> {
        Client(session: session).paginate { try await list(sortBy: key, direction: direction) }
    }

    /// All models that fit a text: `QUERY /models`. The first that is asked for throws `invalidArgument` for an empty text.
    public func searchAll(_ text: String) -> Paginated<Model> {
        Client(session: session).paginate { try await search(text) }
    }

    /// All predictions that show what a model can do: `GET /models/{owner}/{name}/examples`.
    public func allExamples(_ owner: String, _ name: String) -> Paginated<Prediction> {
        Client(session: session).paginate { try await examples(owner, name) }
    }
}

extension ModelVersions {
    /// All versions of a model, newest first: `GET /models/{owner}/{name}/versions`.
    public func all(_ owner: String, _ name: String) -> Paginated<ModelVersion> {
        Client(session: session).paginate { try await list(owner, name) }
    }
}

extension Trainings {
    /// All trainings of the account, newest first: `GET /trainings`.
    public func all() -> Paginated<Training> {
        Client(session: session).paginate { try await list() }
    }
}

extension Deployments {
    /// All deployments of the account: `GET /deployments`.
    public func all() -> Paginated<Deployment> {
        Client(session: session).paginate { try await list() }
    }
}

extension Collections {
    /// All collections, without their models: `GET /collections`.
    public func all() -> Paginated<ModelCollection> {
        Client(session: session).paginate { try await list() }
    }
}

extension Files {
    /// All files of the account: `GET /files`.
    public func all() -> Paginated<APIFile> {
        Client(session: session).paginate { try await list() }
    }
}

extension Client {
    /// All predictions, by the call that lists them: `client.paginate(client.predictions.list)`.
    ///
    /// - Parameter list: gives the first page for a range of times and a source; it is asked for all.
    public func paginate(
        _ list: @escaping @Sendable (Date?, Date?, String?) async throws(ReplicateError) -> Page<Prediction>
    ) -> Paginated<Prediction> {
        paginate { try await list(nil, nil, nil) }
    }

    /// All models, by the call that lists them: `client.paginate(client.models.list)`.
    ///
    /// - Parameter list: gives the first page for an order; it is asked for the API's own.
    public func paginate(
        _ list: @escaping @Sendable (Models.SortKey?, Models.SortDirection?) async throws(ReplicateError) -> Page<Model>
    ) -> Paginated<Model> {
        paginate { try await list(nil, nil) }
    }
}
