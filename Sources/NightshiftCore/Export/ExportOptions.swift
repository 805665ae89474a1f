/// What to export, and how.
public struct ExportOptions: Hashable, Sendable {
    /// Lists and archives stand in the directory itself; a folder does so if it is the only format, else under its own name.
    public var formats: [ExportFormat]
    /// Which items; all by default.
    public var filter = ItemFilter()
    /// The filter as it was written, for `export.json`.
    public var filterText: String?
    /// Only items that somebody has rated.
    public var onlyRated = false
    /// Whether files become hard links where that is possible; otherwise they are copied.
    public var links = true
    /// Whether a CSV begins with the mark by which Excel knows UTF-8.
    public var isForExcel = false
    /// How much one of several files holds.
    public var shards = ShardLimits()

    public init(formats: [ExportFormat] = [.jsonl]) {
        self.formats = formats
    }

    /// The items that are meant.
    package var items: ItemFilter {
        guard onlyRated else { return filter }
        return ItemFilter(filter.terms + [ItemFilter.Term(.column(.rating, .equal, [.missing]), isNegated: true)])
    }
}

/// An export that a manifest asks for, which is kept up to date at the end of each session.
package struct ExportSettings: Hashable, Sendable {
    /// As written, relative to the manifest's directory; `nil` for the directory beside the outputs.
    package var directory: String?
    package var options: ExportOptions

    package init(directory: String? = nil, options: ExportOptions = ExportOptions()) {
        self.directory = directory
        self.options = options
    }
}
