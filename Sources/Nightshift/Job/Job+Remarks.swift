/// One change of what is thought of some items' results.
public enum RemarkChange: Hashable, Sendable {
    /// 1 to 5; `nil` takes the rating back.
    case rating(Int?)
    case tags(add: [String], remove: [String])
    /// `nil` takes the note back.
    case note(String?)
}

/// What a tag may be.
package enum TagRule {
    package static let expectation =
        "a tag is 1 to 60 letters, digits and signs, without spaces, commas and quotation marks"

    package static func isTag(_ text: String) -> Bool {
        (1...60).contains(text.unicodeScalars.count)
            && !text.unicodeScalars.contains { scalar in
                scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
                    || ",\"'".unicodeScalars.contains(scalar)
            }
    }
}

extension Job {
    /// Says what is thought of items. It belongs to what was sent for them, so it survives edits of the manifest; a live run takes no
    /// notice of it.
    /// - Parameters:
    ///   - change: a rating, tags or a note, or that they are taken back.
    ///   - items: keys of items, beginnings of keys, or output names.
    /// - Returns: how many items were changed.
    /// - Throws: ``EngineError``, for example for a text that means no item, or a rating that is not 1 to 5.
    @discardableResult
    public func remark(_ change: RemarkChange, on items: [String]) async throws(EngineError) -> Int {
        switch change {
        case .rating(let rating?) where !(1...5).contains(rating):
            throw EngineError(.usage, "the rating is \(rating); expected 1 to 5")
        case .tags(let added, let removed) where !(added + removed).allSatisfy(TagRule.isTag):
            throw EngineError(.usage, TagRule.expectation)
        default: break
        }
        let keys = try await keys(meant: items)
        return try await reporting {
            let store = try Store(path: paths.storePath)
            return try await store.remarks.change(change, of: keys, in: try await latestRun(of: store))
        }
    }

    /// What happened in the newest run, the newest first.
    /// - Parameter limit: at most so many entries.
    /// - Throws: ``EngineError``, for example if the job was never run.
    public func journal(limit: Int = 1000) async throws(EngineError) -> [JournalEntry] {
        try await inspect { store, run in try await store.reports.journal(of: run, limit: limit) }
    }

    /// The sessions of the newest run in order; none is known of runs of older versions.
    /// - Throws: ``EngineError``, for example if the job was never run.
    public func sessions() async throws(EngineError) -> [SessionSummary] {
        try await inspect { store, run in try await store.reports.sessions(of: run) }
    }
}
