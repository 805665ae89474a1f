import NightshiftCore

extension Job {
    /// Tells all that is known of an item.
    /// - Parameter text: its key, the beginning of it, or its output name.
    /// - Throws: ``EngineError``, for example if there is no such item.
    public func show(item text: String) async throws(EngineError) -> ItemDetail {
        guard let key = try await keys(meant: [text]).first else {
            throw EngineError(.noSuchItem, "there is no item '\(text)'")
        }
        return try await inspect { store, run in
            guard var detail = try await store.reports.detail(ofItem: key, in: run) else {
                throw EngineError(.itemNotInManifest, "item '\(key)' is no longer in the manifest")
            }
            let folder = OutputFolder(directory: outputDirectory)
            detail.outputDirectory = outputDirectory
            for index in detail.files.indices { detail.files[index].isThere = folder.exists(detail.files[index].path) }
            for index in detail.previousResults.indices {
                for file in detail.previousResults[index].files.indices {
                    let path = detail.previousResults[index].files[file].path
                    detail.previousResults[index].files[file].isThere = folder.exists(path)
                }
            }
            return detail
        }
    }
}
